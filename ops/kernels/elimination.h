#pragma once

// Gaussian elimination and Jacobi's rotations on small dense matrices.

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

/// One of Jacobi's rotations, which makes a[p][q] zero (Golub and Van Loan,
/// 8.5.2), in the symmetric a and in the columns of v.
template <class T>
void rotate(T* a, T* v, std::int64_t n, std::int64_t p, std::int64_t q) {
  const T apq = a[p * n + q];
  if (apq == 0) return;
  const T tau = (a[q * n + q] - a[p * n + p]) / (2 * apq);
  const T t = (tau >= 0 ? 1 : -1) / (std::abs(tau) + std::hypot(T(1), tau));
  const T c = 1 / std::sqrt(1 + t * t), s = t * c;
  auto turn = [&](T* x, std::int64_t i, std::int64_t j) {
    const T xi = x[i], xj = x[j];
    x[i] = c * xi - s * xj;
    x[j] = s * xi + c * xj;
  };
  for (std::int64_t i = 0; i < n; ++i) turn(a, i * n + p, i * n + q);
  for (std::int64_t i = 0; i < n; ++i) turn(a, p * n + i, q * n + i);
  for (std::int64_t i = 0; i < n; ++i) turn(v, i * n + p, i * n + q);
}

/// Eigenvalues of the symmetric a, which is destroyed, ascending, and
/// eigenvectors in the columns of v.
template <class T>
void jacobi(T* a, T* values, T* v, std::int64_t n) {
  for (std::int64_t i = 0; i < n * n; ++i)
    v[i] = i % (n + 1) == 0 ? T(1) : T(0);
  constexpr int kMostSweeps = 60;
  for (int sweep = 0; sweep < kMostSweeps; ++sweep) {
    T off = 0, all = 0;
    for (std::int64_t i = 0; i < n * n; ++i) {
      all += a[i] * a[i];
      if (i % (n + 1) != 0) off += a[i] * a[i];
    }
    constexpr T kSmall = sizeof(T) == 8 ? T(1e-34) : T(1e-18);
    if (!(off > kSmall * all)) break;
    for (std::int64_t p = 0; p < n; ++p) {
      for (std::int64_t q = p + 1; q < n; ++q) rotate(a, v, n, p, q);
    }
  }
  for (std::int64_t i = 0; i < n; ++i) values[i] = a[i * n + i];
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int64_t least =
        std::min_element(values + i, values + n) - values;
    std::swap(values[i], values[least]);
    for (std::int64_t r = 0; r < n && least != i; ++r) {
      std::swap(v[r * n + i], v[r * n + least]);
    }
  }
}

}  // namespace weft
