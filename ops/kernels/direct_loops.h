#pragma once

// Included by one source file per instruction set, see gemm_tile.h.

#include "ops/kernels/direct.h"
#include "ops/kernels/gemm_pack.h"

namespace weft {
namespace {

inline Index parts_of(Index size, Index most) {
  return (size + most - 1) / most;
}

// R rows by N vectors of C.
template <class T, int R, int N>
void product_tile(const DirectProduct<T>& g, Index i, Index v) {
  using V = Vector<T>;
  V sum[R][N];
  unroll<R * N>([&](auto x) {
    sum[decltype(x)::value / N][decltype(x)::value % N] = V{};
  });
  const T* x[N];
  unroll<N>([&](auto y) {
    constexpr int j = decltype(y)::value;
    x[j] = g.x + g.from[v + j];
  });
  // One pointer for three rows: processors address base + {0, 1, 2} * step.
  const T* a[(R + 2) / 3];
  const Index step = g.row_step, channel_step = g.channel_step;
  unroll<(R + 2) / 3>([&](auto y) {
    constexpr int q = decltype(y)::value;
    a[q] = g.a + (i + q * 3) * step;
  });
  const DirectTap* const first = g.tap;
  const DirectTap* const end = g.tap + g.taps;
  const Index plane = g.plane;
  for (Index c = g.channels; c > 0; --c) {
    for (const DirectTap* t = first; t != end; ++t) {
      V row[N];
      unroll<N>([&](auto y) {
        constexpr int j = decltype(y)::value;
        row[j] = load<V>(x[j] + t->pixel);
      });
      unroll<R>([&](auto y) {
        constexpr int r = decltype(y)::value;
        const T factor = (a[r / 3] + t->weight)[r % 3 * step];
        unroll<N>([&](auto z) {
          constexpr int j = decltype(z)::value;
          sum[r][j] += factor * row[j];
        });
      });
    }
    unroll<N>([&](auto y) { x[decltype(y)::value] += plane; });
    unroll<(R + 2) / 3>([&](auto y) { a[decltype(y)::value] += channel_step; });
  }
  unroll<R * N>([&](auto y) {
    constexpr int r = decltype(y)::value / N, j = decltype(y)::value % N;
    T* c = g.c + (i + r) * g.ldc + g.to[v + j];
    store(c, g.add ? load<V>(c) + sum[r][j] : sum[r][j]);
  });
}

template <class T>
struct ProductTable {
  using Function = void (*)(const DirectProduct<T>&, Index, Index);
  Function at[tile_rows][max_vectors] = {};

