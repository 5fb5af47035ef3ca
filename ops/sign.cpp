#include "ops/kernels/wrapping.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

struct Sign {
  static constexpr std::string_view name = "sign";
  using dtypes = Numbers;
  template <class T>
  T operator()(T x) const {
    return static_cast<T>(x > 0 ? 1 : (x < 0 ? -1 : (x == 0 ? 0 : x)));
  }
  Value vjp(Value, Value, Value) const { return {}; }
  static Samples samples() {
    return {{SampleInput(Shape{2, 3}).off({0})}, {Shape{0, 3}}};
  }
};

struct Abs {
  static constexpr std::string_view name = "abs";
  using dtypes = Numbers;
  template <class T>
  T operator()(T x) const {
    return static_cast<T>(x < 0 ? wrapping::subtract(T(0), x)
                                : (x == 0 ? T(0) : x));
  }
  Value vjp(Value x, Value, Value dy) const { return dy * sign(x); }
  static Samples samples() { return Sign::samples(); }
};

}  // namespace

Value sign(Operand x) { return apply(Sign{}, x); }
Value abs(Operand x) { return apply(Abs{}, x); }

namespace ops {
void register_sign(Registry& r) {
  r.add<Sign>();
  r.add<Abs>();
}
}  // namespace ops
}  // namespace weft
