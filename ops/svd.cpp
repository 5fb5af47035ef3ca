#include <algorithm>

#include "ops/kernels/matrices.h"
#include "ops/kernels/singular.h"
#include "weft/batched.h"
#include "weft/graph.h"
#include "weft/indexing.h"
#include "weft/linear_algebra.h"
#include "weft/registry.h"

namespace weft {

namespace {

/// 1/x; 0 where x is 0.
Value inverse_or_zero(Value x) {
  const Value none = equal(x, 0);
  return where(none, 0, 1 / where(none, 1, x));
}

struct SvdOp {
  static constexpr std::string_view name = "svd";
  static constexpr bool throws = false;
  std::vector<Type> infer(const Type& a) const {
    check_matrices(name, a.shape);
    const int r = a.shape.rank();
    const std::int64_t m = a.shape.dim(r - 2), n = a.shape.dim(r - 1);
    const std::int64_t k = std::min(m, n);
    return {{a.dtype, with_last(a.shape, {m, k})},
            {a.dtype, with_last(a.shape, {k})},
            {a.dtype, with_last(a.shape, {k, n})}};
  }
  static double flops_of(const Matrices& s) {
    return 50 * static_cast<double>(s.least() * s.rows * s.columns);
  }
  double flops(const Work& work) const {
    const Matrices s(work.inputs[0].shape);
    return static_cast<double>(s.count) * flops_of(s);
  }
  std::int64_t tiles(const Work& work) const {
    return matrix_tiles(work, flops_of(Matrices(work.inputs[0].shape)));
  }
  static std::int64_t numbers(const Matrices& s) {
    return s.rows * s.columns + s.least() * s.least();
  }
  std::int64_t scratch(const Work& work) const {
    return tiles(work) * numbers(Matrices(work.inputs[0].shape)) *
           static_cast<std::int64_t>(size_of(work.inputs[0].dtype));
  }
  template <class T>
  void forward(const Context& c, View<const T> a, View<T> u, View<T> values,
               View<T> vt) const {
    const Matrices s(a.shape());
    const std::int64_t m = s.rows, n = s.columns, k = s.least();
    T* b = c.scratch<T>() + c.tile() * numbers(s);
    T* w = b + m * n;
    for (std::int64_t i = c.begin(s.count); i < c.end(s.count); ++i) {
      const T* x = a.data() + i * m * n;
      T *left = u.data() + i * m * k, *right = vt.data() + i * k * n;
      const bool wide = m < n;
      if (wide) {
        std::copy_n(x, m * n, b);
      } else {
        turn(x, b, m, n);
      }
      singular_values(b, w, values.data() + i * k, k, std::max(m, n));
      wide ? turn(w, left, k, k) : turn(b, left, k, m);
      std::copy_n(wide ? b : w, k * n, right);
    }
  }
  /// The transpose of x (m x n).
  template <class T>
  static void turn(const T* x, T* y, std::int64_t m, std::int64_t n) {
    for (std::int64_t i = 0; i < m; ++i) {
      for (std::int64_t j = 0; j < n; ++j) y[j * m + i] = x[i * n + j];
    }
  }
  /// U·(diag dS + skew(Uᵀ·dU)∘F·S + S·skew(Vᵀ·dV)∘F)·Vᵀ with F = 1/(sⱼ² − sᵢ²),
  /// and what of dU and dV lies outside of U and V (Townsend 2016).
  std::vector<Value> vjp(std::span<const Value> in, std::span<const Value> out,
                         std::span<const Value> grads) const {
    const Value u = out[0], s = out[1], vt = out[2];
    const Value du = grads[0], dvt = grads[2];
    const Matrices size(in[0].shape());
    const Value row = unsqueeze(s, -2), column = unsqueeze(s, -1);
    const Value f = inverse_or_zero((row - column) * (row + column));
    const Value un = matmul(u, du, true, false);
    const Value vn = matmul(vt, dvt, false, true);
    const Value inner = diag_embed(grads[1]) + (un - swap_last(un)) * f * row +
                        column * ((vn - swap_last(vn)) * f);
    Value da = matmul(matmul(u, inner), vt);
    const Value over = inverse_or_zero(s);
    if (size.rows > size.columns) {
      const Value outside = du - matmul(u, un);
      da = da + matmul(outside * unsqueeze(over, -2), vt);
    }
    if (size.columns > size.rows) {
      const Value outside = dvt - matmul(swap_last(vn), vt);
      da = da + matmul(u, outside * unsqueeze(over, -1));
    }
    return {da};
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

SvdParts svd(Operand a) {
  const CallScope call(a);
  const auto made = apply_all(SvdOp{}, {a});
  return {made[0], made[1], made[2]};
}

Value pseudo_inverse(Operand a, double tolerance) {
  const CallScope call(a);
  check_matrices("pseudo_inverse", a.value.shape());
  const Matrices size(a.value.shape());
  if (tolerance < 0) {
    tolerance = static_cast<double>(std::max(size.rows, size.columns)) *
                (a.value.dtype() == DType::f32 ? 0x1p-23 : 0x1p-52);
  }
  const auto [u, s, vt] = svd(a);
  const Value limit = tolerance * max(s, {-1}, true);
  const Value kept = greater(s, stop_gradient(limit));
  const Value over = where(kept, 1 / where(kept, s, 1), 0);
  return matmul(swap_last(vt) * unsqueeze(over, -2), u, false, true);
}

namespace ops {
void register_svd(Registry& r) { r.add<SvdOp>(); }
}  // namespace ops
}  // namespace weft
