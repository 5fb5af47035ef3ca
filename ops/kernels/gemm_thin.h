#pragma once

// Products with few rows, as direct loops: there is too little work on each
// element of B to pay for a copy of it. Included after gemm_pack.h by one
// source file per instruction set.

#include "ops/kernels/gemm_pack.h"

namespace weft {
namespace {

// y = a B for one row, or y + a B, `rows` rows of B at a time. The vectors of y
// lie side by side, but the last of them belongs to B's last columns, some of
// which the one before it may have too.
template <class T, int rows>
void add_rows(const T* a, Index a_step, const T* b, Index ldb, Index n,
              bool first, T* y) {
  using V = Vector<T>;
  V factor[rows];
  unroll<rows>([&](auto x) __attribute__((always_inline)) {
    constexpr int i = decltype(x)::value;
    factor[i] = V{} + a[i * a_step];
  });
  const Index last = n - lanes<T>;
  for (Index j = 0;; j += lanes<T>, y += lanes<T>) {
    const T* column = b + (j < last ? j : last);
    V sum = first ? V{} : load<V>(y);
    unroll<rows>([&](auto x) __attribute__((always_inline)) {
      constexpr int i = decltype(x)::value;
      sum += factor[i] * load<V>(column + i * ldb);
    });
    store(y, sum);
    if (j >= last) return;
  }
}

// The same for all rows of B; then y lies in order.
template <class T>
void multiply_row(const T* a, Index a_step, const T* b, Index ldb, Index depth,
                  Index n, T* y) {
  Index p = 0;
  for (; p + 8 <= depth; p += 8) {
    add_rows<T, 8>(a + p * a_step, a_step, b + p * ldb, ldb, n, p == 0, y);
  }
  for (; p + 2 <= depth; p += 2) {
    add_rows<T, 2>(a + p * a_step, a_step, b + p * ldb, ldb, n, p == 0, y);
  }
  if (p < depth) {
    add_rows<T, 1>(a + p * a_step, a_step, b + p * ldb, ldb, n, p == 0, y);
  }
  const Index whole = (n - 1) / lanes<T> * lanes<T>;
  store(y + n - lanes<T>, load<Vector<T>>(y + whole));
}

// `lanes` rows of B as stored, so columns of op(B), are transposed in registers
// where they are used, some k at a time.
template <class T>
constexpr int thin_depth = half_lanes<T>;
constexpr int thin_blocks = 4;

// One row by G blocks, each of `lanes` rows of B as stored.
template <class T>
struct ThinTile {
  Index depth;
  const T* a;
  Index a_step;
  const T* b;
  Index ldb;
  Index last_b;  // the first row of the last block of B
  T* c;
  bool add;
  int first_lane;  // of the last block; those before it are done already
};

template <class T, int... L>
inline Vector<T> fill_lanes(const T* x, Index step,
                            std::integer_sequence<int, L...>) {
  return Vector<T>{x[L * step]...};
}

template <class V, class H, int... L>
inline V join(H x, H y, std::integer_sequence<int, L...>) {
  return __builtin_shufflevector(x, y, L...);
}

// Pointers to every third row of a block: processors address
// base + {0, 1, 2} * step. Computed where they are used, for those of several
// blocks would not fit in the registers.
template <class T>
struct BlockRows {
  static constexpr int n = lanes<T>;
  const T* at[(n + 2) / 3];
  Index step;

  [[gnu::always_inline]] BlockRows(const T* first, Index ld) : step(ld) {
    unroll<(n + 2) / 3>([&](auto x) __attribute__((always_inline)) {
      constexpr int i = decltype(x)::value;
      at[i] = i == 0 ? first : at[i > 0 ? i - 1 : 0] + 3 * step;
#if defined(__GNUC__)
      asm("" : "+r"(at[i]));
#endif
    });
  }

