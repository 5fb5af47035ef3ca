#include <cmath>

#include "ops/kernels/math_angles.h"
#include "weft/elementary.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

struct Tan {
  static constexpr std::string_view name = "tan";
  template <class T>
  T operator()(T x) const {
    return usual(x) ? usually(x) : std::tan(x);
  }
  template <class T>
  bool usual(T x) const {
    return std::abs(x) <= math::trig_limit<T>;
  }
  template <class T>
  T usually(T x) const {
    return math::tan(x);
  }
  Value vjp(Value, Value y, Value dy) const { return dy * (1 + square(y)); }
  static Samples samples() { return {{SampleInput(Shape{2, 3}, -1, 1)}}; }
};

struct Asin {
  static constexpr std::string_view name = "asin";
  template <class T>
  T operator()(T x) const {
    return math::asin(x);
  }
  Value vjp(Value x, Value, Value dy) const {
    return dy * rsqrt(1 - square(x));
  }
  static Samples samples() { return {{SampleInput(Shape{2, 3}, -0.8, 0.8)}}; }
};

struct Acos {
  static constexpr std::string_view name = "acos";
  template <class T>
  T operator()(T x) const {
    return math::acos(x);
  }
  Value vjp(Value x, Value, Value dy) const {
    return -(dy * rsqrt(1 - square(x)));
  }
  static Samples samples() { return {{SampleInput(Shape{2, 3}, -0.8, 0.8)}}; }
};

struct Atan {
  static constexpr std::string_view name = "atan";
  template <class T>
  T operator()(T x) const {
    return math::atan(x);
  }
  Value vjp(Value x, Value, Value dy) const { return dy / (1 + square(x)); }
  static Samples samples() { return {{Shape{2, 3}}, {Shape{0, 3}}}; }
};

struct Atan2 {
  static constexpr std::string_view name = "atan2";
  template <class T>
  T operator()(T a, T b) const {
    return math::atan2(a, b);
  }
  Grads<2> vjp(Value a, Value b, Value, Value dy) const {
    // b/(a² + b²) and −a/(a² + b²), divided by the larger of the two so that
    // no square leaves the range. It cancels: it counts as a constant.
    const Value size = stop_gradient(maximum(abs(a), abs(b)));
    const Value u = a / size, v = b / size;
    const Value scaled = dy / (square(u) + square(v));
    return {scaled * v / size, -(scaled * u / size)};
  }
  static Samples samples() {
    const SampleInput x(Shape{2, 3}, 0.3, 2);
    return {{x, Shape{2, 3}}, {x, Shape{3}}};
  }
};

}  // namespace

Value tan(Operand x) { return apply(Tan{}, x); }
Value asin(Operand x) { return apply(Asin{}, x); }
Value acos(Operand x) { return apply(Acos{}, x); }
Value atan(Operand x) { return apply(Atan{}, x); }
Value atan2(Operand a, Operand b) { return apply(Atan2{}, a, b); }

namespace ops {
void register_angles(Registry& r) {
  r.add<Tan>();
  r.add<Asin>();
  r.add<Acos>();
  r.add<Atan>();
  r.add<Atan2>();
}
}  // namespace ops
}  // namespace weft
