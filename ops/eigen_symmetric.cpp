#include "ops/kernels/matrices.h"
#include "ops/kernels/symmetric.h"
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
  static double flops_of(std::int64_t n) {
    return 9 * static_cast<double>(n * n * n);
  }
  double flops(const Work& work) const {
    const Matrices s(work.inputs[0].shape);
    return static_cast<double>(s.count) * flops_of(s.rows);
  }
  std::int64_t tiles(const Work& work) const {
    return matrix_tiles(work, flops_of(Matrices(work.inputs[0].shape).rows));
  }
  std::int64_t scratch(const Work& work) const {
    const std::int64_t n = Matrices(work.inputs[0].shape).rows;
    return tiles(work) * (work.inputs[0].dtype == DType::f32
                              ? symmetric_bytes<float>(n)
                              : symmetric_bytes<double>(n));
  }
  template <class T>
  void forward(const Context& c, View<const T> a, View<T> values,
               View<T> vectors) const {
    const Matrices s(a.shape());
    const std::int64_t n = s.rows;
    char* memory = c.scratch<char>() + c.tile() * symmetric_bytes<T>(n);
    for (std::int64_t i = c.begin(s.count); i < c.end(s.count); ++i) {
      symmetric_eigen(a.data() + i * n * n, n, values.data() + i * n,
                      vectors.data() + i * n * n, memory);
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
    return {{SampleInput(Shape{2, 2, 2}, 0.3, 2)},
            {Shape{3, 3}},
            {Shape{1, 1, 1}},
            {Shape{0, 2, 2}}};
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