  template <int R, int... N>
  constexpr void fill_row(std::integer_sequence<int, N...>) {
    ((at[R - 1][N] = product_tile<T, R, N + 1>), ...);
  }
  template <int... R>
  constexpr void fill(std::integer_sequence<int, R...>) {
    (fill_row<R + 1>(std::make_integer_sequence<int, tile_vectors(R + 1)>()),
     ...);
  }
  constexpr ProductTable() {
    fill(std::make_integer_sequence<int, tile_rows>());
  }
};
template <class T>
constexpr ProductTable<T> product_table;

template <class T>
void direct_product(const DirectProduct<T>& g) {
  if (g.rows <= 0 || g.vectors <= 0) return;
  const Index tiles = parts_of(g.rows, tile_rows);
  const Index width = tile_vectors(static_cast<int>(parts_of(g.rows, tiles)));
  const Index panels = parts_of(g.vectors, width);
  // The pixels under a panel stay in the first-level cache for all rows.
  for (Index p = 0; p < panels; ++p) {
    const Index v = g.vectors * p / panels;
    const Index vectors = g.vectors * (p + 1) / panels - v;
    for (Index t = 0; t < tiles; ++t) {
      const Index i = g.rows * t / tiles;
      const Index rows = g.rows * (t + 1) / tiles - i;
      product_table<T>.at[rows - 1][vectors - 1](g, i, v);
    }
  }
}

// A sum's vector is as many registers as it takes.
template <class T>
constexpr int sum_parts = 64 / vector_bytes;
constexpr int sum_rows = registers == 32 ? 4 : vector_bytes == 32 ? 2 : 1;
constexpr int sum_columns(int rows) {
  const int fit = (registers - 2 - rows) / (rows * sum_parts<float>);
  return fit < 9 ? fit : 9;
}
constexpr int most_columns = sum_columns(1);

// Adds the halves of each of `count` vectors in memory until one element is
// left, in the same way whatever registers there are.
template <class T, Index width = direct_sum_lanes<T> / 2>
[[gnu::always_inline]] inline void add_halves(T* x, Index count) {
  for (Index i = 0; i < count; ++i) {
    T* at = x + i * direct_sum_lanes<T>;
    for (Index l = 0; l < width; ++l) at[l] += at[l + width];
  }
  if constexpr (width > 1) add_halves<T, width / 2>(x, count);
}

template <class T>
[[gnu::noinline]] void add_sums(const DirectSums<T>& g, Index i, Index d,
                                Index rows, Index columns, T* sums) {
  add_halves(sums, rows * columns);
  for (Index r = 0; r < rows; ++r) {
    for (Index n = 0; n < columns; ++n, sums += direct_sum_lanes<T>) {
      g.sum[(i + r) * g.depth + d + n] += *sums;
    }
  }
}

// R rows by N columns of sums.
template <class T, int R, int N, bool masked>
void sums_tile(const DirectSums<T>& g, Index i, Index d) {
  using V = Vector<T>;
  using Bits = Vector<typename LaneOf<T>::Type>;
  constexpr int P = sum_parts<T>;
  V sum[R][N][P];
  unroll<R * N * P>([&](auto x) {
    constexpr int q = decltype(x)::value;
    sum[q / P / N][q / P % N][q % P] = V{};
  });
  const T* x[N];
  unroll<N>([&](auto z) {
    constexpr int n = decltype(z)::value;
    x[n] = g.x + g.pixel[d + n];
  });
  const T* y = g.y + i * g.ldy;
  const Index step = g.ldy, vectors = g.vectors;
  const auto* mask = static_cast<const char*>(g.mask);
  for (Index v = 0; v < vectors; ++v) {
    const Index from = g.from[v];
    unroll<P>([&](auto z) {
      constexpr int p = decltype(z)::value;
      V row[R];
      unroll<R>([&](auto w) {
        constexpr int r = decltype(w)::value;
        row[r] = load<V>(y + r * step + p * lanes<T>);
      });
      Bits bits{};
      if constexpr (masked) bits = load<Bits>(mask + p * vector_bytes);
      unroll<N>([&](auto w) {
        constexpr int n = decltype(w)::value;
        V pixels = load<V>(x[n] + from + p * lanes<T>);
        if constexpr (masked) pixels = (V)((Bits)pixels & bits);
        unroll<R>([&](auto u) {
          constexpr int r = decltype(u)::value;
          sum[r][n][p] += row[r] * pixels;
        });
      });
    });
    y += direct_sum_lanes<T>;
    if constexpr (masked) mask += 64;
  }
  alignas(64) T all[R * N * direct_sum_lanes<T>];
  unroll<R * N * P>([&](auto z) {
    constexpr int q = decltype(z)::value;
    store(all + q * lanes<T>, sum[q / P / N][q / P % N][q % P]);
  });
  add_sums(g, i, d, R, N, all);
}

template <class T>
struct SumsTable {
  using Function = void (*)(const DirectSums<T>&, Index, Index);
  Function at[2][sum_rows][most_columns] = {};

  template <int R, int... N>
  constexpr void fill_row(std::integer_sequence<int, N...>) {
    ((at[0][R - 1][N] = sums_tile<T, R, N + 1, false>), ...);
    ((at[1][R - 1][N] = sums_tile<T, R, N + 1, true>), ...);
  }
  template <int... R>
  constexpr void fill(std::integer_sequence<int, R...>) {
    (fill_row<R + 1>(std::make_integer_sequence<int, sum_columns(R + 1)>()),
     ...);
  }
  constexpr SumsTable() { fill(std::make_integer_sequence<int, sum_rows>()); }
};
template <class T>
constexpr SumsTable<T> sums_table;

template <class T>
void direct_sums(const DirectSums<T>& g) {
  if (g.rows <= 0 || g.depth <= 0) return;
  const Index tiles = parts_of(g.rows, sum_rows);
  const Index width = sum_columns(static_cast<int>(parts_of(g.rows, tiles)));
  const Index panels = parts_of(g.depth, width);
  for (Index t = 0; t < tiles; ++t) {
    const Index i = g.rows * t / tiles;
    const Index rows = g.rows * (t + 1) / tiles - i;
    for (Index p = 0; p < panels; ++p) {
      const Index d = g.depth * p / panels;
      const Index columns = g.depth * (p + 1) / panels - d;
      sums_table<T>.at[g.mask != nullptr][rows - 1][columns - 1](g, i, d);
    }
  }
}

template <class T>
constexpr DirectSet<T> direct_set_of() {
  return {direct_product<T>, direct_sums<T>, transpose<T>, lanes<T>};
}

}  // namespace
}  // namespace weft
