#include "src/core/convert.h"
#include "weft/error.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

/// dy where the comparison holds, half of it at ties.
Value share(Value wins, Value ties, Value dy) {
  return where(ties, 0.5 * dy, where(wins, dy, 0));
}

struct Maximum {
  static constexpr std::string_view name = "maximum";
  using dtypes = Numbers;
  template <class T>
  T operator()(T a, T b) const {
    return a > b || a != a ? a : b;
  }
  Grads<2> vjp(Value a, Value b, Value, Value dy) const {
    const Value ties = equal(a, b);
    return {share(greater(a, b), ties, dy), share(less(a, b), ties, dy)};
  }
  static Samples samples() {
    // Apart, so that no difference crosses a tie.
    const SampleInput low(Shape{2, 3}, -2, -0.5), high(Shape{3}, -0.2, 2);
    return {{low, high}, {high, low}, {Shape{0, 3}, Shape{3}}};
  }
};

struct Minimum {
  static constexpr std::string_view name = "minimum";
  using dtypes = Numbers;
  template <class T>
  T operator()(T a, T b) const {
    return a < b || a != a ? a : b;
  }
  Grads<2> vjp(Value a, Value b, Value, Value dy) const {
    const Value ties = equal(a, b);
    return {share(less(a, b), ties, dy), share(greater(a, b), ties, dy)};
  }
  static Samples samples() { return Maximum::samples(); }
};

struct Clamp {
  static constexpr std::string_view name = "clamp";
  using dtypes = Numbers;
  double low = -1;
  double high = 1;
  static constexpr auto fields() {
    return std::tuple{field("low", &Clamp::low), field("high", &Clamp::high)};
  }
  template <class T>
  T operator()(T x) const {
    const T lo = convert<T>(low), hi = convert<T>(high);
    return x < lo ? lo : (x > hi ? hi : x);
  }
  Value vjp(Value x, Value, Value dy) const {
    return where(logical_and(greater_equal(x, low), less_equal(x, high)), dy,
                 0);
  }
  static Samples samples() {
    return {{SampleInput(Shape{2, 5}).off({-1, 1})}, {Shape{0}}};
  }
};

}  // namespace

Value maximum(Operand a, Operand b) { return apply(Maximum{}, a, b); }
Value minimum(Operand a, Operand b) { return apply(Minimum{}, a, b); }
Value clamp(Operand x, double low, double high) {
  if (!(low <= high)) {
    throw GraphError("[clamp] low " + std::to_string(low) + " is above high " +
                     std::to_string(high) + at_line(x.at));
  }
  return apply(Clamp{low, high}, x);
}

namespace ops {
void register_extrema(Registry& r) {
  r.add<Maximum>();
  r.add<Minimum>();
  r.add<Clamp>();
}
}  // namespace ops
}  // namespace weft
