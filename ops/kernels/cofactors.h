#pragma once

#include "weft/value.h"

namespace weft {

/// The derivative of det(a), of the same shape: the transposed adjugate of a.
/// It has one where a is singular; its own derivative is NaN there.
Value cofactors(Value a);

}  // namespace weft
