#include <algorithm>
#include <cmath>

#include "ops/kernels/cofactors.h"
#include "ops/kernels/elimination.h"
#include "ops/kernels/matrices.h"
#include "weft/batched.h"
#include "weft/error.h"
#include "weft/graph.h"
#include "weft/indexing.h"
#include "weft/linear_algebra.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

/// The order of square matrices in the last two axes.
void check_square(std::string_view op, const Shape& a) {
  const int r = a.rank();
  if (r >= 2 && !a[r - 1].is_symbolic() && a[r - 1] == a[r - 2]) return;
  throw ShapeError("[" + std::string(op) + "] takes square matrices, got " +
                   to_string(a));
}

void check_system(std::string_view op, const Shape& a, const Shape& b) {
  check_square(op, a);
  bool fits = a.rank() == b.rank();
  for (int i = 0; fits && i + 1 < a.rank(); ++i) fits = a[i] == b[i];
  if (fits && !b[b.rank() - 1].is_symbolic()) return;
  throw ShapeError("[" + std::string(op) + "] " + to_string(a) + " and " +
                   to_string(b) + " are no systems of equations");
}

std::int64_t order_of(const Shape& a) { return a.dim(a.rank() - 1); }

/// 1 for each matrix of a.
Value identity(const Operand& a) {
  const std::int64_t n = order_of(a.value.shape());
  Tensor one(DType::f64, {n, n});
  for (std::int64_t i = 0; i < n; ++i) one.data<double>()[i * (n + 1)] = 1;
  const Value eye = a.value.graph().constant(one.to(a.value.dtype()));
  return expand(eye, a.value.shape());
}

std::int64_t matrix_bytes(const Work& work) {
  const std::int64_t n = order_of(work.inputs[0].shape);
  return n * n * static_cast<std::int64_t>(size_of(work.inputs[0].dtype));
}

std::int64_t count_of(const Shape& a) {
  const std::int64_t n = order_of(a);
  return n == 0 ? 0 : a.elements() / (n * n);
}

/// a⁻¹·b, or aᵀ⁻¹·b.
struct Solve {
  static constexpr std::string_view name = "solve";
  static constexpr bool throws = false;
  static constexpr auto fields() { return std::tuple{}; }
  Type infer(const Type& a, const Type& b) const {
    check_system(name, a.shape, b.shape);
    return {b.dtype, b.shape};
  }
  std::int64_t scratch(const Work& work) const { return matrix_bytes(work); }
  template <class T>
  void forward(const Context& c, View<const T> a, View<const T> b,
               View<T> x) const {
    const std::int64_t n = order_of(a.shape()), m = order_of(b.shape());
    std::copy(b.begin(), b.end(), x.begin());
    T* u = c.scratch<T>();
    for (std::int64_t i = 0; i < count_of(a.shape()); ++i) {
      std::copy_n(a.data() + i * n * n, n * n, u);
      eliminate(u, n, x.data() + i * n * m, m);
      substitute(u, n, x.data() + i * n * m, m, true);
    }
  }
  Grads<2> vjp(Value a, Value, Value x, Value dx) const {
    const Value db = solve(swap_last(a), dx);
    return {-matmul(db, x, false, true), db};
  }
  Value vmap(const Batched& in) const { return apply(*this, in[0], in[1]); }
  static Samples samples() {
    return {{SampleInput(Shape{1, 1}, 1, 2), Shape{1, 3}},
            {SampleInput(Shape{2, 2, 2}, 0.2, 2), Shape{2, 2, 3}}};
  }
};

/// t⁻¹·b of one triangle of t.
struct SolveTriangular {
  static constexpr std::string_view name = "solve_triangular";
  static constexpr bool throws = false;
  bool upper = false;
  static constexpr auto fields() {
    return std::tuple{field("upper", &SolveTriangular::upper)};
  }
  Type infer(const Type& t, const Type& b) const {
    check_system(name, t.shape, b.shape);
    return {b.dtype, b.shape};
  }
  template <class T>
  void forward(View<const T> t, View<const T> b, View<T> x) const {
    const std::int64_t n = order_of(t.shape()), m = order_of(b.shape());
    std::copy(b.begin(), b.end(), x.begin());
    for (std::int64_t i = 0; i < count_of(t.shape()); ++i) {
      substitute(t.data() + i * n * n, n, x.data() + i * n * m, m, upper);
    }
  }
  Grads<2> vjp(Value t, Value, Value x, Value dx) const {
    const Value db = solve_triangular(swap_last(t), dx, !upper);
    const Value dt = -matmul(db, x, false, true);
    return {upper ? triu(dt) : tril(dt), db};
  }
  Value vmap(const Batched& in) const { return apply(*this, in[0], in[1]); }
  static Samples samples() {
    const SampleInput t(Shape{2, 3, 3}, 1, 2);
    return {{t, Shape{2, 3, 2}},
            sample(SolveTriangular{true}, {t, Shape{2, 3, 1}})};
  }
};

