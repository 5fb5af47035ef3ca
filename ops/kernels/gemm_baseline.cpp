// Compiled for the oldest processor that the program shall run on.
#include "ops/kernels/gemm_sets.h"

namespace {
constexpr int vector_bytes = 16;
constexpr int registers = 16;
constexpr int tile_rows = 6;
}  // namespace
#include "ops/kernels/gemm_loops.h"

weft::GemmSets weft::gemm_baseline() {
  return {gemm_set<float>(), gemm_set<double>()};
}
