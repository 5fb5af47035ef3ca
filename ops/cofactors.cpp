#include "ops/kernels/cofactors.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/kernels/elimination.h"
#include "ops/kernels/matrices.h"
#include "ops/kernels/singular.h"
#include "weft/batched.h"
#include "weft/graph.h"
#include "weft/linear_algebra.h"
#include "weft/registry.h"

namespace weft {

namespace {

/// det(u), of a matrix that eliminate() made upper triangular.
template <class T>
T triangle_product(const T* u, std::int64_t n, T sign) {
  for (std::int64_t i = 0; i < n; ++i) sign *= u[i * n + i];
  return sign;
}

/// det(a)·a⁻ᵀ; false if a is nearly singular, where that is not exact.
template <class T>
bool by_inverse(const T* a, std::int64_t n, T* y, T* memory) {
  T *u = memory, *inverse = u + n * n, most = 0;
  for (std::int64_t i = 0; i < n * n; ++i)
    most = std::max(most, std::abs(a[i]));
  std::copy_n(a, n * n, u);
  std::fill_n(inverse, n * n, T(0));
  for (std::int64_t i = 0; i < n; ++i) inverse[i * n + i] = 1;
  const T sign = eliminate(u, n, inverse, n);
  const T least = most * std::sqrt(std::numeric_limits<T>::epsilon());
  for (std::int64_t i = 0; i < n; ++i) {
    if (!(std::abs(u[i * n + i]) > least)) return false;
  }
  substitute(u, n, inverse, n, true);
  const T det = triangle_product(u, n, sign);
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < n; ++j)
      y[i * n + j] = det * inverse[j * n + i];
  }
  return true;
}

/// det(u)·det(v)·u·diag(products of the other singular values)·vᵀ.
template <class T>
void by_singular_values(const T* a, std::int64_t n, T* y, T* memory) {
  T *b = memory, *w = b + n * n, *copy = w + n * n, *values = copy + n * n;
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < n; ++j) b[j * n + i] = a[i * n + j];
  }
  singular_values(b, w, values, n, n);
  T sign = 1;
  for (const T* of : {b, w}) {
    std::copy_n(of, n * n, copy);
    const T swaps = eliminate(copy, n, copy, 0);
    sign = std::copysign(sign, sign * triangle_product(copy, n, swaps));
  }
  std::fill_n(y, n * n, T(0));
  for (std::int64_t k = 0; k < n; ++k) {
    T others = sign;
    for (std::int64_t i = 0; i < n; ++i) others *= i == k ? T(1) : values[i];
    for (std::int64_t i = 0; i < n; ++i) {
      const T f = others * b[k * n + i];
      for (std::int64_t j = 0; j < n; ++j) y[i * n + j] += f * w[k * n + j];
    }
  }
}

struct Cofactors {
  static constexpr std::string_view name = "cofactors";
  static constexpr bool throws = false;
  Type infer(const Type& a) const {
    check_matrices(name, a.shape);
    const int r = a.shape.rank();
    if (a.shape[r - 1] == a.shape[r - 2]) return a;
    throw ShapeError("[cofactors] takes square matrices, got " +
                     to_string(a.shape));
  }
  static double flops_of(std::int64_t n) {
    return 3 * static_cast<double>(n * n * n);
  }
  double flops(const Work& work) const {
    const Matrices s(work.inputs[0].shape);
    return static_cast<double>(s.count) * flops_of(s.rows);
  }
  std::int64_t tiles(const Work& work) const {
    return matrix_tiles(work, flops_of(Matrices(work.inputs[0].shape).rows));
  }
  static std::int64_t numbers(std::int64_t n) { return (3 * n + 1) * n; }
  std::int64_t scratch(const Work& work) const {
    return tiles(work) * numbers(Matrices(work.inputs[0].shape).rows) *
           static_cast<std::int64_t>(size_of(work.inputs[0].dtype));
  }
  template <class T>
  void forward(const Context& c, View<const T> a, View<T> y) const {
    const Matrices s(a.shape());
    const std::int64_t n = s.rows;
    T* memory = c.scratch<T>() + c.tile() * numbers(n);
    for (std::int64_t i = c.begin(s.count); i < c.end(s.count); ++i) {
      const T* from = a.data() + i * n * n;
      T* to = y.data() + i * n * n;
      if (!by_inverse(from, n, to, memory)) {
        by_singular_values(from, n, to, memory);
      }
    }
  }
  /// det a·(<dy, w>·w − w·dyᵀ·w) with w = a⁻ᵀ, as y is det a·w.
  Value vjp(Value a, Value, Value dy) const {
    const Value w = swap_last(inverse(a));
    const Value along = sum(dy * w, {-2, -1}, true);
    const Value turned = matmul(matmul(w, dy, false, true), w);
    return unsqueeze(unsqueeze(det(a), -1), -1) * (along * w - turned);
  }
  Value vmap(const Batched& in) const { return apply(*this, in[0]); }
  static Samples samples() {
    return {{SampleInput(Shape{2, 2, 2}, 0.2, 2)},
            {SampleInput(Shape{2, 1, 1}, 0.5, 2)},
            {Shape{0, 2, 2}}};
  }
};

}  // namespace

Value cofactors(Value a) { return apply(Cofactors{}, a); }

namespace ops {
void register_cofactors(Registry& r) { r.add<Cofactors>(); }
}  // namespace ops
}  // namespace weft
