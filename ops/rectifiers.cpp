#include "ops/kernels/math.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

// The derivatives of the rectifiers are choices between the gradient and a
// multiple of it, so that no infinity meets a zero factor.

struct Relu {
  static constexpr std::string_view name = "relu";
  using dtypes = Numbers;
  template <class T>
  T operator()(T x) const {
    return x > 0 || x != x ? x : T(0);
  }
  Value vjp(Value, Value y, Value dy) const {
    return where(greater(y, 0), dy, 0);
  }
  static Samples samples() {
    return {{SampleInput(Shape{2, 3}).off({0})}, {Shape{0, 3}}};
  }
};

struct LeakyRelu {
  static constexpr std::string_view name = "leaky_relu";
  double slope = 0.01;
  static constexpr auto fields() {
    return std::tuple{field("slope", &LeakyRelu::slope)};
  }
  template <class T>
  T operator()(T x) const {
    return x > 0 ? x : static_cast<T>(slope) * x;
  }
  Value vjp(Value x, Value, Value dy) const {
    return where(greater(x, 0), dy, slope * dy);
  }
  static Samples samples() {
    return {{SampleInput(Shape{2, 3}).off({0})},
            sample(LeakyRelu{0.2}, {SampleInput(Shape{2, 3}).off({0})})};
  }
};

struct Prelu {
  static constexpr std::string_view name = "prelu";
  template <class T>
  T operator()(T x, T slope) const {
    return x > 0 ? x : slope * x;
  }
  Grads<2> vjp(Value x, Value slope, Value, Value dy) const {
    const Value positive = greater(x, 0);
    return {where(positive, dy, dy * slope), where(positive, 0, dy * x)};
  }
  static Samples samples() {
    return {{SampleInput(Shape{2, 3}).off({0}), Shape{3}},
            {SampleInput(Shape{2, 3}).off({0}), Shape{}}};
  }
};

struct Elu {
  static constexpr std::string_view name = "elu";
  double alpha = 1;
  double scale = 1;
  static constexpr auto fields() {
    return std::tuple{field("alpha", &Elu::alpha), field("scale", &Elu::scale)};
  }
  template <class T>
  T operator()(T x) const {
    const T below = static_cast<T>(alpha) * math::expm1(x);
    return static_cast<T>(scale) * (x > 0 ? x : below);
  }
  // For x ≤ 0, y = scale·alpha·(e^x − 1), so y' = y + scale·alpha.
  Value vjp(Value x, Value y, Value dy) const {
    return where(greater(x, 0), scale * dy, dy * (y + scale * alpha));
  }
  static Samples samples() {
    return {{SampleInput(Shape{2, 3}).off({0})},
            sample(Elu{1.5, 2}, {SampleInput(Shape{2, 3}).off({0})})};
  }
};

}  // namespace

Value relu(Operand x) { return apply(Relu{}, x); }
Value leaky_relu(Operand x, double slope) { return apply(LeakyRelu{slope}, x); }
Value prelu(Operand x, Operand slope) { return apply(Prelu{}, x, slope); }
Value elu(Operand x, double alpha) { return apply(Elu{alpha, 1}, x); }
Value selu(Operand x) {
  // The fixed point of Klambauer et al. 2017, appendix A.
  return apply(Elu{1.6732632423543772, 1.0507009873554805}, x);
}

namespace ops {
void register_rectifiers(Registry& r) {
  r.add<Relu>();
  r.add<LeakyRelu>();
  r.add<Prelu>();
  r.add<Elu>();
}
}  // namespace ops
}  // namespace weft
