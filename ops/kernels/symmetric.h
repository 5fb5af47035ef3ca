#pragma once

// Eigenvalues of symmetric matrices: Householder's reflections to a tridiagonal
// one, then the implicit QL method (Golub and Van Loan, 8.3; EISPACK's tql2).

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "ops/kernels/products.h"

namespace weft {

/// The symmetric a becomes tridiagonal: its diagonal, and below it `off`. The
/// vectors of the reflections, of which the first element is 1, are left to the
/// right of a's diagonal, their factors in tau. w has room for n elements.
template <class T>
void make_tridiagonal(T* a, std::int64_t n, double* diagonal, double* off,
                      T* tau, T* w) {
  // Squares of less are not exact; beside elements near 1 it is nothing.
  constexpr T kLeast = sizeof(T) == 8 ? T(1e-138) : T(1e-12);
  for (std::int64_t k = 0; k < n; ++k) {
    T* v = a + k * n + k + 1;  // this column, which is also this row
    const std::int64_t m = n - k - 1;
    diagonal[k] = static_cast<double>(a[k * n + k]);
    tau[k] = 0;
    if (m == 0) break;
    const T alpha = v[0];
    const T below = std::sqrt(row_product(v + 1, v + 1, m - 1));
    off[k] = static_cast<double>(alpha);
    if (below < kLeast) continue;
    const T beta = -std::copysign(std::hypot(alpha, below), alpha);
    off[k] = static_cast<double>(beta);
    tau[k] = (beta - alpha) / beta;
    const T scale = 1 / (alpha - beta);
    for (std::int64_t i = 1; i < m; ++i) v[i] *= scale;
    v[0] = 1;
    // A − v·wᵀ − w·vᵀ with w = tau·(A·v − tau/2·(vᵀ·A·v)·v).
    T* rest = a + (k + 1) * n + k + 1;
    std::fill_n(w, m, T(0));
    for (std::int64_t i = 0; i < m; ++i) {
      const T* row = rest + i * n;
      const T f = tau[k] * v[i];
      for (std::int64_t j = 0; j < m; ++j) w[j] += f * row[j];
    }
    const T half = tau[k] / 2 * row_product(w, v, m);
    for (std::int64_t i = 0; i < m; ++i) w[i] -= half * v[i];
    for (std::int64_t i = 0; i < m; ++i) {
      T* row = rest + i * n;
      const T vi = v[i], wi = w[i];
      for (std::int64_t j = 0; j < m; ++j) row[j] -= vi * w[j] + wi * v[j];
    }
  }
}

/// q, the product of the reflections that make_tridiagonal left in a.
template <class T>
void reflections_product(const T* a, std::int64_t n, const T* tau, T* q, T* w) {
  std::fill_n(q, n * n, T(0));
  for (std::int64_t i = 0; i < n; ++i) q[i * n + i] = 1;
  for (std::int64_t k = n - 1; k-- > 0;) {
    if (tau[k] == 0) continue;
    const T* v = a + k * n + k + 1;
    const std::int64_t m = n - k - 1;
    T* rest = q + (k + 1) * n + k + 1;
    std::fill_n(w, m, T(0));
    for (std::int64_t i = 0; i < m; ++i) {
      for (std::int64_t j = 0; j < m; ++j) w[j] += v[i] * rest[i * n + j];
    }
    for (std::int64_t i = 0; i < m; ++i) {
      const T f = tau[k] * v[i];
      for (std::int64_t j = 0; j < m; ++j) rest[i * n + j] -= f * w[j];
    }
  }
}

/// √(a² + b²).
inline double length(double a, double b) {
  const double r = std::sqrt(a * a + b * b);
  return r > 1e-140 && r < 1e140 ? r : std::hypot(a, b);
}

/// Eigenvalues of the tridiagonal matrix, in `diagonal`. Rows of v turn as its
/// eigenvectors do. `off`, which has room for n elements, is destroyed.
template <class T>
void implicit_ql(double* diagonal, double* off, std::int64_t n, T* v) {
  constexpr int kMostSteps = 60;
  constexpr double kEpsilon = std::numeric_limits<T>::epsilon();
  double* const d = diagonal;
  auto negligible = [&](std::int64_t i) {
    return std::abs(off[i]) <=
           kEpsilon * std::max(std::abs(d[i]) + std::abs(d[i + 1]), kEpsilon);
  };
  if (n > 0) off[n - 1] = 0;
  for (std::int64_t l = 0; l < n; ++l) {
    for (int step = 0; step < kMostSteps; ++step) {
      std::int64_t m = l;
      while (m + 1 < n && !negligible(m)) ++m;
      if (m == l) break;
      double g = (d[l + 1] - d[l]) / (2 * off[l]);
      g = d[m] - d[l] + off[l] / (g + std::copysign(length(g, 1), g));
      double s = 1, c = 1, p = 0;
      std::int64_t i = m - 1;
      for (; i >= l; --i) {
        const double f = s * off[i], b = c * off[i];
        double r = length(f, g);
        off[i + 1] = r;
        if (r == 0) {
          d[i + 1] -= p;
          break;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - p;
        r = (d[i] - g) * s + 2 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
        T *x = v + i * n, *y = x + n;
        const T sine = static_cast<T>(s), cosine = static_cast<T>(c);
        for (std::int64_t j = 0; j < n; ++j) {
          const T xj = x[j], yj = y[j];
          y[j] = sine * xj + cosine * yj;
          x[j] = cosine * xj - sine * yj;
        }
      }
      off[m] = 0;
      if (i >= l) continue;
      d[l] -= p;
      off[l] = g;
    }
  }
}

/// Bytes of memory that `symmetric_eigen` works in, a multiple of 64.
template <class T>
std::int64_t symmetric_bytes(std::int64_t n) {
  const std::int64_t numbers = (2 * n + 2) * n;
  return (2 * n * 8 + numbers * static_cast<std::int64_t>(sizeof(T)) + 63) /
         64 * 64;
}

/// Eigenvalues, ascending, of x made symmetric, and eigenvectors in the columns
/// of `vectors`; NaN unless x is finite.
template <class T>
void symmetric_eigen(const T* x, std::int64_t n, T* values, T* vectors,
                     void* memory) {
  double *d = static_cast<double*>(memory), *off = d + n;
  T *a = reinterpret_cast<T*>(off + n), *v = a + n * n, *tau = v + n * n,
    *w = tau + n;
  // Of elements near 1, no square is too large or too small.
  T scale = 0;
  for (std::int64_t i = 0; i < n * n; ++i) {
    scale = std::isfinite(x[i]) ? std::max(scale, std::abs(x[i])) : T(NAN);
    if (std::isnan(scale)) break;
  }
  if (std::isnan(scale)) {
    std::fill_n(values, n, scale);
    std::fill_n(vectors, n * n, scale);
    return;
  }
  if (scale == 0) scale = 1;
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      a[i * n + j] = (x[i * n + j] / scale + x[j * n + i] / scale) / 2;
    }
  }
  make_tridiagonal(a, n, d, off, tau, w);
  reflections_product(a, n, tau, vectors, w);
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < n; ++j) v[j * n + i] = vectors[i * n + j];
  }
  implicit_ql(d, off, n, v);
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int64_t least = std::min_element(d + i, d + n) - d;
    if (least != i) {
      std::swap(d[i], d[least]);
      std::swap_ranges(v + i * n, v + (i + 1) * n, v + least * n);
    }
    values[i] = static_cast<T>(d[i]) * scale;
  }
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < n; ++j) vectors[j * n + i] = v[i * n + j];
  }
}

}  // namespace weft
