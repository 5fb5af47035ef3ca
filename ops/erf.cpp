#include <cmath>
#include <numbers>

#include "ops/kernels/math.h"
#include "weft/graph.h"
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

}  // namespace

Value erf(Operand x) { return apply(Erf{}, x); }

Value gelu(Operand x, Gelu form) {
  const CallScope call(x);
  if (form == Gelu::erf) {
    const Value z = apply(Erf{}, x.value * std::sqrt(0.5));
    return 0.5 * x.value * (1 + z);
  }
  const double c = std::sqrt(2 / std::numbers::pi);
  const Value v = x.value;
  return 0.5 * v * (1 + tanh(c * (v + 0.044715 * v * square(v))));
}

namespace ops {
void register_erf(Registry& r) { r.add<Erf>(); }
}  // namespace ops
}  // namespace weft
