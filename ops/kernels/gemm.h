#pragma once

#include <cstddef>
#include <cstdint>

namespace weft {

// Called when C[row0 .. row0+rows) x [col0 .. col0+cols) is final and still in
// cache. Every element of C is in exactly one call.
using GemmEpilogue = void (*)(void* user, std::int64_t row0, std::int64_t rows,
                              std::int64_t col0, std::int64_t cols);

// One row-major matrix product: C = op(A) op(B), or C += op(A) op(B), where
// C is m x n, op(A) is m x k, op(B) is k x n, and op transposes or does
// nothing. A leading dimension is the distance between two rows as stored, in
// elements. C overlaps neither A nor B.
template <class T>
struct GemmArgs {
  bool trans_a = false;
  bool trans_b = false;
  std::int64_t m = 0, n = 0, k = 0;
  const T* a = nullptr;
  std::int64_t lda = 0;
  const T* b = nullptr;  // unused if packed_b is given
  std::int64_t ldb = 0;
  T* c = nullptr;
  std::int64_t ldc = 0;
  bool accumulate = false;
  const T* packed_b = nullptr;  // from pack_b; trans_b is then ignored
  GemmEpilogue epilogue = nullptr;
  void* user = nullptr;
};

// A caller that splits m or n over threads does best at multiples of these
// units. With packed_b, n may only be split at multiples of gemm_column_tile.
inline constexpr std::int64_t gemm_row_unit = 24;
inline constexpr std::int64_t gemm_column_unit = 16;
inline constexpr std::int64_t gemm_column_tile = 96;

// Runs on the calling thread, with scratch memory that each thread allocates at
// its first call. T is float or double; sizes may be 0.
//
// C(i, j) is the same sequence of operations whatever m, n, the transposes and
// the memory layout are, so it has the same bits however rows and columns are
// split, at any border: with k cut into equal blocks of at most
// 320 (float) or 256 (double) by k alone, each block is one chain of
// multiply-adds from zero in order of k, and the blocks are added in order.
template <class T>
void gemm(const GemmArgs<T>& args);

// Elements that pack_b writes for a k x n op(B).
template <class T>
std::size_t packed_b_size(std::int64_t k, std::int64_t n);

// Copies op(B), k x n, to `packed` (64-byte aligned for speed) in the order in
// which gemm reads it on this processor. The columns from j on, for j a
// multiple of gemm_column_tile, start at packed + j * k.
template <class T>
void pack_b(bool trans_b, std::int64_t k, std::int64_t n, const T* b,
            std::int64_t ldb, T* packed);

// The instruction set in use: "avx512", "avx2" or "baseline".
const char* gemm_instruction_set();

// For tests and benchmarks: uses the named set from now on in all threads if
// the processor has it, and returns whether it does. Packed matrices of another
// set are then invalid.
bool use_gemm_instruction_set(const char* name);

}  // namespace weft
