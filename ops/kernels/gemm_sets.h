#pragma once

#include <cstddef>

#include "ops/kernels/gemm.h"

namespace weft {

// gemm and pack_b for one instruction set; null where the set wasn't compiled.
template <class T>
struct GemmSet {
  void (*gemm)(const GemmArgs<T>&) = nullptr;
  void (*pack_b)(bool trans_b, std::int64_t k, std::int64_t n, const T* b,
                 std::int64_t ldb, T* packed) = nullptr;
  int lanes = 0;
};
struct GemmSets {
  GemmSet<float> f32;
  GemmSet<double> f64;
};

GemmSets gemm_avx512();
GemmSets gemm_avx2();
GemmSets gemm_baseline();

// The calling thread's scratch memory, 64-byte aligned.
inline constexpr std::size_t gemm_scratch_bytes = 1024 * 1024;
void* gemm_scratch();

}  // namespace weft
