// Compiled with -march=x86-64-v3; without AVX2 and FMA the set is empty.
#include "ops/kernels/gemm_sets.h"

#if defined(__AVX2__) && defined(__FMA__)
namespace {
constexpr int vector_bytes = 32;
constexpr int registers = 16;
constexpr int tile_rows = 6;
}  // namespace
#include "ops/kernels/gemm_loops.h"

weft::GemmSets weft::gemm_avx2() {
  return {gemm_set<float>(), gemm_set<double>()};
}
#else
weft::GemmSets weft::gemm_avx2() { return {}; }
#endif
