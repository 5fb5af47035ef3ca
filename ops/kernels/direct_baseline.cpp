// Compiled for the oldest processor that the program shall run on.
#include "ops/kernels/direct.h"

namespace {
constexpr int vector_bytes = 16;
constexpr int registers = 16;
constexpr int tile_rows = 6;
}  // namespace
#include "ops/kernels/direct_loops.h"

weft::DirectSets weft::direct_baseline() {
  return {direct_set_of<float>(), direct_set_of<double>()};
}
