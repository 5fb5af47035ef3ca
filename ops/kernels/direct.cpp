#include "ops/kernels/direct.h"

#include <cstring>
#include <type_traits>

#include "ops/kernels/gemm.h"

namespace weft {

namespace {

const DirectSets& current() {
  static const DirectSets wide = direct_avx512(), middle = direct_avx2(),
                          narrow = direct_baseline();
  const char* name = gemm_instruction_set();
  if (std::strcmp(name, "avx512") == 0) return wide;
  return std::strcmp(name, "avx2") == 0 ? middle : narrow;
}

}  // namespace

template <class T>
const DirectSet<T>& direct_set() {
  if constexpr (std::is_same_v<T, float>) {
    return current().f32;
  } else {
    return current().f64;
  }
}

template const DirectSet<float>& direct_set<float>();
template const DirectSet<double>& direct_set<double>();

}  // namespace weft
