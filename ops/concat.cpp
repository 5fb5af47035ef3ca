#include <algorithm>

#include "ops/kernels/axes.h"
#include "ops/kernels/runs.h"
#include "weft/batched.h"
#include "weft/error.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

struct Concat {
  static constexpr std::string_view name = "concat";
  static constexpr bool throws = false;
  using dtypes = AnyType;
  std::int64_t axis = 0;
  static constexpr auto fields() {
    return std::tuple{field("axis", &Concat::axis)};
  }
  Type infer(std::span<const Type> xs) const {
    if (xs.empty()) throw ShapeError("[concat] needs at least one value");
    Shape out = xs[0].shape;
    const int at = normalize_axis(axis, out.rank(), name);
    for (const Type& x : xs.subspan(1)) {
      Shape same = x.shape;
      if (same.rank() == out.rank()) same[at] = out[at];
      if (same != out || x.dtype != xs[0].dtype) {
        throw ShapeError("[concat] " + to_string(xs[0]) + " and " +
                         to_string(x) + " differ outside axis " +
                         std::to_string(at));
      }
      out[at] = out[at] + x.shape[at];
    }
    return {xs[0].dtype, out};
  }
  template <class T>
  void forward(Views<const T> xs, View<T> y) const {
    const int at = normalize_axis(axis, y.rank(), name);
    const AxisView to(y.shape(), at);
    std::int64_t begin = 0;
    for (std::size_t i = 0; i < xs.size(); ++i) {
      const std::int64_t run = xs[i].dim(at) * to.inner;
      copy_runs(to.outer, run, xs[i].data(), run, y.data() + begin,
                to.size * to.inner);
      begin += run;
    }
  }
  std::vector<Value> vjp(std::span<const Value> xs, Value, Value dy) const {
    std::vector<Value> grads;
    const int at = normalize_axis(axis, dy.rank(), name);
    if (xs.size() > 0 && xs[0].shape()[at].is_symbolic()) {
      throw ShapeError("[concat] no gradient along the symbolic axis " +
                       std::to_string(at) + " of " + to_string(dy.shape()));
    }
    std::int64_t begin = 0;
    for (const Value& x : xs) {
      const std::int64_t n = x.shape().dim(at);
      grads.push_back(slice(dy, at, begin, begin + n));
      begin += n;
    }
    return grads;
  }
  Value vmap(const Batched& in) const {
    return concat(in.all(), in.axis(axis));
  }
  static Samples samples() {
    return {sample(Concat{0}, {Shape{2, 3}, Shape{1, 3}}),
            sample(Concat{-1}, {Shape{2, 3}, Shape{2, 0}, Shape{2, 2}})};
  }
};

}  // namespace

Value concat(const std::vector<Value>& xs, std::int64_t axis, Source at) {
  std::vector<Operand> operands;
  for (const Value& x : xs) operands.emplace_back(x, at);
  return apply_all(Concat{axis}, std::move(operands)).front();
}

Value stack(const std::vector<Value>& xs, std::int64_t axis, Source at) {
  std::vector<Value> rows;
  for (const Value& x : xs) rows.push_back(unsqueeze(Operand(x, at), axis));
  return concat(rows, axis, at);
}

namespace ops {
void register_concat(Registry& r) { r.add<Concat>(); }
}  // namespace ops
}  // namespace weft
