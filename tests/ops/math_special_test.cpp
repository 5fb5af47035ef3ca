#include "ops/kernels/math_special.h"

#include "ops/math_checks.h"

namespace {

using namespace math_checks;
namespace math = weft::math;

// By recurrence and asymptotic series (Abramowitz and Stegun 6.3.18, 6.4.12).
Wide exact_digamma(Wide x) {
  Wide moved = 0;
  for (; x < 40; ++x) moved += 1 / x;
  const Wide z = 1 / (x * x);
  const Wide series =
      z * (1.0L / 12 - z * (1.0L / 120 - z * (1.0L / 252 - z / 240)));
  return std::log(x) - 1 / (2 * x) - series - moved;
}
Wide exact_trigamma(Wide x) {
  Wide moved = 0;
  for (; x < 40; ++x) moved += 1 / (x * x);
  const Wide z = 1 / (x * x);
  const Wide series =
      z / x * (1.0L / 6 - z * (1.0L / 30 - z * (1.0L / 42 - z / 30)));
  return moved + 1 / x + z / 2 + series;
}

// Newton's steps on the error function, from the side where it loses nothing.
Wide exact_erfinv(Wide x) {
  const Wide v = std::abs(x);
  if (v == 0 || v >= 1) return math::erfinv(static_cast<float>(x));
  Wide y = math::erfinv(static_cast<float>(v));
  for (int i = 0; i < 4; ++i) {
    const Wide miss = v > 0.5L ? 1 - v - std::erfc(y) : std::erf(y) - v;
    const Wide slope = 1.128379167095512573896L * std::exp(-y * y);
    y -= miss / slope;
  }
  return std::copysign(y, x);
}

}  // namespace

TEMPLATE_TEST_CASE("erfc is accurate", "[math]", float, double) {
  using T = TestType;
  const T end = std::is_same_v<T, float> ? T(10.1) : T(27.3);
  check<T>("erfc", FAST(erfc), WIDE(erfc), T(-7), end, 4);
  check<T>("erfc", FAST(erfc), WIDE(erfc), T(-1), T(1), 4);
  check<T>("erfc", FAST(erfc), WIDE(erfc), T(0), std::numeric_limits<T>::max(),
           4);
  check_bits("erfc(0)", math::erfc(T(0)), T(1));
  check_bits("erfc(inf)", math::erfc(inf<T>), T(0));
  check_bits("erfc(-inf)", math::erfc(-inf<T>), T(2));
  check_bits("erfc(nan)", math::erfc(not_a_number<T>), not_a_number<T>);
}

TEST_CASE("erfinv of floats is accurate", "[math]") {
  check<float>("erfinv", FAST(erfinv), exact_erfinv, -1, 1, 3);
  check<float>("erfinv", FAST(erfinv), exact_erfinv, 0.999f, 1, 3);
  check_bits("erfinv(-0)", math::erfinv(-0.0f), -0.0f);
  check_bits("erfinv(1)", math::erfinv(1.0f), inf<float>);
  check_bits("erfinv(-1)", math::erfinv(-1.0f), -inf<float>);
  for (float x : {1.5f, -1.5f, inf<float>, -inf<float>, not_a_number<float>}) {
    check_bits("erfinv beyond", math::erfinv(x), not_a_number<float>);
  }
}

TEST_CASE("the gamma function of floats is accurate", "[math]") {
  // log|gamma| writes a global, which does no harm here.
  for (const auto& [low, high] :
       {std::pair{1e-38f, 1e29f}, {1e-3f, 4.0f}, {0.9f, 1.1f}, {1.9f, 2.1f}}) {
    check<float>("log_gamma", FAST(log_gamma), WIDE(lgamma), low, high, 3);
    check<float>("digamma", FAST(digamma), exact_digamma, low, high, 3);
    // Its square must be in the range.
    check<float>("trigamma", FAST(trigamma), exact_trigamma,
                 std::max(low, 1e-18f), high, 3);
  }
  check<float>("digamma", FAST(digamma), exact_digamma, 1.46f, 1.463f, 3);
  CHECK(math::log_gamma(1) == 0);
  CHECK(math::log_gamma(2) == 0);
  for (float x : {0.0f, -0.5f, inf<float>, not_a_number<float>}) {
    CHECK(!math::in_gamma_range(x));
  }
}
