#pragma once

// The innermost loop of gemm: a tile of C held in registers.
//
// Included by one source file per instruction set, which first defines
// vector_bytes, registers and tile_rows. Everything has internal linkage and
// nothing of std is called: an inline function compiled here for a wide
// processor must never be the copy that the linker keeps for a narrow one.

#include <cstdint>
#include <utility>
#if defined(__AVX512F__)
#include <immintrin.h>
#endif

namespace weft {
namespace {

using Index = std::int64_t;

template <class T>
struct VectorOf {
  typedef T Type __attribute__((vector_size(vector_bytes)));
};
template <class T>
using Vector = typename VectorOf<T>::Type;

template <class T>
constexpr int lanes = vector_bytes / static_cast<int>(sizeof(T));

// Vectors in a row of a tile of that many rows, so that the tile, one row of B
// and one element of A fit in the registers.
constexpr int tile_vectors(int rows) {
  const int fit = (registers - 1) / (rows + 1);
  return fit < 8 ? fit : 8;
}
constexpr int max_vectors = 8;
constexpr int full_vectors = tile_vectors(tile_rows);

template <class V, class T>
inline V load(const T* p) {
  V v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}

template <class V, class T>
inline void store(T* p, V v) {
  __builtin_memcpy(p, &v, sizeof v);
}

// The first `count` lanes, fewer than all; the others are zero.
template <class V, class T>
inline V load_first(const T* p, Index count) {
#if defined(__AVX512F__)
  if constexpr (sizeof(V) == 64) {
    const unsigned mask = (1U << count) - 1;
    if constexpr (sizeof(T) == 4) {
      return (V)_mm512_maskz_loadu_ps(static_cast<__mmask16>(mask), p);
    } else {
      return (V)_mm512_maskz_loadu_pd(static_cast<__mmask8>(mask), p);
    }
  }
#endif
  V v = {};
  for (Index i = 0; i < count; ++i) v[i] = p[i];
  return v;
}

template <class V, class T>
inline void store_first(T* p, V v, Index count) {
#if defined(__AVX512F__)
  if constexpr (sizeof(V) == 64) {
    const unsigned mask = (1U << count) - 1;
    if constexpr (sizeof(T) == 4) {
      _mm512_mask_storeu_ps(p, static_cast<__mmask16>(mask), (__m512)v);
    } else {
      _mm512_mask_storeu_pd(p, static_cast<__mmask8>(mask), (__m512d)v);
    }
    return;
  }
#endif
  for (Index i = 0; i < count; ++i) p[i] = v[i];
}

template <int i>
struct Constant {
  static constexpr int value = i;
};

// f(Constant<0>), ..., f(Constant<n - 1>): compilers keep an array in registers
// only if every index to it is a constant early on.
template <class F, int... i>
[[gnu::always_inline]] inline void unroll(std::integer_sequence<int, i...>,
                                          F&& f) {
  (f(Constant<i>()), ...);
}
template <int n, class F>
[[gnu::always_inline]] inline void unroll(F&& f) {
  unroll(std::make_integer_sequence<int, n>(), static_cast<F&&>(f));
}

template <class T>
struct Tile {
  Index depth;
  const T* a;
  Index a_step;  // contiguous rows: from one k to the next; else row to row
  const T* b;
  Index b_step;
  Index last_b;  // offset of the last vector in a row of B
  T* c;
  Index ldc;
  Index last_c;  // offset of the last vector in a row of C
  bool add;
  // Of the last vector, only lanes from first_lane to end_lane belong to the
  // tile. If end_lane is the last lane, those before first_lane are elements of
  // C that are computed already; otherwise they may not be touched.
  int first_lane, end_lane;
};

template <class T>
struct LaneOf;
template <>
struct LaneOf<float> {
  using Type = std::int32_t;
};
template <>
struct LaneOf<double> {
  using Type = std::int64_t;
};

template <class T, int... l>
inline auto lanes_from(int first, std::integer_sequence<int, l...>) {
  using Lane = typename LaneOf<T>::Type;
  const Vector<Lane> index = {l...};
  return index >= static_cast<Lane>(first);
}

template <class T, int R, int N>
[[gnu::noinline]] void store_lanes(const Tile<T>& t,
                                   const Vector<T> (&sum)[R][N]) {
  using V = Vector<T>;
  for (int i = 0; i < R; ++i) {
    T* c = t.c + i * t.ldc;
    for (int j = 0; j < N - 1; ++j, c += lanes<T>) {
      store(c, t.add ? load<V>(c) + sum[i][j] : sum[i][j]);
    }
    const V last = sum[i][N - 1];
    store_first(c, t.add ? load_first<V>(c, t.end_lane) + last : last,
                t.end_lane);
  }
}

template <class T, int R, int N>
[[gnu::always_inline]] inline void store_tile(const Tile<T>& t,
                                              const Vector<T> (&sum)[R][N]) {
  using V = Vector<T>;
  if (t.end_lane < lanes<T>) {
    V copy[R][N];
    unroll<R * N>([&](auto x) {
      constexpr int i = decltype(x)::value / N, j = decltype(x)::value % N;
      copy[i][j] = sum[i][j];
    });
    store_lanes<T, R, N>(t, copy);
  } else if (t.add) {
    const auto ours = lanes_from<T>(
        t.first_lane, std::make_integer_sequence<int, lanes<T>>());
    unroll<R * N>([&](auto x) {
      constexpr int i = decltype(x)::value / N, j = decltype(x)::value % N;
      T* c = t.c + i * t.ldc + (j < N - 1 ? j * lanes<T> : t.last_c);
      const V old = load<V>(c);
      const V next = old + sum[i][j];
      store(c, j < N - 1 ? next : ours ? next : old);
    });
  } else {
    unroll<R * N>([&](auto x) {
      constexpr int i = decltype(x)::value / N, j = decltype(x)::value % N;
      T* c = t.c + i * t.ldc + (j < N - 1 ? j * lanes<T> : t.last_c);
      store(c, sum[i][j]);
    });
  }
}

// R rows of op(A) by N vectors of op(B). The rows of A are neighbours in memory
// (packed, or A is transposed) or a_step apart.
template <class T, int R, int N, bool contiguous_rows>
void multiply_tile(const Tile<T>& t) {
  using V = Vector<T>;
  V sum[R][N];
  unroll<R * N>([&](auto x) {
    sum[decltype(x)::value / N][decltype(x)::value % N] = V{};
  });
  const T* b = t.b;
  const Index last = t.last_b;
  const Index row_step = contiguous_rows ? 1 : t.a_step;
  const Index step = contiguous_rows ? t.a_step : 1;
  // One pointer for three rows: processors address base + {0, 1, 2} * step.
  const T* a[(R + 2) / 3];
  unroll<(R + 2) / 3>([&](auto x) {
    a[decltype(x)::value] = t.a + decltype(x)::value * 3 * row_step;
  });
  for (Index p = 0; p < t.depth; ++p) {
    V row[N];
    unroll<N>([&](auto x) {
      constexpr int j = decltype(x)::value;
      row[j] = load<V>(b + (j < N - 1 ? j * lanes<T> : last));
    });
    unroll<R>([&](auto x) {
      constexpr int i = decltype(x)::value;
      const T factor = contiguous_rows ? a[0][i] : a[i / 3][i % 3 * row_step];
      unroll<N>([&](auto y) {
        constexpr int j = decltype(y)::value;
        sum[i][j] += factor * row[j];
      });
    });
    b += t.b_step;
    unroll<(R + 2) / 3>([&](auto x) { a[decltype(x)::value] += step; });
  }
  store_tile<T, R, N>(t, sum);
}

template <class T>
using TileFunction = void (*)(const Tile<T>&);

template <class T>
struct TileTable {
  TileFunction<T> at[2][tile_rows][max_vectors] = {};

  template <int R, int... N>
  constexpr void fill_row(std::integer_sequence<int, N...>) {
    ((at[0][R - 1][N] = multiply_tile<T, R, N + 1, false>), ...);
    ((at[1][R - 1][N] = multiply_tile<T, R, N + 1, true>), ...);
  }
  template <int... R>
  constexpr void fill(std::integer_sequence<int, R...>) {
    (fill_row<R + 1>(std::make_integer_sequence<int, tile_vectors(R + 1)>()),
     ...);
  }
  constexpr TileTable() { fill(std::make_integer_sequence<int, tile_rows>()); }
};

template <class T>
constexpr TileTable<T> tile_table;

}  // namespace
}  // namespace weft
