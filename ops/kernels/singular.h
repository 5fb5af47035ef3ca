#pragma once

// Singular values by Hestenes' rotations of rows.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "ops/kernels/products.h"

namespace weft {

/// Rotates the rows of b (k x n) until they are orthogonal, and those of w
/// (k x k) alike (Golub and Van Loan, 8.6.3). `squares` has room for k numbers.
template <class T>
void make_orthogonal(T* b, T* w, T* squares, std::int64_t k, std::int64_t n) {
  constexpr int kMostSweeps = 60;
  constexpr T kSmall = 4 * std::numeric_limits<T>::epsilon();
  for (int sweep = 0; sweep < kMostSweeps; ++sweep) {
    bool turned = false;
    auto measure = [&](std::int64_t i) {
      squares[i] = row_product(b + i * n, b + i * n, n);
    };
    for (std::int64_t i = 0; i < k; ++i) measure(i);
    for (std::int64_t p = 0; p < k; ++p) {
      for (std::int64_t q = p + 1; q < k; ++q) {
        T *x = b + p * n, *y = b + q * n;
        const T xx = squares[p], yy = squares[q];
        const T xy = row_product(x, y, n);
        if (!(std::abs(xy) > kSmall * std::sqrt(xx) * std::sqrt(yy))) continue;
        turned = true;
        const T zeta = (yy - xx) / (2 * xy);
        const T size = std::abs(zeta);
        // √(1 + ζ²), which is ζ where the square would be too large.
        const T root = size < T(1e9) ? std::sqrt(1 + size * size) : size;
        const T t = (zeta >= 0 ? 1 : -1) / (size + root);
        const T c = 1 / std::sqrt(1 + t * t), s = c * t;
        auto turn = [&](T* u, T* v, std::int64_t size) {
          for (std::int64_t i = 0; i < size; ++i) {
            const T ui = u[i], vi = v[i];
            u[i] = c * ui - s * vi;
            v[i] = s * ui + c * vi;
          }
        };
        turn(x, y, n);
        turn(w + p * k, w + q * k, k);
        // The longer row grows by what is exact; of the shorter one's square
        // a difference may leave rounding alone.
        squares[p] = xx - t * xy;
        squares[q] = yy + t * xy;
        measure(t * xy > 0 ? p : q);
      }
    }
    if (!turned) break;
  }
}

/// Rows that are zero become unit vectors orthogonal to all before them.
template <class T>
void complete_rows(T* b, std::int64_t done, std::int64_t k, std::int64_t n) {
  std::int64_t next = 0;
  for (std::int64_t r = done; r < k; ++r) {
    T* x = b + r * n;
    for (T length = 0; !(length > T(0.1)) && next <= n;) {
      std::fill_n(x, n, T(0));
      x[std::min(next++, n - 1)] = 1;
      for (int twice = 0; twice < 2; ++twice) {
        for (std::int64_t p = 0; p < r; ++p) {
          const T along = row_product(x, b + p * n, n);
          for (std::int64_t i = 0; i < n; ++i) x[i] -= along * b[p * n + i];
        }
      }
      // One of n unit vectors keeps at least √((n − r)/n) of its length.
      length = std::sqrt(row_product(x, x, n)) * std::sqrt(static_cast<T>(n));
      const T scale = std::sqrt(row_product(x, x, n));
      if (length > T(0.1)) {
        for (std::int64_t i = 0; i < n; ++i) x[i] /= scale;
      }
    }
  }
}

/// b (k x n, k ≤ n) = wᵀ·diag(values)·b': the rows of b and w become
/// orthonormal, values descend. b and w hold the result.
template <class T>
void singular_values(T* b, T* w, T* values, std::int64_t k, std::int64_t n) {
  // Of elements near 1, no square is too large or too small.
  T scale = 0;
  for (std::int64_t i = 0; i < k * n; ++i) {
    scale = std::isnan(b[i]) ? b[i] : std::max(scale, std::abs(b[i]));
    if (std::isnan(scale)) break;
  }
  if (!(scale > 0)) scale = std::isnan(scale) ? scale : T(1);
  for (std::int64_t i = 0; i < k * n; ++i) b[i] /= scale;
  std::fill_n(w, k * k, T(0));
  for (std::int64_t i = 0; i < k; ++i) w[i * k + i] = 1;
  make_orthogonal(b, w, values, k, n);
  for (std::int64_t i = 0; i < k; ++i) {
    values[i] = std::sqrt(row_product(b + i * n, b + i * n, n));
  }
  for (std::int64_t i = 0; i < k; ++i) {
    const std::int64_t most = std::max_element(values + i, values + k) - values;
    if (most == i) continue;
    std::swap(values[i], values[most]);
    std::swap_ranges(b + i * n, b + (i + 1) * n, b + most * n);
    std::swap_ranges(w + i * k, w + (i + 1) * k, w + most * k);
  }
  std::int64_t rank = 0;
  for (; rank < k && !(values[rank] <= std::numeric_limits<T>::min()); ++rank) {
    for (std::int64_t i = 0; i < n; ++i) b[rank * n + i] /= values[rank];
    values[rank] *= scale;
  }
  std::fill(values + rank, values + k, T(0));
  complete_rows(b, rank, k, n);
}

}  // namespace weft
