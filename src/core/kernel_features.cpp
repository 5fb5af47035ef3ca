// Compiled with the flags of the kernels, and holds data only: no instruction
// of this file is ever executed.
#include "src/core/cpu.h"

namespace weft::detail {

constexpr unsigned features() {
  unsigned set = 0;
#ifdef __SSE4_2__
  set |= 1U << 0;
#endif
#ifdef __POPCNT__
  set |= 1U << 1;
#endif
#ifdef __AVX__
  set |= 1U << 2;
#endif
#ifdef __AVX2__
  set |= 1U << 3;
#endif
#ifdef __FMA__
  set |= 1U << 4;
#endif
#ifdef __BMI__
  set |= 1U << 5;
#endif
#ifdef __BMI2__
  set |= 1U << 6;
#endif
#ifdef __AVX512F__
  set |= 1U << 7;
#endif
#ifdef __AVX512BW__
  set |= 1U << 8;
#endif
#ifdef __AVX512VL__
  set |= 1U << 9;
#endif
  return set;
}

extern constinit const unsigned kKernelFeatures = features();

}  // namespace weft::detail
