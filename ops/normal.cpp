#include <cmath>
#include <numbers>

#include "ops/kernels/math_normal.h"
#include "ops/kernels/math_special.h"
#include "weft/elementary.h"
#include "weft/graph.h"
#include "weft/ops.h"
#include "weft/registry.h"
#include "weft/special.h"

namespace weft {

namespace {

struct Erfcx {
  static constexpr std::string_view name = "erfcx";
  template <class T>
  T operator()(T x) const {
    return math::erfcx(x);
  }
  Value vjp(Value x, Value y, Value dy) const {
    // 2x may be beyond the range.
    return dy * (2 * (x * y) - 2 / std::sqrt(std::numbers::pi));
  }
  static Samples samples() {
    return {{Shape{2, 3}}, {SampleInput(Shape{3}, 3, 6)}, {Shape{0, 3}}};
  }
};

struct Ndtri {
  static constexpr std::string_view name = "ndtri";
  // A call would keep the loop over elements scalar.
  template <class T>
  [[gnu::always_inline]] T operator()(T p) const {
    return math::normal_quantile(p);
  }
  Value vjp(Value, Value y, Value dy) const {
    return dy * std::sqrt(2 * std::numbers::pi) * exp(0.5 * square(y));
  }
  static Samples samples() {
    return {{SampleInput(Shape{2, 3}, 0.2, 0.8)},
            {SampleInput(Shape{3}, 0.06, 0.12)},
            {SampleInput(Shape{3}, 0.88, 0.94)}};
  }
};

}  // namespace

Value erfcx(Operand x) { return apply(Erfcx{}, x); }
Value ndtri(Operand p) { return apply(Ndtri{}, p); }

Value ndtr(Operand x) {
  const CallScope call(x);
  return 0.5 * erfc(x.value * -std::sqrt(0.5));
}

Value log_ndtr(Operand x) {
  const CallScope call(x);
  const Value low = less(x, -1);
  const Value far = where(low, x, -1), near = where(low, -1, x);
  const Value tail = log(0.5 * erfcx(far * -std::sqrt(0.5)));
  return where(low, tail - 0.5 * square(far),
               log1p(-0.5 * erfc(near * std::sqrt(0.5))));
}

namespace ops {
void register_normal(Registry& r) {
  r.add<Erfcx>();
  r.add<Ndtri>();
}
}  // namespace ops
}  // namespace weft
