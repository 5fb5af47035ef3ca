#include "ops/kernels/math.h"
#include "weft/graph.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

struct Sigmoid {
  static constexpr std::string_view name = "sigmoid";
  template <class T>
  T operator()(T x) const {
    return math::sigmoid(x);
  }
  Value vjp(Value, Value y, Value dy) const { return dy * y * (1 - y); }
  static Samples samples() { return {{Shape{2, 3}}, {Shape{0, 3}}, {Shape{}}}; }
};

struct Tanh {
  static constexpr std::string_view name = "tanh";
  template <class T>
  T operator()(T x) const {
    return math::tanh(x);
  }
  Value vjp(Value, Value y, Value dy) const { return dy * (1 - square(y)); }
  static Samples samples() { return {{Shape{2, 3}}, {Shape{0, 3}}, {Shape{}}}; }
};

struct Softplus {
  static constexpr std::string_view name = "softplus";
  double beta = 1;
  static constexpr auto fields() {
    return std::tuple{field("beta", &Softplus::beta)};
  }
  template <class T>
  T operator()(T x) const {
    const T b = static_cast<T>(beta);
    const T t = b * x;
    // Where the exponential is nothing beside it, the result is x; βx may be
    // beyond the range there.
    return t > T(1000) ? x : math::softplus(t) / b;
  }
  Value vjp(Value x, Value, Value dy) const { return dy * sigmoid(beta * x); }
  static Samples samples() {
    return {{Shape{2, 3}}, sample(Softplus{2.5}, {Shape{2, 3}})};
  }
};

}  // namespace

Value sigmoid(Operand x) { return apply(Sigmoid{}, x); }
Value tanh(Operand x) { return apply(Tanh{}, x); }
Value softplus(Operand x, double beta) { return apply(Softplus{beta}, x); }
Value silu(Operand x) {
  const CallScope call(x);
  return x.value * sigmoid(x);
}
Value mish(Operand x) {
  const CallScope call(x);
  return x.value * tanh(softplus(x));
}

namespace ops {
void register_sigmoid(Registry& r) {
  r.add<Sigmoid>();
  r.add<Tanh>();
  r.add<Softplus>();
}
}  // namespace ops
}  // namespace weft
