// Compiled with -march=x86-64-v3; without AVX2 and FMA the set is empty.
#include "ops/kernels/direct.h"

#if defined(__AVX2__) && defined(__FMA__)
namespace {
constexpr int vector_bytes = 32;
constexpr int registers = 16;
constexpr int tile_rows = 6;
}  // namespace
#include "ops/kernels/direct_loops.h"

weft::DirectSets weft::direct_avx2() {
  return {direct_set_of<float>(), direct_set_of<double>()};
}
#else
weft::DirectSets weft::direct_avx2() { return {}; }
#endif
