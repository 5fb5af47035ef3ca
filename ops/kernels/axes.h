#pragma once

// Axes of an array seen from one of them: (outer, axis, inner).

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "weft/shape.h"

namespace weft {

struct AxisView {
  std::int64_t outer = 1;
  std::int64_t size = 1;
  std::int64_t inner = 1;

  AxisView(const Shape& shape, int axis) : size(shape.dim(axis)) {
    for (int i = 0; i < axis; ++i) outer *= shape.dim(i);
    for (int i = axis + 1; i < shape.rank(); ++i) inner *= shape.dim(i);
  }
};

/// Axes made non-negative, sorted and checked for repetition; all if empty.
std::vector<int> normalize_axes(const std::vector<std::int64_t>& axes, int rank,
                                std::string_view op);

/// Numbers of the axes of an array, without touching the heap.
using PerAxis = std::array<std::int64_t, Shape::kMaxRank>;

/// The distance between neighbours along each axis of a row-major array.
inline PerAxis strides_of(const Shape& shape) {
  PerAxis strides{};
  std::int64_t stride = 1;
  for (int i = shape.rank(); i-- > 0;) {
    strides[static_cast<std::size_t>(i)] = stride;
    stride *= shape.dim(i);
  }
  return strides;
}

}  // namespace weft
