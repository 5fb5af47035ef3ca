#include <type_traits>

#include "ops/kernels/math_angles.h"
#include "ops/math_checks.h"

namespace {

using namespace math_checks;
namespace math = weft::math;

Wide exact_sigmoid(Wide x) {
  return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x));
}
Wide exact_softplus(Wide x) {
  return std::max(x, Wide(0)) + std::log1p(std::exp(-std::abs(x)));
}

}  // namespace

TEMPLATE_TEST_CASE("exp and expm1 are accurate", "[math]", float, double) {
  using T = TestType;
  const T range = std::is_same_v<T, float> ? T(110) : T(760);
  check<T>("exp", FAST(exp), WIDE(exp), -range, range, 1.5);
  check<T>("exp", FAST(exp), WIDE(exp), T(-1), T(1), 1.5);
  check<T>("expm1", FAST(expm1), WIDE(expm1), -range, range, 2);
  check<T>("expm1", FAST(expm1), WIDE(expm1), T(-1), T(1), 2);
  check_identity_near_zero<T>("expm1", FAST(expm1));
  check_bits("exp(0)", math::exp(T(0)), T(1));
  check_bits("exp(inf)", math::exp(inf<T>), inf<T>);
  check_bits("exp(-inf)", math::exp(-inf<T>), T(0));
  check_bits("exp(nan)", math::exp(not_a_number<T>), not_a_number<T>);
  check_bits("expm1(inf)", math::expm1(inf<T>), inf<T>);
  check_bits("expm1(-inf)", math::expm1(-inf<T>), T(-1));
  check_bits("expm1(nan)", math::expm1(not_a_number<T>), not_a_number<T>);
}

TEMPLATE_TEST_CASE("log and log1p are accurate", "[math]", float, double) {
  using T = TestType;
  const T most = std::numeric_limits<T>::max();
  check<T>("log", FAST(log), WIDE(log), T(0), most, 1);
  check<T>("log", FAST(log), WIDE(log), T(0.3), T(3), 1);
  check<T>("log1p", FAST(log1p), WIDE(log1p), T(-1), most, 1);
  check<T>("log1p", FAST(log1p), WIDE(log1p), T(-1), T(3), 1);
  check_identity_near_zero<T>("log1p", FAST(log1p));
  check_bits("log(1)", math::log(T(1)), T(0));
  check_bits("log(0)", math::log(T(0)), -inf<T>);
  check_bits("log(-0)", math::log(-T(0)), -inf<T>);
  check_bits("log(-1)", math::log(T(-1)), not_a_number<T>);
  check_bits("log(-denormal)", math::log(-denormal<T>), not_a_number<T>);
  check_bits("log(inf)", math::log(inf<T>), inf<T>);
  check_bits("log(-inf)", math::log(-inf<T>), not_a_number<T>);
  check_bits("log(nan)", math::log(not_a_number<T>), not_a_number<T>);
  check_bits("log1p(-1)", math::log1p(T(-1)), -inf<T>);
  check_bits("log1p(-2)", math::log1p(T(-2)), not_a_number<T>);
  check_bits("log1p(inf)", math::log1p(inf<T>), inf<T>);
  check_bits("log1p(-inf)", math::log1p(-inf<T>), not_a_number<T>);
  check_bits("log1p(nan)", math::log1p(not_a_number<T>), not_a_number<T>);
}

