// Compiled with -march=x86-64-v4; without AVX-512 the set is empty.
#include "ops/kernels/direct.h"

#if defined(__AVX512F__)
namespace {
constexpr int vector_bytes = 64;
constexpr int registers = 32;
constexpr int tile_rows = 8;
}  // namespace
#include "ops/kernels/direct_loops.h"

weft::DirectSets weft::direct_avx512() {
  return {direct_set_of<float>(), direct_set_of<double>()};
}
#else
weft::DirectSets weft::direct_avx512() { return {}; }
#endif
