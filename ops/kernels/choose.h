#pragma once

#include <bit>

#include "ops/kernels/math.h"

namespace weft::math::detail {

// a if first, else b. By bits: of a choice between long computations, compilers
// make a branch.
template <class T>
inline T choose(bool first, T a, T b) {
  const Bits<T> mask = Bits<T>{0} - Bits<T>{first};
  return std::bit_cast<T>((to_bits(a) & mask) | (to_bits(b) & ~mask));
}

}  // namespace weft::math::detail
