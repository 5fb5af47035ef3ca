#pragma once

// a · b + c as one instruction where the processor has it. A compiler may fuse
// either product of a sum of two, and chooses anew for each copy of a loop that
// it makes: here it has no choice.

#include <cmath>
#include <type_traits>

#include "ops/kernels/wrapping.h"

namespace weft {

#if defined(__FMA__) || defined(FP_FAST_FMA)
inline constexpr bool kFusedIsFast = true;
#else
inline constexpr bool kFusedIsFast = false;
#endif

template <class T>
inline T fused(T a, T b, T c) {
  if constexpr (std::is_floating_point_v<T> && kFusedIsFast) {
    return std::fma(a, b, c);
  } else {
    return wrapping::add(wrapping::multiply(a, b), c);
  }
}

}  // namespace weft
