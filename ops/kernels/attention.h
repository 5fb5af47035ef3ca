#pragma once

// Attention tile by tile, without its matrix of scores (Rabe and Staats 2021;
// Dao et al. 2022).

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "ops/kernels/gemm.h"
#include "ops/kernels/math.h"

namespace weft {

/// Rows and columns of the scores that exist at a time.
inline constexpr std::int64_t kQueryTile = 64, kKeyTile = 128;

/// One matrix each of queries (m × d), keys (n × d) and values (n × e).
template <class T>
struct AttentionPart {
  const T *q, *k, *v;
  const T* mask = nullptr;                     ///< added to the scores
  std::int64_t mask_row = 0, mask_column = 0;  ///< distances of its elements
  std::int64_t m, n, d, e;
  T scale;
  bool causal;
};

/// What a tile of scores covers.
struct ScoreTile {
  std::int64_t row, rows, column, columns;
};

/// s = scale·q·kᵀ + mask, its rows kKeyTile apart; −∞ where none is seen.
template <class T>
void attention_scores(const AttentionPart<T>& a, const ScoreTile& t, T* s) {
  gemm(GemmArgs<T>{.trans_b = true,
                   .m = t.rows,
                   .n = t.columns,
                   .k = a.d,
                   .a = a.q + t.row * a.d,
                   .lda = a.d,
                   .b = a.k + t.column * a.d,
                   .ldb = a.d,
                   .c = s,
                   .ldc = kKeyTile});
  for (std::int64_t r = 0; r < t.rows; ++r) {
    T* row = s + r * kKeyTile;
    for (std::int64_t c = 0; c < t.columns; ++c) row[c] *= a.scale;
    if (a.mask) {
      const T* mask = a.mask + (t.row + r) * a.mask_row;
      if (a.mask_column == 1) {
        for (std::int64_t c = 0; c < t.columns; ++c)
          row[c] += mask[t.column + c];
      } else {
        for (std::int64_t c = 0; c < t.columns; ++c) row[c] += mask[0];
      }
    }
    if (!a.causal) continue;
    const std::int64_t later = t.row + r + 1 - t.column;
    for (auto c = std::max<std::int64_t>(later, 0); c < t.columns; ++c) {
      row[c] = -std::numeric_limits<T>::infinity();
    }
  }
}

/// The greatest of n elements and `top`.
template <class T>
T greatest_of(const T* x, std::int64_t n, T top) {
  constexpr std::int64_t kLanes = 16;
  T lanes[kLanes];
  std::fill_n(lanes, kLanes, top);
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::int64_t l = 0; l < kLanes; ++l) {
      lanes[l] = x[i + l] > lanes[l] ? x[i + l] : lanes[l];
    }
  }
  for (; i < n; ++i) top = x[i] > top ? x[i] : top;
  for (const T lane : lanes) top = lane > top ? lane : top;
  return top;
}

/// x ← e^(x − top); returns the sum.
template <class T>
T exponentials_of(T* x, std::int64_t n, T top) {
  for (std::int64_t i = 0; i < n; ++i) x[i] = math::exp(x[i] - top);
  constexpr std::int64_t kLanes = 16;
  T lanes[kLanes] = {};
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::int64_t l = 0; l < kLanes; ++l) lanes[l] += x[i + l];
  }
  T total = 0;
  for (; i < n; ++i) total += x[i];
  for (const T lane : lanes) total += lane;
  return total;
}

/// How many keys the queries before `row_end` see.
template <class T>
std::int64_t keys_seen(const AttentionPart<T>& a, std::int64_t row_end) {
  return a.causal ? std::min(a.n, row_end) : a.n;
}

/// The rows of y (m × e) and of log Σ e^score (m) of at most kQueryTile
/// queries. Sums over keys that were seen are kept relative to the greatest
/// score so far.
template <class T>
void attend(const AttentionPart<T>& a, std::int64_t row, std::int64_t rows,
            T* y, T* log_sums) {
  alignas(64) T s[kQueryTile * kKeyTile];
  T top[kQueryTile], total[kQueryTile] = {};
  std::fill_n(top, kQueryTile, -std::numeric_limits<T>::infinity());
  y += row * a.e;
  std::fill_n(y, rows * a.e, T(0));
  const std::int64_t seen = keys_seen(a, row + rows);
  for (std::int64_t at = 0; at < seen; at += kKeyTile) {
    const ScoreTile t{row, rows, at, std::min(kKeyTile, seen - at)};
    attention_scores(a, t, s);
    for (std::int64_t r = 0; r < rows; ++r) {
      T* scores = s + r * kKeyTile;
      const T now = greatest_of(scores, t.columns, top[r]);
      // Nothing was seen yet: there is no number to be relative to.
      const T base = std::isinf(now) ? T(0) : now;
      const T kept = math::exp(top[r] - base);
      total[r] = total[r] * kept + exponentials_of(scores, t.columns, base);
      if (now != top[r]) {
        for (std::int64_t c = 0; c < a.e; ++c) y[r * a.e + c] *= kept;
      }
      top[r] = now;
    }
    gemm(GemmArgs<T>{.m = rows,
                     .n = a.e,
                     .k = t.columns,
                     .a = s,
                     .lda = kKeyTile,
                     .b = a.v + at * a.e,
                     .ldb = a.e,
                     .c = y,
                     .ldc = a.e,
                     .accumulate = true});
  }
  for (std::int64_t r = 0; r < rows; ++r) {
    const T share = a.n == 0 ? T(0) : 1 / total[r];
    for (std::int64_t c = 0; c < a.e; ++c) y[r * a.e + c] *= share;
    log_sums[row + r] = top[r] + math::log(total[r]);
  }
}

