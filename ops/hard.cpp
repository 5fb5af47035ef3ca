#include "weft/elementary.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

/// max(0, min(x + 3, 6))/6, and NaN of NaN.
template <class T>
T hard_sigmoid_of(T x) {
  const T t = x + T(3);
  const T above = t <= T(0) ? T(0) : t;
  return (above >= T(6) ? T(6) : above) / T(6);
}

/// dy where x + 3 is between 0 and 6, or NaN.
Value inside(Value x, Value dy) {
  const Value t = x + 3;
  return where(less_equal(t, 0), 0, where(greater_equal(t, 6), 0, dy));
}

struct HardSigmoid {
  static constexpr std::string_view name = "hard_sigmoid";
  template <class T>
  T operator()(T x) const {
    return hard_sigmoid_of(x);
  }
  Value vjp(Value x, Value, Value dy) const { return inside(x, dy / 6); }
  static Samples samples() {
    return {{SampleInput(Shape{2, 3}, -4, 4).off({-3, 3})}, {Shape{0, 3}}};
  }
};

/// The derivative of hard_swish.
struct HardSwishSlope {
  static constexpr std::string_view name = "hard_swish_slope";
  template <class T>
  T operator()(T x) const {
    const T t = x + T(3);
    const T between = (t + x) / T(6);
    return t <= T(0) ? T(0) : (t >= T(6) ? T(1) : between);
  }
  Value vjp(Value x, Value, Value dy) const { return inside(x, dy / 3); }
  static Samples samples() { return HardSigmoid::samples(); }
};

struct HardSwish {
  static constexpr std::string_view name = "hard_swish";
  template <class T>
  T operator()(T x) const {
    return x * hard_sigmoid_of(x);
  }
  Value vjp(Value x, Value, Value dy) const {
    return dy * apply(HardSwishSlope{}, x);
  }
  static Samples samples() { return HardSigmoid::samples(); }
};

struct HardShrink {
  static constexpr std::string_view name = "hard_shrink";
  double lambda = 0.5;
  static constexpr auto fields() {
    return std::tuple{field("lambda", &HardShrink::lambda)};
  }
  template <class T>
  T operator()(T x) const {
    const T l = static_cast<T>(lambda);
    return ((x <= l) & (-x <= l)) ? T(0) : x;
  }
  Value vjp(Value x, Value, Value dy) const {
    return where(less_equal(abs(x), lambda), 0, dy);
  }
  static Samples samples() {
    return {{SampleInput(Shape{2, 3}).off({-0.5, 0.5})}, {Shape{0, 3}}};
  }
};

struct SoftShrink {
  static constexpr std::string_view name = "soft_shrink";
  double lambda = 0.5;
  static constexpr auto fields() {
    return std::tuple{field("lambda", &SoftShrink::lambda)};
  }
  template <class T>
  T operator()(T x) const {
    const T l = static_cast<T>(lambda);
    const T below = x < -l ? x + l : T(0) * x;
    return x > l ? x - l : below;
  }
  Value vjp(Value x, Value, Value dy) const {
    return where(greater(abs(x), lambda), dy, 0);
  }
  static Samples samples() { return HardShrink::samples(); }
};

}  // namespace

Value hard_sigmoid(Operand x) { return apply(HardSigmoid{}, x); }
Value hard_swish(Operand x) { return apply(HardSwish{}, x); }
Value hard_shrink(Operand x, double lambda) {
  return apply(HardShrink{lambda}, x);
}
Value soft_shrink(Operand x, double lambda) {
  return apply(SoftShrink{lambda}, x);
}

namespace ops {
void register_hard(Registry& r) {
  r.add<HardSigmoid>();
  r.add<HardSwish>();
  r.add<HardSwishSlope>();
  r.add<HardShrink>();
  r.add<SoftShrink>();
}
}  // namespace ops
}  // namespace weft
