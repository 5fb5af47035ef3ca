#include <cmath>

#include "weft/elementary.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

struct Fmod {
  static constexpr std::string_view name = "fmod";
  template <class T>
  T operator()(T a, T b) const {
    return std::fmod(a, b);
  }
  Grads<2> vjp(Value a, Value b, Value, Value dy) const {
    return {dy, -(dy * trunc(a / b))};
  }
  static Samples samples() {
    // Quotients from 1.2 to 1.8 and their negatives, so that none is whole.
    const SampleInput b(Shape{2, 3}, 2, 2.1);
    return {{SampleInput(Shape{2, 3}, 2.6, 3.6), b},
            {SampleInput(Shape{3}, -3.6, -2.6), b}};
  }
};

struct Remainder {
  static constexpr std::string_view name = "remainder";
  template <class T>
  T operator()(T a, T b) const {
    const T r = std::fmod(a, b);
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
  }
  Grads<2> vjp(Value a, Value b, Value, Value dy) const {
    return {dy, -(dy * floor(a / b))};
  }
  static Samples samples() { return Fmod::samples(); }
};

}  // namespace

Value fmod(Operand a, Operand b) { return apply(Fmod{}, a, b); }
Value remainder(Operand a, Operand b) { return apply(Remainder{}, a, b); }

namespace ops {
void register_remainders(Registry& r) {
  r.add<Fmod>();
  r.add<Remainder>();
}
}  // namespace ops
}  // namespace weft