/// What the derivative needs besides: dy (m × e), log Σ e^score and Σ y·dy (m).
template <class T>
struct AttentionDerivative {
  const T *dy, *log_sums, *delta;
  T *dq, *dk, *dv;  ///< all keys' dk and dv; dq is added to
};

/// The share that the keys of `t` and its queries have in the derivative. With
/// p = e^(s − log Σ), ds = p∘(dy·vᵀ − Σ y·dy): dv = pᵀ·dy, dq = scale·ds·k,
/// dk = scale·dsᵀ·q.
template <class T>
void attention_tile_gradient(const AttentionPart<T>& a,
                             const AttentionDerivative<T>& g,
                             const ScoreTile& t, T* p, T* ds) {
  attention_scores(a, t, p);
  const T* dy = g.dy + t.row * a.e;
  gemm(GemmArgs<T>{.trans_b = true,
                   .m = t.rows,
                   .n = t.columns,
                   .k = a.e,
                   .a = dy,
                   .lda = a.e,
                   .b = a.v + t.column * a.e,
                   .ldb = a.e,
                   .c = ds,
                   .ldc = kKeyTile});
  for (std::int64_t r = 0; r < t.rows; ++r) {
    const T log_sum = g.log_sums[t.row + r], delta = g.delta[t.row + r];
    T *pr = p + r * kKeyTile, *dr = ds + r * kKeyTile;
    for (std::int64_t c = 0; c < t.columns; ++c) {
      pr[c] = math::exp(pr[c] - log_sum);
    }
    for (std::int64_t c = 0; c < t.columns; ++c) {
      dr[c] = pr[c] * (dr[c] - delta) * a.scale;
    }
  }
  GemmArgs<T> across{.trans_a = true,
                     .m = t.columns,
                     .n = a.e,
                     .k = t.rows,
                     .a = p,
                     .lda = kKeyTile,
                     .b = dy,
                     .ldb = a.e,
                     .c = g.dv + t.column * a.e,
                     .ldc = a.e,
                     .accumulate = true};
  gemm(across);
  across.n = across.ldb = across.ldc = a.d;
  across.a = ds;
  across.b = a.q + t.row * a.d;
  across.c = g.dk + t.column * a.d;
  gemm(across);
  gemm(GemmArgs<T>{.m = t.rows,
                   .n = a.d,
                   .k = t.columns,
                   .a = ds,
                   .lda = kKeyTile,
                   .b = a.k + t.column * a.d,
                   .ldb = a.d,
                   .c = g.dq + t.row * a.d,
                   .ldc = a.d,
                   .accumulate = true});
}

/// The derivatives by the keys first … last − 1, and their share of dq.
template <class T>
void attention_gradient(const AttentionPart<T>& a,
                        const AttentionDerivative<T>& g, std::int64_t first,
                        std::int64_t last) {
  alignas(64) T p[kQueryTile * kKeyTile];
  alignas(64) T ds[kQueryTile * kKeyTile];
  std::fill_n(g.dk + first * a.d, (last - first) * a.d, T(0));
  std::fill_n(g.dv + first * a.e, (last - first) * a.e, T(0));
  std::fill_n(g.dq, a.m * a.d, T(0));
  for (std::int64_t key = first; key < last; key += kKeyTile) {
    const std::int64_t columns = std::min(kKeyTile, last - key);
    // Earlier queries don't see these keys.
    std::int64_t row = a.causal ? key / kQueryTile * kQueryTile : 0;
    for (; row < a.m; row += kQueryTile) {
      const ScoreTile t{row, std::min(kQueryTile, a.m - row), key, columns};
      attention_tile_gradient(a, g, t, p, ds);
    }
  }
}

}  // namespace weft
