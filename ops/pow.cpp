#include <cmath>

#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

struct Pow {
  static constexpr std::string_view name = "pow";
  template <class T>
  T operator()(T a, T b) const {
    if (b == 2) return a * a;
    return std::pow(a, b);
  }
  Grads<2> vjp(Value a, Value b, Value y, Value dy) const {
    // Where b is 0 the power is constant, even where a^(b-1) is infinite.
    const Value da = where(equal(b, 0), 0, dy * b * pow(a, b - 1));
    const Value flat = logical_and(equal(a, 0), greater_equal(b, 0));
    const Value db = where(flat, 0, dy * y * log(where(flat, 1, a)));
    return {da, db};
  }
  static Samples samples() {
    const SampleInput a(Shape{2, 3}, 0.3, 2);
    return {{a, Shape{2, 3}}, {a, Shape{3}}, {a, Shape{}}};
  }
};

}  // namespace

Value pow(Operand a, Operand b) { return apply(Pow{}, a, b); }

namespace ops {
void register_pow(Registry& r) { r.add<Pow>(); }
}  // namespace ops
}  // namespace weft
