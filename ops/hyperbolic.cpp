#include <cmath>

#include "ops/kernels/math_angles.h"
#include "weft/elementary.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

struct Sinh {
  static constexpr std::string_view name = "sinh";
  template <class T>
  T operator()(T x) const {
    return math::sinh(x);
  }
  Value vjp(Value x, Value, Value dy) const { return dy * cosh(x); }
  static Samples samples() { return {{Shape{2, 3}}, {Shape{0, 3}}}; }
};

struct Cosh {
  static constexpr std::string_view name = "cosh";
  template <class T>
  T operator()(T x) const {
    return math::cosh(x);
  }
  Value vjp(Value x, Value, Value dy) const { return dy * sinh(x); }
  static Samples samples() { return {{Shape{2, 3}}, {Shape{0, 3}}}; }
};

struct Asinh {
  static constexpr std::string_view name = "asinh";
  template <class T>
  T operator()(T x) const {
    return math::asinh(x);
  }
  Value vjp(Value x, Value, Value dy) const {
    return dy * rsqrt(square(x) + 1);
  }
  static Samples samples() { return {{Shape{2, 3}}, {Shape{0, 3}}}; }
};

struct Acosh {
  static constexpr std::string_view name = "acosh";
  template <class T>
  T operator()(T x) const {
    return math::acosh(x);
  }
  Value vjp(Value x, Value, Value dy) const {
    return dy * rsqrt(x - 1) * rsqrt(x + 1);
  }
  static Samples samples() { return {{SampleInput(Shape{2, 3}, 1.3, 3)}}; }
};

struct Atanh {
  static constexpr std::string_view name = "atanh";
  template <class T>
  T operator()(T x) const {
    return math::atanh(x);
  }
  Value vjp(Value x, Value, Value dy) const { return dy / (1 - square(x)); }
  static Samples samples() { return {{SampleInput(Shape{2, 3}, -0.7, 0.7)}}; }
};

}  // namespace

Value sinh(Operand x) { return apply(Sinh{}, x); }
Value cosh(Operand x) { return apply(Cosh{}, x); }
Value asinh(Operand x) { return apply(Asinh{}, x); }
Value acosh(Operand x) { return apply(Acosh{}, x); }
Value atanh(Operand x) { return apply(Atanh{}, x); }

namespace ops {
void register_hyperbolic(Registry& r) {
  r.add<Sinh>();
  r.add<Cosh>();
  r.add<Asinh>();
  r.add<Acosh>();
  r.add<Atanh>();
}
}  // namespace ops
}  // namespace weft