struct Cholesky {
  static constexpr std::string_view name = "cholesky";
  static constexpr bool throws = false;
  Type infer(const Type& a) const {
    check_square(name, a.shape);
    return a;
  }
  template <class T>
  void forward(View<const T> a, View<T> y) const {
    const std::int64_t n = order_of(a.shape());
    std::fill(y.begin(), y.end(), T(0));
    for (std::int64_t k = 0; k < count_of(a.shape()); ++k) {
      const T* x = a.data() + k * n * n;
      T* l = y.data() + k * n * n;
      for (std::int64_t i = 0; i < n; ++i) {
        for (std::int64_t j = 0; j <= i; ++j) {
          T rest = x[i * n + j];
          for (std::int64_t p = 0; p < j; ++p) {
            rest -= l[i * n + p] * l[j * n + p];
          }
          l[i * n + j] = i == j ? (rest > 0 ? std::sqrt(rest) : T(NAN))
                                : rest / l[j * n + j];
        }
      }
    }
  }
  /// L⁻ᵀ·Φ(Lᵀ·dL)·L⁻¹, made symmetric; Φ takes the lower triangle and half of
  /// the diagonal (Murray 2016).
  Value vjp(Value, Value l, Value dl) const {
    const Value p = matmul(l, tril(dl), true, false);
    const Value phi = 0.5 * (tril(p) + tril(p, -1));
    const Value up = swap_last(l);
    const Value half = solve_triangular(up, phi, true);
    const Value all = solve_triangular(up, swap_last(half), true);
    return 0.5 * (all + swap_last(all));
  }
  Value vmap(const Batched& in) const { return apply(*this, in[0]); }
  static Samples samples() {
    // A diagonal far above the rest would need a matrix of its own; the tests
    // of decompositions have one.
    Sample one{SampleInput(Shape{2, 1, 1}, 0.5, 2)};
    return {one};
  }
};

/// det a, or its logarithm.
struct Det {
  static constexpr std::string_view name = "det";
  static constexpr bool throws = false;
  bool log = false;
  static constexpr auto fields() { return std::tuple{field("log", &Det::log)}; }
  Type infer(const Type& a) const {
    check_square(name, a.shape);
    Shape out;
    for (int i = 0; i + 2 < a.shape.rank(); ++i) out.push_back(a.shape[i]);
    return {a.dtype, out};
  }
  std::int64_t scratch(const Work& work) const { return matrix_bytes(work); }
  template <class T>
  void forward(const Context& c, View<const T> a, View<T> y) const {
    const std::int64_t n = order_of(a.shape());
    T* u = c.scratch<T>();
    for (std::int64_t k = 0; k < y.size(); ++k) {
      std::copy_n(a.data() + k * n * n, n * n, u);
      T sign = eliminate(u, n, u, 0);
      T product = 1, sum = 0;
      for (std::int64_t i = 0; i < n; ++i) {
        const T d = u[i * n + i];
        product *= d;
        sum += std::log(std::abs(d));
        if (d < 0) sign = -sign;
      }
      const T turned = std::signbit(product) == (sign < 0) ? product : -product;
      y[k] = log ? (sign > 0 ? sum : T(NAN)) : turned;
    }
  }
  Value vjp(Value a, Value, Value dy) const {
    const Value each = log ? swap_last(inverse(a)) : cofactors(a);
    return each * unsqueeze(unsqueeze(dy, -1), -1);
  }
  Value vmap(const Batched& in) const { return apply(*this, in[0]); }
  static Samples samples() {
    return {{SampleInput(Shape{2, 2, 2}, 0.2, 2)},
            sample(Det{true}, {SampleInput(Shape{2, 1, 1}, 0.5, 2)})};
  }
};

}  // namespace

Value cholesky(Operand a) { return apply(Cholesky{}, a); }
Value solve(Operand a, Operand b) { return apply(Solve{}, a, b); }
Value solve_triangular(Operand t, Operand b, bool upper) {
  return apply(SolveTriangular{upper}, t, b);
}
Value det(Operand a) { return apply(Det{false}, a); }
Value logdet(Operand a) { return apply(Det{true}, a); }

Value inverse(Operand a) {
  const CallScope call(a);
  check_square("inverse", a.value.shape());
  return solve(a, identity(a));
}

SignedLog slogdet(Operand a) {
  const CallScope call(a);
  check_square("slogdet", a.value.shape());
  if (order_of(a.value.shape()) == 0) return {det(a), logdet(a)};
  // det a is det q times the product of r's diagonal.
  const QrParts parts = qr(stop_gradient(a));
  const Value sign_of =
      sign(det(parts.q)) * prod(sign(diagonal(parts.r)), {-1});
  // A row with the other sign makes it positive.
  const Value first = slice(a, -2, 0, 1), rest = slice(a, -2, 1);
  const Value factor = unsqueeze(unsqueeze(sign_of, -1), -1);
  return {sign_of, logdet(concat({factor * first, rest}, -2))};
}

Value matrix_power(Operand a, std::int64_t n) {
  const CallScope call(a);
  check_square("matrix_power", a.value.shape());
  Value square_of = n < 0 ? inverse(a) : a.value, result;
  for (auto k = n < 0 ? 0 - static_cast<std::uint64_t>(n)
                      : static_cast<std::uint64_t>(n);
       k > 0; k /= 2) {
    if (k % 2 == 1) result = result ? matmul(result, square_of) : square_of;
    if (k > 1) square_of = matmul(square_of, square_of);
  }
  return result ? result : identity(a);
}

namespace ops {
void register_linear_systems(Registry& r) {
  r.add<Solve>();
  r.add<SolveTriangular>();
  r.add<Cholesky>();
  r.add<Det>();
}
}  // namespace ops
}  // namespace weft
