// Compiled for any processor, and kept off templates of the standard library:
// the linker might take a copy of one that was compiled for the kernels.
#include "src/core/cpu.h"

#include <cstdio>

#include "weft/error.h"

namespace weft {
namespace detail {

namespace {
constexpr const char* kFeatureNames[] = {
    "SSE4.2", "POPCNT", "AVX",      "AVX2",      "FMA",
    "BMI",    "BMI2",   "AVX-512F", "AVX-512BW", "AVX-512VL"};
}

const char* missing_feature(unsigned needed, unsigned present) {
  unsigned bit = 1;
  for (const char* name : kFeatureNames) {
    if ((needed & ~present & bit) != 0) return name;
    bit <<= 1;
  }
  return nullptr;
}

unsigned processor_features() {
#if defined(__x86_64__) || defined(__i386__)
  unsigned set = 0;
  unsigned bit = 1;
  auto add = [&](int supported) {
    if (supported != 0) set |= bit;
    bit <<= 1;
  };
  __builtin_cpu_init();
  add(__builtin_cpu_supports("sse4.2"));
  add(__builtin_cpu_supports("popcnt"));
  add(__builtin_cpu_supports("avx"));
  add(__builtin_cpu_supports("avx2"));
  add(__builtin_cpu_supports("fma"));
  add(__builtin_cpu_supports("bmi"));
  add(__builtin_cpu_supports("bmi2"));
  add(__builtin_cpu_supports("avx512f"));
  add(__builtin_cpu_supports("avx512bw"));
  add(__builtin_cpu_supports("avx512vl"));
  return set;
#else
  return ~0U;
#endif
}

}  // namespace detail

void require_cpu() {
  static const char* const missing = detail::missing_feature(
      detail::kKernelFeatures, detail::processor_features());
  if (missing == nullptr) return;
  char text[256];
  std::snprintf(text, sizeof text,
                "this processor lacks %s, for which this Weft was built; "
                "build Weft for it, e.g. with cmake -DWEFT_ARCH=x86-64",
                missing);
  throw Error(text);
}

}  // namespace weft
