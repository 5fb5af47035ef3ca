#include <cmath>

#include "ops/kernels/math_bessel.h"
#include "weft/ops.h"
#include "weft/registry.h"
#include "weft/special.h"

namespace weft {

namespace {

/// Both signs, on either side of 8, where the kernels change.
Samples bessel_samples() {
  return {{SampleInput(Shape{2, 3}).off({0})},
          {SampleInput(Shape{3}, 7, 9).off({8})},
          {SampleInput(Shape{3}, -9, -7).off({-8})},
          {Shape{0, 3}}};
}

/// I₁(x)/x, and e^(−|x|) times that: by the series near 0, where the quotient's
/// derivatives lose all digits.
Value ratio(Value x, bool scaled) {
  const Value near = less(abs(x), 1);
  const Value small = where(near, x, 0), large = where(near, 1, x);
  const Value z = 0.25 * square(small);
  Value series = zeros_like(x) + 1;
  for (int k = 10; k >= 1; --k) {
    series = 1 + z * series * (1.0 / (k * (k + 1)));
  }
  if (scaled) series = series * exp(-abs(small));
  const Value value = scaled ? bessel_i1e(large) : bessel_i1(large);
  // An infinite one is nothing beside I₀, which is infinite too.
  const Value far = where(less(abs(value), HUGE_VAL), value, 0);
  return where(near, 0.5 * series, far / large);
}

struct BesselI0 {
  static constexpr std::string_view name = "bessel_i0";
  template <class T>
  T operator()(T x) const {
    return math::bessel<0>(x);
  }
  Value vjp(Value x, Value, Value dy) const { return dy * bessel_i1(x); }
  static Samples samples() { return bessel_samples(); }
};

struct BesselI1 {
  static constexpr std::string_view name = "bessel_i1";
  template <class T>
  T operator()(T x) const {
    return math::bessel<1>(x);
  }
  Value vjp(Value x, Value, Value dy) const {
    return dy * (bessel_i0(x) - ratio(x, false));
  }
  static Samples samples() { return bessel_samples(); }
};

struct BesselI0e {
  static constexpr std::string_view name = "bessel_i0e";
  template <class T>
  T operator()(T x) const {
    return math::scaled_bessel<0>(x);
  }
  Value vjp(Value x, Value y, Value dy) const {
    return dy * (bessel_i1e(x) - sign(x) * y);
  }
  static Samples samples() { return bessel_samples(); }
};

struct BesselI1e {
  static constexpr std::string_view name = "bessel_i1e";
  template <class T>
  T operator()(T x) const {
    return math::scaled_bessel<1>(x);
  }
  Value vjp(Value x, Value y, Value dy) const {
    return dy * (bessel_i0e(x) - ratio(x, true) - sign(x) * y);
  }
  static Samples samples() { return bessel_samples(); }
};

}  // namespace

Value bessel_i0(Operand x) { return apply(BesselI0{}, x); }
Value bessel_i1(Operand x) { return apply(BesselI1{}, x); }
Value bessel_i0e(Operand x) { return apply(BesselI0e{}, x); }
Value bessel_i1e(Operand x) { return apply(BesselI1e{}, x); }

namespace ops {
void register_bessel(Registry& r) {
  r.add<BesselI0>();
  r.add<BesselI1>();
  r.add<BesselI0e>();
  r.add<BesselI1e>();
}
}  // namespace ops
}  // namespace weft
