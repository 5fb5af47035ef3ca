#include <algorithm>
#include <cmath>

#include "ops/kernels/elimination.h"
#include "ops/kernels/matrices.h"
#include "weft/batched.h"
#include "weft/graph.h"
#include "weft/linear_algebra.h"
#include "weft/registry.h"

namespace weft {

namespace {

/// c ← a·b, all n x n.
template <class T>
void multiply(const T* a, const T* b, T* c, std::int64_t n) {
  std::fill_n(c, n * n, T(0));
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t k = 0; k < n; ++k) {
      const T f = a[i * n + k];
      for (std::int64_t j = 0; j < n; ++j) c[i * n + j] += f * b[k * n + j];
    }
  }
}

/// By Padé's approximant of degree 13 after scaling, and squaring (Higham
/// 2005). `work` holds six matrices.
template <class T>
void exponential(const T* x, T* y, std::int64_t n, T* work) {
  constexpr double kPade[] = {64764752532480000.,
                              32382376266240000.,
                              7771770303897600.,
                              1187353796428800.,
                              129060195264000.,
                              10559470521600.,
                              670442572800.,
                              33522128640.,
                              1323241920.,
                              40840800.,
                              960960.,
                              16380.,
                              182.,
                              1.};
  constexpr double kReach = 5.371920351148152;
  const std::int64_t size = n * n;
  T *a = work, *a2 = a + size, *a4 = a2 + size, *a6 = a4 + size, *u = a6 + size,
    *v = u + size;
  double norm = 0;  // the greatest sum of a column
  for (std::int64_t j = 0; j < n; ++j) {
    double column = 0;
    for (std::int64_t i = 0; i < n; ++i)
      column += std::abs(double(x[i * n + j]));
    norm = std::isnan(column) ? column : std::max(norm, column);
    if (std::isnan(norm)) break;
  }
  if (!std::isfinite(norm)) return std::fill_n(y, size, T(NAN)), void();
  int squarings = 0;
  if (norm > kReach) std::frexp(norm / kReach, &squarings);
  for (std::int64_t i = 0; i < size; ++i) a[i] = std::ldexp(x[i], -squarings);
  // Scaled by the first coefficient, which is too large for squares in f32.
  auto b = [&](int k) { return static_cast<T>(kPade[k] / kPade[0]); };
  multiply(a, a, a2, n);
  multiply(a2, a2, a4, n);
  multiply(a4, a2, a6, n);
  auto sum = [&](T* to, int k) {  // b₆a⁶ + b₄a⁴ + b₂a², from coefficient k on
    for (std::int64_t i = 0; i < size; ++i) {
      to[i] = b(k + 4) * a6[i] + b(k + 2) * a4[i] + b(k) * a2[i];
    }
  };
  auto add = [&](T* to, int k) {
    for (std::int64_t i = 0; i < size; ++i) {
      to[i] += b(k + 6) * a6[i] + b(k + 4) * a4[i] + b(k + 2) * a2[i] +
               (i % (n + 1) == 0 ? b(k) : T(0));
    }
  };
  sum(y, 9);
  multiply(a6, y, v, n);
  add(v, 1);
  multiply(a, v, u, n);
  sum(y, 8);
  multiply(a6, y, v, n);
  add(v, 0);
  for (std::int64_t i = 0; i < size; ++i) {
    y[i] = v[i] + u[i];
    v[i] -= u[i];
  }
  eliminate(v, n, y, n);
  substitute(v, n, y, n, true);
  for (; squarings > 0; --squarings) {
    multiply(y, y, u, n);
    std::copy_n(u, size, y);
  }
}

struct MatrixExp {
  static constexpr std::string_view name = "matrix_exp";
  static constexpr bool throws = false;
  Type infer(const Type& a) const {
    check_matrices(name, a.shape);
    const int r = a.shape.rank();
    if (a.shape[r - 1] == a.shape[r - 2]) return a;
    throw ShapeError("[matrix_exp] takes square matrices, got " +
                     to_string(a.shape));
  }
  static double flops_of(const Matrices& s) {
    return 20 * static_cast<double>(s.rows * s.rows * s.rows);
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
    return tiles(work) * 6 * s.rows * s.rows *
           static_cast<std::int64_t>(size_of(work.inputs[0].dtype));
  }
  template <class T>
  void forward(const Context& c, View<const T> a, View<T> y) const {
    const Matrices s(a.shape());
    const std::int64_t n = s.rows;
    T* work = c.scratch<T>() + c.tile() * 6 * n * n;
    for (std::int64_t i = c.begin(s.count); i < c.end(s.count); ++i) {
      exponential(a.data() + i * n * n, y.data() + i * n * n, n, work);
    }
  }
  /// The derivative in the direction d: the upper right block of
  /// exp [a d; 0 a] (Mathias 1996).
  static Value along(Value a, Value d) {
    const std::int64_t n = Matrices(a.shape()).rows;
    const Value both =
        concat({concat({a, d}, -1), concat({zeros_like(a), a}, -1)}, -2);
    return slice(slice(matrix_exp(both), -2, 0, n), -1, n);
  }
  Value vjp(Value a, Value, Value dy) const { return along(swap_last(a), dy); }
  Value jvp(std::span<const Value> a, std::span<const Value>,
            std::span<const Value> tangents) const {
    return along(a[0], tangents[0]);
  }
  Value vmap(const Batched& in) const { return apply(*this, in[0]); }
  static Samples samples() {
    return {{Shape{2, 2, 2}},
            {SampleInput(Shape{2, 2}, -6, 6)},
            {Shape{1, 1}},
            {Shape{0, 2, 2}}};
  }
};

}  // namespace

Value matrix_exp(Operand a) { return apply(MatrixExp{}, a); }

namespace ops {
void register_matrix_exp(Registry& r) { r.add<MatrixExp>(); }
}  // namespace ops
}  // namespace weft
