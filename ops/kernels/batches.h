#pragma once

// Matrices in the last two axes, whose leading axes are broadcast.

#include <cstdint>

#include "weft/shape.h"

namespace weft {

/// All axes but the last two.
inline Shape leading(const Shape& shape) {
  Shape out;
  for (int i = 0; i + 2 < shape.rank(); ++i) out.push_back(shape[i]);
  return out;
}

/// Where the matrix for batch index i (of shape `batch`) begins, counted in
/// matrices of an operand whose leading dimensions may be broadcast.
inline std::int64_t batch_offset(std::int64_t i, const Shape& batch,
                                 const Shape& operand) {
  std::int64_t offset = 0, stride = 1;
  const int shift = batch.rank() - (operand.rank() - 2);
  for (int axis = batch.rank(); axis-- > 0;) {
    const std::int64_t at = i % batch.dim(axis);
    i /= batch.dim(axis);
    if (axis < shift) continue;
    const std::int64_t n = operand.dim(axis - shift);
    if (n != 1) offset += at * stride;
    stride *= n;
  }
  return offset;
}

}  // namespace weft
