#include <cmath>

#include "ops/kernels/math_angles.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

/// The reduction of math::sin covers what networks meet; beyond it the standard
/// library's exact one takes over.
template <class T>
bool reduces(T x) {
  return std::abs(x) <= math::trig_limit<T>;
}

struct Sin {
  static constexpr std::string_view name = "sin";
  template <class T>
  T operator()(T x) const {
    return usual(x) ? usually(x) : std::sin(x);
  }
  template <class T>
  bool usual(T x) const {
    return reduces(x);
  }
  template <class T>
  T usually(T x) const {
    return math::sin(x);
  }
  Value vjp(Value x, Value, Value dy) const { return dy * cos(x); }
  static Samples samples() { return {{Shape{2, 3}}, {Shape{0, 3}}, {Shape{}}}; }
};

struct Cos {
  static constexpr std::string_view name = "cos";
  template <class T>
  T operator()(T x) const {
    return usual(x) ? usually(x) : std::cos(x);
  }
  template <class T>
  bool usual(T x) const {
    return reduces(x);
  }
  template <class T>
  T usually(T x) const {
    return math::cos(x);
  }
  Value vjp(Value x, Value, Value dy) const { return -(dy * sin(x)); }
  static Samples samples() { return {{Shape{2, 3}}, {Shape{0, 3}}, {Shape{}}}; }
};

}  // namespace

Value sin(Operand x) { return apply(Sin{}, x); }
Value cos(Operand x) { return apply(Cos{}, x); }

namespace ops {
void register_trigonometry(Registry& r) {
  r.add<Sin>();
  r.add<Cos>();
}
}  // namespace ops
}  // namespace weft
