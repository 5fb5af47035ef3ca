#include <cmath>
#include <numbers>

#include "ops/kernels/math.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

struct Erf {
  static constexpr std::string_view name = "erf";
  template <class T>
  T operator()(T x) const {
    return math::erf(x);
  }
  Value vjp(Value x, Value, Value dy) const {
    return dy * (2 / std::sqrt(std::numbers::pi)) * exp(-square(x));
  }
  static Samples samples() { return {{Shape{2, 3}}, {Shape{0, 3}}, {Shape{}}}; }
};

/// Φ(x), the standard normal distribution.
Value below(Value x) { return 0.5 * (1 + apply(Erf{}, x * std::sqrt(0.5))); }

/// x·Φ(x). One op, whose slope does not depend on dy: it is made beside the
/// value, and the backward pass reads no more than it.
struct GeluOfErf {
  static constexpr std::string_view name = "gelu";
  template <class T>
  T operator()(T x) const {
    constexpr T c = static_cast<T>(1 / std::numbers::sqrt2);
    return T(0.5) * x * (T(1) + math::erf(c * x));
  }
  Value lower(Value x) const { return x * below(x); }
  Value vjp(Value x, Value, Value dy) const {
    const double c = std::sqrt(0.5 / std::numbers::pi);
    return dy * (below(x) + x * (c * exp(-0.5 * square(x))));
  }
  static Samples samples() { return {{Shape{2, 3}}, {Shape{0, 3}}, {Shape{}}}; }
};

/// ½x·(1 + tanh u), u = √(2/π)·(x + 0.044715x³).
struct GeluOfTanh {
  static constexpr std::string_view name = "gelu_tanh";
  static constexpr double c = 0.79788456080286535588;  // √(2/π)
  static constexpr double cube = 0.044715;
  template <class T>
  T operator()(T x) const {
    const T u = static_cast<T>(c) * x * (T(1) + static_cast<T>(cube) * x * x);
    return T(0.5) * x * (T(1) + math::tanh(u));
  }
  static Value inner(Value x) { return tanh(c * x * (1 + cube * square(x))); }
  Value lower(Value x) const { return x * (0.5 * (1 + inner(x))); }
  Value vjp(Value x, Value, Value dy) const {
    // 1 − t² is 0 long before the bounds, and the rest overflows beyond them.
    const Value b = clamp(x, -100, 100);
    const Value t = inner(x), slope = c + 3 * c * cube * square(b);
    return dy * (0.5 * (1 + t) + 0.5 * b * (1 - square(t)) * slope);
  }
  static Samples samples() { return {{Shape{2, 3}}, {Shape{0, 3}}, {Shape{}}}; }
};

}  // namespace

Value erf(Operand x) { return apply(Erf{}, x); }

Value gelu(Operand x, Gelu form) {
  return form == Gelu::erf ? apply(GeluOfErf{}, x) : apply(GeluOfTanh{}, x);
}

namespace ops {
void register_erf(Registry& r) {
  r.add<Erf>();
  r.add<GeluOfErf>();
  r.add<GeluOfTanh>();
}
}  // namespace ops
}  // namespace weft
