#pragma once

// Gaussian elimination on small dense matrices.

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace weft {

/// Makes the n x n matrix `a` upper triangular with partial pivoting, and does
/// the same to the rows of b (n x m). Returns the sign of the row swaps.
template <class T>
T eliminate(T* a, std::int64_t n, T* b, std::int64_t m) {
  T sign = 1;
  for (std::int64_t k = 0; k < n; ++k) {
    std::int64_t pivot = k;
    for (std::int64_t i = k + 1; i < n; ++i) {
      if (std::abs(a[i * n + k]) > std::abs(a[pivot * n + k])) pivot = i;
    }
    if (pivot != k) {
      std::swap_ranges(a + k * n, a + (k + 1) * n, a + pivot * n);
      std::swap_ranges(b + k * m, b + (k + 1) * m, b + pivot * m);
      sign = -sign;
    }
    for (std::int64_t i = k + 1; i < n; ++i) {
      if (a[k * n + k] == 0) break;
      const T f = a[i * n + k] / a[k * n + k];
      for (std::int64_t j = k; j < n; ++j) a[i * n + j] -= f * a[k * n + j];
      for (std::int64_t j = 0; j < m; ++j) b[i * m + j] -= f * b[k * m + j];
    }
  }
  return sign;
}

/// b ← u⁻¹·b of an upper (or lower) triangle; NaN if a diagonal element is 0.
template <class T>
void substitute(const T* u, std::int64_t n, T* b, std::int64_t m, bool upper) {
  for (std::int64_t s = 0; s < n; ++s) {
    const std::int64_t i = upper ? n - 1 - s : s;
    const T d = u[i * n + i] == 0 ? T(NAN) : u[i * n + i];
    for (std::int64_t j = 0; j < m; ++j) b[i * m + j] /= d;
    for (std::int64_t r = upper ? 0 : i + 1; r < (upper ? i : n); ++r) {
      for (std::int64_t j = 0; j < m; ++j) {
        b[r * m + j] -= u[r * n + i] * b[i * m + j];
      }
    }
  }
}

}  // namespace weft
