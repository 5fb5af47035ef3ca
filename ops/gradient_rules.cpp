#include "weft/error.h"
#include "weft/graph.h"
#include "weft/ops.h"
#include "weft/registry.h"
#include "weft/subgraph.h"

namespace weft {

namespace {

/// The second operand; the gradient is handed to the first.
struct StraightThrough {
  static constexpr std::string_view name = "straight_through";
  template <class T>
  T operator()(T, T y) const {
    return y;
  }
  Grads<2> vjp(Value, Value, Value, Value dy) const { return {dy, {}}; }
  // Not compared with differences: its gradient is 1 by definition.
  static Samples samples() {
    Sample s{Shape{2, 3}, Shape{2, 3}};
    s.smooth = false;
    return {s};
  }
};

struct ReverseGradient {
  static constexpr std::string_view name = "reverse_gradient";
  double scale = 1;
  static constexpr auto fields() {
    return std::tuple{field("scale", &ReverseGradient::scale)};
  }
  template <class T>
  T operator()(T x) const {
    return x;
  }
  Value vjp(Value, Value, Value dy) const { return dy * -scale; }
  static Samples samples() {
    Sample s{Shape{2, 3}};
    s.smooth = false;
    return {s};
  }
};

}  // namespace

Value straight_through(const std::function<Value(Value)>& f, Operand x) {
  const CallScope call(x);
  const Value y = f(x.value);
  if (y.type() != x.value.type()) {
    const std::string text = "[straight_through] the value is " +
                             to_string(x.value.type()) + ", the result is " +
                             to_string(y.type()) + at_line(x.at);
    if (y.dtype() != x.value.dtype()) throw TypeError(text);
    throw ShapeError(text);
  }
  return apply(StraightThrough{}, x, y);
}

Value reverse_gradient(Operand x, double scale) {
  return apply(ReverseGradient{scale}, x);
}

namespace ops {
void register_gradient_rules(Registry& r) {
  r.add<StraightThrough>();
  r.add<ReverseGradient>();
}
}  // namespace ops
}  // namespace weft
