#pragma once

// How exactly functions of one element are computed, judged by long double.

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace math_checks {

using Wide = long double;

template <class T>
constexpr T inf = std::numeric_limits<T>::infinity();
template <class T>
constexpr T not_a_number = std::numeric_limits<T>::quiet_NaN();
template <class T>
constexpr T denormal = std::numeric_limits<T>::denorm_min();

// |x - exact| in units in the last place of the result, of which denormals have
// no fewer than the least normal number.
template <class T>
double error_in_ulps(T x, Wide exact) {
  const T rounded = static_cast<T>(exact);
  if (std::isinf(rounded) || std::isnan(rounded)) {
    return x == rounded || (std::isnan(x) && std::isnan(rounded)) ? 0 : 1e9;
  }
  int exponent = 0;
  std::frexp(std::max(std::abs(rounded), std::numeric_limits<T>::min()),
             &exponent);
  const Wide ulp =
      std::ldexp(Wide(1), exponent - std::numeric_limits<T>::digits);
  const Wide error = std::abs(static_cast<Wide>(x) - exact) / ulp;
  return error <= 1e9 ? static_cast<double>(error) : 1e9;
}

// Evenly spaced points, and for each sign in the interval, powers of two from
// denormals up with a few mantissas each.
template <class T>
std::vector<T> grid(T low, T high) {
  std::vector<T> x;
  const int count = 60000;
  for (int i = 0; i <= count; ++i) {
    x.push_back(low + (high - low) * (static_cast<T>(i) / T(count)));
  }
  using Limits = std::numeric_limits<T>;
  for (int e = Limits::min_exponent - 5; e < Limits::max_exponent; ++e) {
    for (T mantissa : {T(1), T(1.1), T(1.41421), T(1.5), T(1.999999)}) {
      const T value = std::ldexp(mantissa, e);
      for (T signed_value : {value, -value}) {
        if (signed_value >= low && signed_value <= high) {
          x.push_back(signed_value);
        }
      }
    }
  }
  return x;
}

template <class T, class F, class G>
void check(const char* name, F f, G exact, T low, T high, double ulps) {
  double worst = 0;
  T at = 0;
  for (T x : grid(low, high)) {
    const double error = error_in_ulps(f(x), exact(static_cast<Wide>(x)));
    if (error > worst) {
      worst = error;
      at = x;
    }
  }
  INFO(name << ": " << worst << " ulp at " << at);
  CHECK(worst <= ulps);
}

template <class T>
void check_bits(const char* name, T x, T expected) {
  INFO(name << " gives " << x << " instead of " << expected);
  const bool both_nan = std::isnan(x) && std::isnan(expected);
  CHECK((both_nan ||
         (x == expected && std::signbit(x) == std::signbit(expected))));
}

// f is the identity around 0, to the last bit and sign.
template <class T, class F>
void check_identity_near_zero(const char* name, F f) {
  for (T x : {T(0), denormal<T>, std::numeric_limits<T>::min(), T(1e-30)}) {
    check_bits(name, f(x), x);
    check_bits(name, f(-x), -x);
  }
}

#define WIDE(f) [](Wide x) { return std::f(x); }
#define FAST(f) [](auto x) { return weft::math::f(x); }

}  // namespace math_checks
