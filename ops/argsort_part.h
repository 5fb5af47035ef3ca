#pragma once

// What choices by order are made of.

#include "weft/op.h"

namespace weft {

/// argsort(x, axis, descending) from `first` on, `count` of the axis, without
/// sorting the rest. The axis must not be symbolic.
Value argsort_part(Operand x, std::int64_t first, std::int64_t count,
                   std::int64_t axis, bool descending);

}  // namespace weft
