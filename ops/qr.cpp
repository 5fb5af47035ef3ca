#include <algorithm>
#include <cmath>

#include "ops/kernels/matrices.h"
#include "weft/batched.h"
#include "weft/graph.h"
#include "weft/indexing.h"
#include "weft/linear_algebra.h"
#include "weft/registry.h"

namespace weft {

namespace {

/// The length of a column of elements `step` apart.
template <class T>
T length_of(const T* x, std::int64_t n, std::int64_t step) {
  T most = 0, sum = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    most = std::max(most, std::abs(x[i * step]));
    if (std::isnan(x[i * step])) return x[i * step];
  }
  if (most == 0) return 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const T part = x[i * step] / most;
    sum += part * part;
  }
  return most * std::sqrt(sum);
}

/// Rows of x, of n elements `step` apart, become (1 − tau·v·vᵀ)·x, where v is 1
/// and then the column below `v` of a matrix with rows of `v_step`; w has room
/// for n elements.
template <class T>
void reflect(const T* v, std::int64_t v_step, T tau, T* x, std::int64_t m,
             std::int64_t n, std::int64_t step, T* w) {
  std::copy_n(x, n, w);
  for (std::int64_t i = 1; i < m; ++i) {
    const T f = v[i * v_step];
    for (std::int64_t j = 0; j < n; ++j) w[j] += f * x[i * step + j];
  }
  for (std::int64_t i = 0; i < m; ++i) {
    const T f = i == 0 ? tau : tau * v[i * v_step];
    for (std::int64_t j = 0; j < n; ++j) x[i * step + j] -= f * w[j];
  }
}

/// Householder's reflections of the columns of a (m x n): R and, below it, the
/// vectors (LAPACK's geqrf: the first element of a vector is 1, not stored).
template <class T>
void reflect_columns(T* a, std::int64_t m, std::int64_t n, T* tau, T* w) {
  for (std::int64_t k = 0; k < std::min(m, n); ++k) {
    T* v = a + k * n + k;
    const T below = length_of(v + n, m - k - 1, n);
    tau[k] = 0;
    if (below == 0) continue;
    const T alpha = *v;
    const T beta = -std::copysign(std::hypot(alpha, below), alpha);
    tau[k] = (beta - alpha) / beta;
    for (std::int64_t i = 1; i < m - k; ++i) v[i * n] /= alpha - beta;
    *v = beta;
    reflect(v, n, tau[k], v + 1, m - k, n - k - 1, n, w);
  }
}

/// The first r columns of the product of the reflections in a.
template <class T>
void product_of(const T* a, std::int64_t m, std::int64_t n, const T* tau, T* q,
                std::int64_t r, T* w) {
  std::fill_n(q, m * r, T(0));
  for (std::int64_t k = 0; k < r; ++k) q[k * r + k] = 1;
  for (std::int64_t k = r; k-- > 0;) {
    reflect(a + k * n + k, n, tau[k], q + k * r + k, m - k, r - k, r, w);
  }
}

struct Qr {
  static constexpr std::string_view name = "qr";
  static constexpr bool throws = false;
  std::vector<Type> infer(const Type& a) const {
    check_matrices(name, a.shape);
    const int r = a.shape.rank();
    const std::int64_t m = a.shape.dim(r - 2), n = a.shape.dim(r - 1);
    return {{a.dtype, with_last(a.shape, {m, std::min(m, n)})},
            {a.dtype, with_last(a.shape, {std::min(m, n), n})}};
  }
  static double flops_of(const Matrices& s) {
    return 4 * static_cast<double>(s.rows * s.columns * s.least());
  }
  double flops(const Work& work) const {
    const Matrices s(work.inputs[0].shape);
    return static_cast<double>(s.count) * flops_of(s);
  }
  std::int64_t tiles(const Work& work) const {
    return matrix_tiles(work, flops_of(Matrices(work.inputs[0].shape)));
  }
  std::int64_t scratch(const Work& work) const {
    const Matrices s(work.inputs[0].shape);
    return tiles(work) * (s.rows + 2) * s.columns *
           static_cast<std::int64_t>(size_of(work.inputs[0].dtype));
  }
  template <class T>
  void forward(const Context& c, View<const T> a, View<T> q, View<T> r) const {
    const Matrices s(a.shape());
    const std::int64_t m = s.rows, n = s.columns, k = s.least();
    T* u = c.scratch<T>() + c.tile() * (m + 2) * n;
    T *tau = u + m * n, *w = tau + n;
    for (std::int64_t i = c.begin(s.count); i < c.end(s.count); ++i) {
      std::copy_n(a.data() + i * m * n, m * n, u);
      reflect_columns(u, m, n, tau, w);
      product_of(u, m, n, tau, q.data() + i * m * k, k, w);
      T* to = r.data() + i * k * n;
      for (std::int64_t y = 0; y < k; ++y) {
        for (std::int64_t x = 0; x < n; ++x) {
          to[y * n + x] = x < y ? T(0) : u[y * n + x];
        }
      }
    }
  }
  /// (dQ + Q·sym(R·dRᵀ − dQᵀ·Q))·R⁻ᵀ, where sym mirrors the lower triangle
  /// (Walter and Lehmann 2018). The columns that a wide matrix has beyond its
  /// rows are Qᵀ·a in R alone.
  std::vector<Value> vjp(std::span<const Value> in, std::span<const Value> out,
                         std::span<const Value> grads) const {
    const Value a = in[0], q = out[0];
    const Matrices s(a.shape());
    const std::int64_t k = s.least();
    Value dq = grads[0], dr = grads[1], r = out[1], rest;
    if (s.columns > k) {
      const Value beyond = slice(dr, -1, k);
      rest = matmul(q, beyond);
      dq = dq + matmul(slice(a, -1, k), beyond, false, true);
      dr = slice(dr, -1, 0, k);
      r = slice(r, -1, 0, k);
    }
    const Value m = matmul(r, dr, false, true) - matmul(dq, q, true, false);
    const Value symmetric = tril(m) + swap_last(tril(m, -1));
    const Value inner = swap_last(dq + matmul(q, symmetric));
    const Value da = swap_last(solve_triangular(r, inner, true));
    return {rest ? concat({da, rest}, -1) : da};
  }
  std::vector<Value> vmap(const Batched& in) const {
    return apply_all(*this, {in[0]});
  }
  static Samples samples() {
    return {{Shape{2, 3, 2}},
            {SampleInput(Shape{2, 2}, 0.4, 2)},
            {Shape{2, 4}},
            {Shape{1, 1, 1}},
            {Shape{0, 2, 2}}};
  }
};

}  // namespace

QrParts qr(Operand a) {
  const CallScope call(a);
  const auto made = apply_all(Qr{}, {a});
  return {made[0], made[1]};
}

Value least_squares(Operand a, Operand b) {
  const CallScope call(a);
  check_matrices("least_squares", a.value.shape());
  check_matrices("least_squares", b.value.shape());
  const Matrices s(a.value.shape());
  if (s.rows >= s.columns) {
    const auto [q, r] = qr(a);
    return solve_triangular(r, matmul(q, b, true, false), true);
  }
  const auto [q, r] = qr(swap_last(a.value));
  return matmul(q, solve_triangular(swap_last(r), b));
}

namespace ops {
void register_qr(Registry& r) { r.add<Qr>(); }
}  // namespace ops
}  // namespace weft
