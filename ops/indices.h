#pragma once

#include <limits>

#include "weft/ops.h"

namespace weft {

/// Indices as i32, in which ops take them. Those of i64 that i32 can't hold
/// become its ends, which are out of every range.
inline Operand as_i32(const Operand& indices) {
  if (!indices.value || indices.value.dtype() != DType::i64) return indices;
  using Limits = std::numeric_limits<std::int32_t>;
  const Value within =
      minimum(maximum(indices, double{Limits::min()}), double{Limits::max()});
  return {cast(within, DType::i32), indices.at};
}

/// Where indices, of i32, are none of `size` places.
inline Value outside(Value indices, std::int64_t size) {
  return logical_or(less(indices, 0),
                    greater_equal(indices, static_cast<double>(size)));
}
/// An index that is out of every range.
inline constexpr double kNoPlace{std::numeric_limits<std::int32_t>::min()};

}  // namespace weft
