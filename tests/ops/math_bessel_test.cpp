#include "ops/kernels/math_bessel.h"

#include "ops/kernels/math_normal.h"
#include "ops/kernels/math_special.h"
#include "ops/math_checks.h"
#include "random/special_functions.h"

namespace {

using namespace math_checks;
namespace math = weft::math;

template <class T, int order>
void check_bessel(T low, T high) {
  check<T>(
      "I", [](T x) { return math::bessel<order>(x); }, exact::bessel<order>,
      low, high, 5);
  check<T>(
      "e^-x I", [](T x) { return math::scaled_bessel<order>(x); },
      exact::scaled_bessel<order>, low, high, 5);
}

}  // namespace

TEMPLATE_TEST_CASE("Bessel functions are accurate", "[math]", float, double) {
  using T = TestType;
  const T end = std::is_same_v<T, float> ? T(93) : T(716);
  for (const auto& [low, high] :
       {std::pair{T(-9), T(9)}, {T(-1), T(1)}, {T(7.9), T(8.1)}, {-end, end}}) {
    check_bessel<T, 0>(low, high);
    check_bessel<T, 1>(low, high);
  }
  check_bits("I0(-inf)", math::bessel<0>(-inf<T>), inf<T>);
  check_bits("I1(-inf)", math::bessel<1>(-inf<T>), -inf<T>);
  check_bits("I1(-0)", math::bessel<1>(T(-0.0)), T(-0.0));
  check_bits("scaled I0(inf)", math::scaled_bessel<0>(inf<T>), T(0));
  check_bits("scaled I1(-inf)", math::scaled_bessel<1>(-inf<T>), T(-0.0));
  check_bits("I0(nan)", math::bessel<0>(not_a_number<T>), not_a_number<T>);
  check_bits("scaled I1(nan)", math::scaled_bessel<1>(not_a_number<T>),
             not_a_number<T>);
}

TEMPLATE_TEST_CASE("erfcx is accurate", "[math]", float, double) {
  using T = TestType;
  const T low = std::is_same_v<T, float> ? T(-9.4) : T(-26.7);
  check<T>("erfcx", FAST(erfcx), exact::erfcx, low, T(30), 4);
  check<T>("erfcx", FAST(erfcx), exact::erfcx, T(-1), T(1), 4);
  check<T>("erfcx", FAST(erfcx), exact::erfcx, T(0),
           std::numeric_limits<T>::max(), 4);
  check_bits("erfcx(inf)", math::erfcx(inf<T>), T(0));
  check_bits("erfcx(-inf)", math::erfcx(-inf<T>), inf<T>);
  check_bits("erfcx(nan)", math::erfcx(not_a_number<T>), not_a_number<T>);
}

TEMPLATE_TEST_CASE("the normal distribution's inverse is accurate", "[math]",
                   float, double) {
  using T = TestType;
  check<T>("ndtri", FAST(normal_quantile), exact::ndtri, T(0), T(1), 6);
  check<T>("ndtri", FAST(normal_quantile), exact::ndtri, T(0.49), T(0.51), 6);
  check<T>("ndtri", FAST(normal_quantile), exact::ndtri, T(0.999), T(1), 6);
  for (T x : {T(-0.1), T(1.5), inf<T>, -inf<T>, not_a_number<T>}) {
    check_bits("ndtri beyond", math::normal_quantile(x), not_a_number<T>);
  }
}
