// Compiled with -march=x86-64-v4; without AVX-512 the set is empty.
#include "ops/kernels/gemm_sets.h"

#if defined(__AVX512F__)
namespace {
constexpr int vector_bytes = 64;
constexpr int registers = 32;
constexpr int tile_rows = 8;
}  // namespace
#include "ops/kernels/gemm_loops.h"

weft::GemmSets weft::gemm_avx512() {
  return {gemm_set<float>(), gemm_set<double>()};
}
#else
weft::GemmSets weft::gemm_avx512() { return {}; }
#endif
