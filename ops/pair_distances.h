#pragma once

// What distances() is made of where arrays have the same leading axes.

#include "weft/op.h"

namespace weft {

/// Euclid's distances of rows: (…, m, k), (…, n, k) → (…, m, n).
Value pair_distances(Operand a, Operand b);

}  // namespace weft