TEMPLATE_TEST_CASE("tanh and erf are accurate", "[math]", float, double) {
  using T = TestType;
  const T most = std::numeric_limits<T>::max();
  check<T>("tanh", FAST(tanh), WIDE(tanh), T(-25), T(25), 3);
  check<T>("tanh", FAST(tanh), WIDE(tanh), T(-1), T(1), 3);
  check<T>("tanh", FAST(tanh), WIDE(tanh), T(0), most, 3);
  check<T>("erf", FAST(erf), WIDE(erf), T(-8), T(8), 2);
  check<T>("erf", FAST(erf), WIDE(erf), T(-1.1), T(1.1), 2);
  check<T>("erf", FAST(erf), WIDE(erf), T(0), most, 2);
  check_identity_near_zero<T>("tanh", FAST(tanh));
  check_bits("tanh(inf)", math::tanh(inf<T>), T(1));
  check_bits("tanh(-inf)", math::tanh(-inf<T>), T(-1));
  check_bits("tanh(nan)", math::tanh(not_a_number<T>), not_a_number<T>);
  check_bits("erf(-0)", math::erf(-T(0)), -T(0));
  check_bits("erf(inf)", math::erf(inf<T>), T(1));
  check_bits("erf(-inf)", math::erf(-inf<T>), T(-1));
  check_bits("erf(nan)", math::erf(not_a_number<T>), not_a_number<T>);
}

TEMPLATE_TEST_CASE("sigmoid and softplus are accurate", "[math]", float,
                   double) {
  using T = TestType;
  const T range = std::is_same_v<T, float> ? T(110) : T(760);
  check<T>("sigmoid", FAST(sigmoid), exact_sigmoid, -range, range, 3);
  check<T>("sigmoid", FAST(sigmoid), exact_sigmoid, T(-4), T(4), 3);
  check<T>("softplus", FAST(softplus), exact_softplus, -range, range, 2);
  check<T>("softplus", FAST(softplus), exact_softplus, T(-4), T(4), 2);
  check_bits("sigmoid(0)", math::sigmoid(T(0)), T(0.5));
  check_bits("sigmoid(inf)", math::sigmoid(inf<T>), T(1));
  check_bits("sigmoid(-inf)", math::sigmoid(-inf<T>), T(0));
  check_bits("sigmoid(nan)", math::sigmoid(not_a_number<T>), not_a_number<T>);
  check_bits("softplus(inf)", math::softplus(inf<T>), inf<T>);
  check_bits("softplus(-inf)", math::softplus(-inf<T>), T(0));
  check_bits("softplus(nan)", math::softplus(not_a_number<T>), not_a_number<T>);
}

TEMPLATE_TEST_CASE("sin and cos are accurate up to their limit", "[math]",
                   float, double) {
  using T = TestType;
  const T limit = math::trig_limit<T>;
  check<T>("sin", FAST(sin), WIDE(sin), -limit, limit, 2);
  check<T>("sin", FAST(sin), WIDE(sin), T(-7), T(7), 2);
  check<T>("cos", FAST(cos), WIDE(cos), -limit, limit, 2);
  check<T>("cos", FAST(cos), WIDE(cos), T(-7), T(7), 2);
  check_identity_near_zero<T>("sin", FAST(sin));
  check_bits("cos(0)", math::cos(T(0)), T(1));
  for (T x : {2 * limit, inf<T>, not_a_number<T>}) {
    check_bits("sin beyond", math::sin(x), not_a_number<T>);
    check_bits("cos beyond", math::cos(-x), not_a_number<T>);
  }
}

TEMPLATE_TEST_CASE("sin and cos are accurate next to multiples of pi / 2",
                   "[math]", float, double) {
  using T = TestType;
  double worst = 0;
  for (int n = 1; n < 600000; n += n < 1000 ? 1 : 97) {
    const T x = static_cast<T>(Wide(n) * 1.5707963267948966192313L);
    for (T y : {std::nextafter(x, T(0)), x, std::nextafter(x, inf<T>)}) {
      worst = std::max(worst, error_in_ulps(math::sin(y), std::sin(Wide(y))));
      worst = std::max(worst, error_in_ulps(math::cos(y), std::cos(Wide(y))));
    }
  }
  CHECK(worst <= 2);
}

TEMPLATE_TEST_CASE("sqrt is std's", "[math]", float, double) {
  using T = TestType;
  check<T>("sqrt", FAST(sqrt), WIDE(sqrt), T(0), T(1e30), 0.5001);
  check_bits("sqrt(-0)", math::sqrt(-T(0)), -T(0));
  check_bits("sqrt(-1)", math::sqrt(T(-1)), not_a_number<T>);
}
