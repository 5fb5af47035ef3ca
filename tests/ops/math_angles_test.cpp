#include "ops/kernels/math_angles.h"

#include <type_traits>

#include "ops/math_checks.h"

namespace {

using namespace math_checks;
namespace math = weft::math;

}  // namespace

TEMPLATE_TEST_CASE("tan is accurate up to its limit", "[math]", float, double) {
  using T = TestType;
  const T limit = math::trig_limit<T>;
  check<T>("tan", FAST(tan), WIDE(tan), -limit, limit, 3);
  check<T>("tan", FAST(tan), WIDE(tan), T(-7), T(7), 3);
  check_identity_near_zero<T>("tan", FAST(tan));
  for (T x : {2 * limit, inf<T>, not_a_number<T>}) {
    check_bits("tan beyond", math::tan(x), not_a_number<T>);
  }
}

TEMPLATE_TEST_CASE("inverse functions of angles are accurate", "[math]", float,
                   double) {
  using T = TestType;
  const T most = std::numeric_limits<T>::max();
  check<T>("asin", FAST(asin), WIDE(asin), T(-1), T(1), 2);
  check<T>("acos", FAST(acos), WIDE(acos), T(-1), T(1), 2);
  check<T>("atan", FAST(atan), WIDE(atan), T(-3), T(3), 2);
  check<T>("atan", FAST(atan), WIDE(atan), -most, most, 2);
  check_identity_near_zero<T>("asin", FAST(asin));
  check_identity_near_zero<T>("atan", FAST(atan));
  check_bits("acos(1)", math::acos(T(1)), T(0));
  check_bits("acos(-1)", math::acos(T(-1)), std::acos(T(-1)));
  check_bits("atan(inf)", math::atan(inf<T>), std::atan(inf<T>));
  check_bits("atan(-inf)", math::atan(-inf<T>), std::atan(-inf<T>));
  for (T x : {T(1.001), T(-1.001), inf<T>, -inf<T>, not_a_number<T>}) {
    check_bits("asin beyond", math::asin(x), not_a_number<T>);
    check_bits("acos beyond", math::acos(x), not_a_number<T>);
  }
  check_bits("atan(nan)", math::atan(not_a_number<T>), not_a_number<T>);
}

TEMPLATE_TEST_CASE("atan2 is accurate, and std's at the corners", "[math]",
                   float, double) {
  using T = TestType;
  double worst = 0;
  for (T b : {T(-3), T(-1), T(-1e-6), T(1e-6), T(0.7), T(2)}) {
    for (int i = -4000; i <= 4000; ++i) {
      const T a = static_cast<T>(i) / T(701);
      const Wide exact = std::atan2(Wide(a), Wide(b));
      worst = std::max(worst, error_in_ulps(math::atan2(a, b), exact));
    }
  }
  CHECK(worst <= 3);
  const T ends[] = {T(0),
                    -T(0),
                    T(1),
                    T(-1),
                    inf<T>,
                    -inf<T>,
                    not_a_number<T>,
                    denormal<T>,
                    std::numeric_limits<T>::max()};
  for (T a : ends) {
    for (T b : ends) {
      INFO("atan2(" << a << ", " << b << ")");
      const T expected = std::atan2(a, b), found = math::atan2(a, b);
      CHECK(std::signbit(found) == std::signbit(expected));
      CHECK(error_in_ulps(found, expected) <= 1);
    }
  }
}

TEMPLATE_TEST_CASE("sinh and cosh are accurate", "[math]", float, double) {
  using T = TestType;
  const T range = std::is_same_v<T, float> ? T(95) : T(715);
  check<T>("sinh", FAST(sinh), WIDE(sinh), -range, range, 2);
  check<T>("sinh", FAST(sinh), WIDE(sinh), T(-2), T(2), 2);
  check<T>("cosh", FAST(cosh), WIDE(cosh), -range, range, 2);
  check<T>("cosh", FAST(cosh), WIDE(cosh), T(-2), T(2), 2);
  check_identity_near_zero<T>("sinh", FAST(sinh));
  check_bits("sinh(inf)", math::sinh(inf<T>), inf<T>);
  check_bits("sinh(-inf)", math::sinh(-inf<T>), -inf<T>);
  check_bits("cosh(-inf)", math::cosh(-inf<T>), inf<T>);
  check_bits("sinh(nan)", math::sinh(not_a_number<T>), not_a_number<T>);
  check_bits("cosh(nan)", math::cosh(not_a_number<T>), not_a_number<T>);
}

TEMPLATE_TEST_CASE("inverses of hyperbolic functions are accurate", "[math]",
                   float, double) {
  using T = TestType;
  const T most = std::numeric_limits<T>::max();
  check<T>("asinh", FAST(asinh), WIDE(asinh), -most, most, 3);
  check<T>("asinh", FAST(asinh), WIDE(asinh), T(-3), T(3), 3);
  check<T>("acosh", FAST(acosh), WIDE(acosh), T(1), most, 3);
  check<T>("acosh", FAST(acosh), WIDE(acosh), T(1), T(3), 3);
  check<T>("atanh", FAST(atanh), WIDE(atanh), T(-1), T(1), 3);
  check_identity_near_zero<T>("asinh", FAST(asinh));
  check_identity_near_zero<T>("atanh", FAST(atanh));
  check_bits("asinh(-inf)", math::asinh(-inf<T>), -inf<T>);
  check_bits("asinh(nan)", math::asinh(not_a_number<T>), not_a_number<T>);
  check_bits("acosh(1)", math::acosh(T(1)), T(0));
  check_bits("acosh(inf)", math::acosh(inf<T>), inf<T>);
  check_bits("atanh(1)", math::atanh(T(1)), inf<T>);
  check_bits("atanh(-1)", math::atanh(T(-1)), -inf<T>);
  for (T x : {T(0), T(0.5), T(-1), T(-3), -inf<T>, not_a_number<T>}) {
    check_bits("acosh below 1", math::acosh(x), not_a_number<T>);
  }
  for (T x : {T(1.5), T(-1.5), inf<T>, -inf<T>, not_a_number<T>}) {
    check_bits("atanh beyond 1", math::atanh(x), not_a_number<T>);
  }
}
