#pragma once

// A running op that others are made of.

#include "weft/op.h"

namespace weft {

/// The product of the elements along an axis so far: without the element itself
/// if `exclusive`, from the end if `reverse`.
Value running_product(Operand x, std::int64_t axis, bool reverse,
                      bool exclusive);

}  // namespace weft