  // Parts of 16 bytes of rows i, i + thin_depth, ..., `count` altogether.
  template <int i, int count>
  [[gnu::always_inline]] auto load_parts() const {
    constexpr int size = 16 * count / static_cast<int>(sizeof(T));
    using V = typename BlockRowOf<T, 16 * count>::Type;
    if constexpr (count == 1) {
      return load<V>(at[i / 3] + i % 3 * step);
    } else {
      return join<V>(load_parts<i, count / 2>(),
                     load_parts<i + count / 2 * thin_depth<T>, count / 2>(),
                     std::make_integer_sequence<int, size>());
    }
  }
};

template <class T, int G>
struct ThinSum {
  Vector<T> at[G];
};

// Adds the products of thin_depth values of k from p on, without the first
// `skip` of them.
template <class T, int G, int skip>
[[gnu::always_inline]] inline void add_block(const ThinTile<T>& t, Index p,
                                             ThinSum<T, G>& sum) {
  constexpr int n = lanes<T>, part = thin_depth<T>;
  unroll<G>([&](auto y) __attribute__((always_inline)) {
    constexpr int g = decltype(y)::value;
    const BlockRows<T> rows(t.b + (g < G - 1 ? g * n : t.last_b) * t.ldb + p,
                            t.ldb);
    Vector<T> row[part];
    unroll<part>([&](auto x) __attribute__((always_inline)) {
      constexpr int i = decltype(x)::value;
      row[i] = rows.template load_parts<i, n / part>();
    });
    transpose_halves<part, n>(row);
    unroll<part - skip>([&](auto x) __attribute__((always_inline)) {
      constexpr int q = skip + decltype(x)::value;
      sum.at[g] += t.a[(p + q) * t.a_step] * row[q];
    });
  });
}

// The last values of k, fewer than thin_depth, of at least that many.
template <class T, int G, int skip>
[[gnu::always_inline]] inline void add_rest(const ThinTile<T>& t, Index rest,
                                            ThinSum<T, G>& sum) {
  if constexpr (skip > 0) {
    if (rest == thin_depth<T> - skip) {
      add_block<T, G, skip>(t, t.depth - thin_depth<T>, sum);
    } else {
      add_rest<T, G, skip - 1>(t, rest, sum);
    }
  }
}

template <class T, int G>
[[gnu::always_inline]] inline void add_single(const ThinTile<T>& t, Index p,
                                              ThinSum<T, G>& sum) {
  unroll<G>([&](auto y) __attribute__((always_inline)) {
    constexpr int g = decltype(y)::value;
    const T* b = t.b + (g < G - 1 ? g * lanes<T> : t.last_b) * t.ldb + p;
    sum.at[g] +=
        t.a[p * t.a_step] *
        fill_lanes(b, t.ldb, std::make_integer_sequence<int, lanes<T>>());
  });
}

template <class T, int G>
[[gnu::always_inline]] inline void store_thin(const ThinTile<T>& t,
                                              const ThinSum<T, G>& sum) {
  using V = Vector<T>;
  const auto ours =
      lanes_from<T>(t.first_lane, std::make_integer_sequence<int, lanes<T>>());
  unroll<G>([&](auto x) __attribute__((always_inline)) {
    constexpr int g = decltype(x)::value;
    T* c = t.c + (g < G - 1 ? g * lanes<T> : t.last_b);
    if (t.add) {
      const V old = load<V>(c);
      const V next = old + sum.at[g];
      store(c, g < G - 1 ? next : ours ? next : old);
    } else {
      store(c, sum.at[g]);
    }
  });
}

template <class T, int G>
void multiply_thin(const ThinTile<T>& given) {
  const ThinTile<T> t = given;  // a copy that stores to C can't change
  ThinSum<T, G> sum;
  unroll<G>([&](auto x) __attribute__((always_inline)) {
    sum.at[decltype(x)::value] = Vector<T>{};
  });
  Index p = 0;
  for (; p + thin_depth<T> <= t.depth; p += thin_depth<T>) {
    add_block<T, G, 0>(t, p, sum);
  }
  if (p > 0) {
    add_rest<T, G, thin_depth<T> - 1>(t, t.depth - p, sum);
  } else {
    for (; p < t.depth; ++p) add_single<T, G>(t, p, sum);
  }
  store_thin<T, G>(t, sum);
}

}  // namespace
}  // namespace weft
