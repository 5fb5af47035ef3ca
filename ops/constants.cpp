#include <algorithm>

#include "src/core/convert.h"
#include "weft/batched.h"
#include "weft/error.h"
#include "weft/graph.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

struct Fill {
  static constexpr std::string_view name = "fill";
  static constexpr bool throws = false;
  using dtypes = AnyType;
  Shape shape;
  double value = 0;
  DType dtype = DType::f32;
  static constexpr auto fields() {
    return std::tuple{field("shape", &Fill::shape),
                      field("value", &Fill::value),
                      field("dtype", &Fill::dtype)};
  }
  Type infer() const { return {dtype, shape}; }
  template <class T>
  void forward(View<T> y) const {
    std::fill(y.begin(), y.end(), convert<T>(value));
  }
  std::vector<Value> vjp(std::span<const Value>, Value, Value) const {
    return {};
  }
  static Samples samples() { return {sample(Fill{{2, 3}, 1.5}, {})}; }
};

struct DimProduct {
  static constexpr std::string_view name = "dim_product";
  static constexpr bool throws = false;
  static constexpr bool random = true;  // known only when a program runs
  using dtypes = Numbers;
  Shape dims;
  DType dtype = DType::f32;
  static constexpr auto fields() {
    return std::tuple{field("dims", &DimProduct::dims),
                      field("dtype", &DimProduct::dtype)};
  }
  Type infer() const { return {dtype, {}}; }
  template <class T>
  void forward(const Context& context, View<T> y) const {
    y[0] = static_cast<T>(dims.resolve(context.symbols()).elements());
  }
  std::vector<Value> vjp(std::span<const Value>, Value, Value) const {
    return {};
  }
  Value vmap(const Batched& in) const {
    return in.repeat(dim_product(in.graph(), dims, dtype));
  }
  static Samples samples() { return {sample(DimProduct{{2, 3}}, {})}; }
};

struct Copy {
  static constexpr std::string_view name = "copy";
  using dtypes = AnyType;
  template <class T>
  T operator()(T x) const {
    return x;
  }
  Value vjp(Value, Value, Value dy) const { return dy; }
  static Samples samples() { return {{Shape{2, 3}}, {Shape{0, 3}}}; }
};

struct StopGradient {
  static constexpr std::string_view name = "stop_gradient";
  using dtypes = AnyType;
  template <class T>
  T operator()(T x) const {
    return x;
  }
  Value vjp(Value, Value, Value) const { return {}; }
  // Not compared with differences: its gradient is 0 by definition.
  static Samples samples() {
    Sample s{Shape{2, 3}};
    s.smooth = false;
    return {s};
  }
};

}  // namespace

Value fill(Graph& graph, const Shape& shape, double value, DType dtype,
           Source at) {
  return graph.add(make_op(Fill{shape, value, dtype}), {}, at).front();
}

Value dim_product(Graph& graph, const Shape& dims, DType dtype, Source at) {
  if (dims.is_concrete()) {
    return graph.constant(
        Tensor::scalar(static_cast<double>(dims.elements()), dtype), at);
  }
  return graph.add(make_op(DimProduct{dims, dtype}), {}, at).front();
}

Value zeros_like(Operand x) { return zeros_like(x, x.value.shape()); }
Value zeros_like(Operand x, const Shape& shape) {
  return fill(x.value.graph(), shape, 0, x.value.dtype(), x.at);
}
Value ones_like(Operand x) {
  return fill(x.value.graph(), x.value.shape(), 1, x.value.dtype(), x.at);
}
Value copy(Operand x) { return apply(Copy{}, x); }
Value stop_gradient(Operand x) { return apply(StopGradient{}, x); }

namespace ops {
void register_constants(Registry& r) {
  r.add<Fill>();
  r.add<DimProduct>();
  r.add<Copy>();
  r.add<StopGradient>();
}
}  // namespace ops
}  // namespace weft
