#include <cmath>

#include "weft/elementary.h"
#include "weft/graph.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

struct Floor {
  static constexpr std::string_view name = "floor";
  template <class T>
  T operator()(T x) const {
    return std::floor(x);
  }
  Value vjp(Value, Value, Value) const { return {}; }
  static Samples samples() {
    return {{SampleInput(Shape{2, 3}, 0.1, 0.4)},
            {SampleInput(Shape{3}, -0.9, -0.6)}};
  }
};

struct Ceil {
  static constexpr std::string_view name = "ceil";
  template <class T>
  T operator()(T x) const {
    return std::ceil(x);
  }
  Value vjp(Value, Value, Value) const { return {}; }
  static Samples samples() {
    return {{SampleInput(Shape{2, 3}, 0.1, 0.4)},
            {SampleInput(Shape{3}, -0.9, -0.6)}};
  }
};

struct Round {
  static constexpr std::string_view name = "round";
  template <class T>
  T operator()(T x) const {
    return std::nearbyint(x);
  }
  Value vjp(Value, Value, Value) const { return {}; }
  static Samples samples() {
    return {{SampleInput(Shape{2, 3}, 0.1, 0.4)},
            {SampleInput(Shape{3}, -0.9, -0.6)}};
  }
};

struct Trunc {
  static constexpr std::string_view name = "trunc";
  template <class T>
  T operator()(T x) const {
    return std::trunc(x);
  }
  Value vjp(Value, Value, Value) const { return {}; }
  static Samples samples() {
    return {{SampleInput(Shape{2, 3}, 0.1, 0.4)},
            {SampleInput(Shape{3}, -0.9, -0.6)}};
  }
};

}  // namespace

Value floor(Operand x) { return apply(Floor{}, x); }
Value ceil(Operand x) { return apply(Ceil{}, x); }
Value round(Operand x) { return apply(Round{}, x); }
Value trunc(Operand x) { return apply(Trunc{}, x); }

Value frac(Operand x) {
  const CallScope call(x);
  return x.value - trunc(x);
}

namespace ops {
void register_rounding(Registry& r) {
  r.add<Floor>();
  r.add<Ceil>();
  r.add<Round>();
  r.add<Trunc>();
}
}  // namespace ops
}  // namespace weft
