#include <cmath>

#include "ops/kernels/math.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

struct Sin {
  static constexpr std::string_view name = "sin";
  template <class T>
  T operator()(T x) const {
    // The reduction of math::sin covers what networks meet; beyond it the
    // standard library's exact one takes over.
    const T y = math::sin(x);
    return y == y ? y : std::sin(x);
  }
  Value vjp(Value x, Value, Value dy) const { return dy * cos(x); }
  static Samples samples() { return {{Shape{2, 3}}, {Shape{0, 3}}, {Shape{}}}; }
};

struct Cos {
  static constexpr std::string_view name = "cos";
  template <class T>
  T operator()(T x) const {
    // The reduction of math::cos covers what networks meet; beyond it the
    // standard library's exact one takes over.
    const T y = math::cos(x);
    return y == y ? y : std::cos(x);
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
