#pragma once

// Copies of A and B in the order in which the tiles read them. Included after
// gemm_tile.h by one source file per instruction set.

#include "ops/kernels/gemm_tile.h"

namespace weft {
namespace {

// Square blocks are transposed in registers of at most 32 bytes. Those of 32
// bytes consist of two halves, and instructions that exchange halves are slow,
// so rows i and i + half are loaded into one register and each half is
// transposed.
constexpr int block_bytes = vector_bytes < 32 ? vector_bytes : 32;
template <class T>
constexpr int block_lanes = block_bytes / static_cast<int>(sizeof(T));
template <class T>
constexpr int half_lanes = 16 / static_cast<int>(sizeof(T));
template <class T, int bytes>
struct BlockRowOf {
  typedef T Type __attribute__((vector_size(bytes)));
};
template <class T>
using BlockRow = typename BlockRowOf<T, block_bytes>::Type;

// Within each half of H lanes: x0 y0 x1 y1 ... of the lower or upper lanes.
template <int H, bool upper, class V, int... L>
inline V zip(V x, V y, std::integer_sequence<int, L...>) {
  constexpr int n = static_cast<int>(sizeof...(L));
  return __builtin_shufflevector(
      x, y,
      (L / H * H + L % H / 2 + (upper ? H / 2 : 0) + (L % 2 != 0 ? n : 0))...);
}

// Transposes the H x H matrices in the halves of H rows: log2(H) zips.
template <int H, int n, class V>
[[gnu::always_inline]] inline void transpose_halves(V (&rows)[H]) {
  constexpr std::make_integer_sequence<int, n> all;
  for (int pass = 1; pass < H; pass *= 2) {
    V next[H];
    for (int i = 0; i < H / 2; ++i) {
      next[2 * i] = zip<H, false>(rows[i], rows[i + H / 2], all);
      next[2 * i + 1] = zip<H, true>(rows[i], rows[i + H / 2], all);
    }
    for (int i = 0; i < H; ++i) rows[i] = next[i];
  }
}

template <class T, int... L>
inline BlockRow<T> load_halves(const T* x, const T* y,
                               std::integer_sequence<int, L...>) {
  using Half = typename BlockRowOf<T, 16>::Type;
  return __builtin_shufflevector(load<Half>(x), load<Half>(y), L...);
}

// to[j * to_step + i] = from[i * from_step + j], i and j below block_lanes.
template <class T>
inline void transpose_block(const T* from, Index from_step, T* to,
                            Index to_step) {
  constexpr int n = block_lanes<T>, half = half_lanes<T>;
  constexpr std::make_integer_sequence<int, n> all;
  for (int j = 0; j < n; j += half) {
    BlockRow<T> rows[half];
    for (int i = 0; i < half; ++i) {
      const T* x = from + i * from_step + j;
      if constexpr (n > half) {
        rows[i] = load_halves(x, x + half * from_step, all);
      } else {
        rows[i] = load<BlockRow<T>>(x);
      }
    }
    transpose_halves<half, n>(rows);
    for (int i = 0; i < half; ++i) store(to + (j + i) * to_step, rows[i]);
  }
}

// to[j * to_step + i] = from[i * from_step + j] for i < rows, j < columns. What
// is left of rows or columns is a block that overlaps its neighbour.
template <class T>
void transpose(Index rows, Index columns, const T* from, Index from_step, T* to,
               Index to_step) {
  constexpr Index n = block_lanes<T>;
  if (rows < n || columns < n) {
    for (Index i = 0; i < rows; ++i) {
      for (Index j = 0; j < columns; ++j) {
        to[j * to_step + i] = from[i * from_step + j];
      }
    }
    return;
  }
  for (Index r = 0; r < rows; r += n) {
    const Index i = r + n <= rows ? r : rows - n;
    for (Index c = 0; c < columns; c += n) {
      const Index j = c + n <= columns ? c : columns - n;
      transpose_block(from + i * from_step + j, from_step, to + j * to_step + i,
                      to_step);
    }
  }
}

// Rows of B that are fetched before their use.
constexpr Index fetch_ahead = 8;

// Columns of B in rows that are `step` apart, filled up with zeros to a whole
// number of vectors.
template <class T>
void pack_b_panel(bool trans, Index depth, Index columns, Index step,
                  const T* b, Index ldb, T* to) {
  constexpr Index n = lanes<T>;
  const Index whole = columns / n * n;
  if (trans) {
    transpose(columns, depth, b, ldb, to, step);
  } else {
    for (Index p = 0; p < depth; ++p) {
      const T* row = b + p * ldb;
      T* out = to + p * step;
      for (Index j = 0; j < whole; j += n) {
        __builtin_prefetch(row + fetch_ahead * ldb + j);
        store(out + j, load<Vector<T>>(row + j));
      }
      if (columns == whole) continue;
      store(out + whole, load_first<Vector<T>>(row + whole, columns - whole));
    }
    return;
  }
  if (columns == whole) return;
  for (Index p = 0; p < depth; ++p) {
    for (Index j = columns; j < whole + n; ++j) to[p * step + j] = 0;
  }
}

// The first row of the i-th of `tiles` tiles of nearly equal height.
inline Index tile_start(Index rows, Index tiles, Index i) {
  return rows * i / tiles;
}

template <class T>
inline void copy_tile_row(const T* from, T* to, Index height) {
  if (height == tile_rows) {
    __builtin_memcpy(to, from, tile_rows * sizeof(T));
  } else {
    for (Index i = 0; i < height; ++i) to[i] = from[i];
  }
}

// Rows of op(A), tile by tile; in a tile, `tile_rows` elements for each k.
template <class T>
void pack_a(bool trans, Index rows, Index tiles, Index depth, const T* a,
            Index lda, T* to) {
  // Few k at a time: the tiles' places in `to` may share one set of the cache.
  constexpr Index chunk = 16;
  for (Index p = 0; p < depth; p += chunk) {
    const Index end = p + chunk < depth ? p + chunk : depth;
    for (Index i = 0; i < tiles; ++i) {
      const Index start = tile_start(rows, tiles, i);
      const Index height = tile_start(rows, tiles, i + 1) - start;
      T* tile = to + i * tile_rows * depth;
      if (!trans) {
        transpose(height, end - p, a + start * lda + p, lda,
                  tile + p * tile_rows, tile_rows);
        continue;
      }
      for (Index q = p; q < end; ++q) {
        copy_tile_row(a + q * lda + start, tile + q * tile_rows, height);
      }
    }
  }
}

}  // namespace
}  // namespace weft
