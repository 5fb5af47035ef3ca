#include <algorithm>

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

struct Eigh {
  static constexpr std::string_view name = "eigh";
  static constexpr bool throws = false;
  std::vector<Type> infer(const Type& a) const {
    const int r = a.shape.rank();
    if (r < 2 || a.shape[r - 1].is_symbolic() ||
        a.shape[r - 1] != a.shape[r - 2]) {
      throw ShapeError("[eigh] takes square matrices, got " +
                       to_string(a.shape));
    }
    Shape values;
    for (int i = 0; i + 1 < r; ++i) values.push_back(a.shape[i]);
    return {{a.dtype, values}, a};
  }
  std::int64_t scratch(const Work& work) const {
    const Shape& a = work.inputs[0].shape;
    const std::int64_t n = a.dim(a.rank() - 1);
    return n * n * static_cast<std::int64_t>(size_of(work.inputs[0].dtype));
  }
  template <class T>
  void forward(const Context& c, View<const T> a, View<T> values,
               View<T> vectors) const {
    const std::int64_t n = a.dim(a.rank() - 1);
    T* s = c.scratch<T>();
    for (std::int64_t k = 0; n > 0 && k < values.size() / n; ++k) {
      const T* x = a.data() + k * n * n;
      for (std::int64_t i = 0; i < n; ++i) {
        for (std::int64_t j = 0; j < n; ++j) {
          s[i * n + j] = (x[i * n + j] + x[j * n + i]) / 2;
        }
      }
      jacobi(s, values.data() + k * n, vectors.data() + k * n * n, n);
    }
  }
  /// V·(diag dλ + F∘(Vᵀ·dV))·Vᵀ with F = 1/(λ_j − λ_i) off the diagonal, made
  /// symmetric (Giles 2008).
  std::vector<Value> vjp(std::span<const Value>, std::span<const Value> out,
                         std::span<const Value> grads) const {
    const Value l = out[0], v = out[1];
    const Value gap = unsqueeze(l, -2) - unsqueeze(l, -1);
    const Value same = equal(gap, 0);
    const Value f = where(same, 0, 1 / where(same, 1, gap));
    const Value inner =
        diag_embed(grads[0]) + f * matmul(v, grads[1], true, false);
    const Value all = matmul(matmul(v, inner), v, false, true);
    return {0.5 * (all + swap_last(all))};
  }
  std::vector<Value> vmap(const Batched& in) const {
    return apply_all(*this, {in[0]});
  }
  static Samples samples() {
    Sample s{SampleInput(Shape{2, 2, 2}, 0.3, 2)};
    return {s};
  }
};

}  // namespace

EigenPairs eigh(Operand a) {
  const CallScope call(a);
  const auto made = apply_all(Eigh{}, {a});
  return {made[0], made[1]};
}

namespace ops {
void register_eigen_symmetric(Registry& r) { r.add<Eigh>(); }
}  // namespace ops
}  // namespace weft
