#pragma once

#include <string>
#include <string_view>

#include "weft/error.h"
#include "weft/op.h"

namespace weft {

/// The size of an axis, counted from the end if negative. Throws ShapeError,
/// naming `op`, if there is no such axis or its size is a symbol.
inline std::int64_t size_of_axis(const Operand& x, std::int64_t axis,
                                 std::string_view op) {
  const Shape& shape = x.value.shape();
  const int at = normalize_axis(axis, shape.rank(), op);
  if (!shape[at].is_symbolic()) return shape[at].size();
  throw ShapeError("[" + std::string(op) + "] axis " + std::to_string(at) +
                   " of " + to_string(shape) + " is symbolic" + at_line(x.at));
}

}  // namespace weft
