#pragma once

// As math.h: the complementary error function, alone and without its fall, the
// inverse of the error function, the logarithm of the gamma function and that
// one's derivatives. Errors are at most 4 units in the last place. Inverse,
// gamma and derivatives are for floats alone, and for the range that each
// names; the rest needs code that has no vectors.
//
// The polynomials without a source are interpolations at Chebyshev's points,
// computed with 50 digits; their relative errors are below 2e-8 for float and
// 5e-17 for double.

#include <cmath>
#include <numbers>
#include <type_traits>
#include <utility>

#include "ops/kernels/math.h"

namespace weft::math {

namespace detail {

// e^-(a^2) = 2^n y for 0 <= a below 28, or 11 of a float: a^2 without loss.
template <class T>
struct SquareExp {
  Bits<T> n;
  T y;
};

template <class T>
inline SquareExp<T> exp_of_square(T a) {
  using F = Format<T>;
  constexpr Bits<T> upper = ~Bits<T>{0} << (F::mantissa / 2 + 1);
  const T high = std::bit_cast<T>(to_bits(a) & upper);
  const T square = high * high, rest = (a - high) * (a + high);
  const T shifted = F::round - a * a * T(1.44269504088896340736);
  const T n = shifted - F::round;
  const T r = ((-square - n * F::log2_high) - rest) - n * F::log2_low;
  return {to_bits(shifted) - to_bits(F::round), expm1_reduced(r) + T(1)};
}

// (1 + 2x) e^(x^2) (1 - erf(x)) for x >= 0 and q = (x - k) / (x + k), with k =
// 2 for float and 4 for double: Shepherd and Laframboise, "Chebyshev
// approximation of (1 + 2x) exp(x^2) erfc x", 1981.
template <class T>
inline T erfc_fit(T q) {
  if constexpr (std::is_same_v<T, float>) {
    return horner(q, 1.27697839f, -9.27638157e-2f, -1.66031090e-1f,
                  1.64050497e-1f, -5.42119952e-2f, -8.02473910e-3f,
                  8.68925270e-3f, 1.23050322e-3f, -1.39580509e-3f,
                  -3.70928411e-4f, 1.60840346e-4f, 6.80751476e-5f);
  } else {
    return horner(q, 1.2329951186255525434, -0.13962111684056248724,
                  0.015379652102610119494, 0.068097054254686160487,
                  -0.10103906603585095687, 0.093732834998653928545,
                  -0.066330365820539151838, 0.037167515531803633811,
                  -0.016197733979602495118, 0.0050319700329074695882,
                  -7.5777371586527610541e-4, -1.9925700599664066899e-4,
                  1.5062312326694376744e-4, -2.4398111903846654766e-5,
                  -1.122515143754504955e-5, 5.7072272157331278745e-6,
                  2.9807403456246514495e-7, -8.2178597670196822828e-7,
                  7.1107564634370613578e-8, 1.0682153992557301042e-7,
                  -1.6352193412269370722e-8, -1.2539037763309481206e-8,
                  1.5702163493377730168e-9, 9.6442689071992288492e-10);
  }
}

}  // namespace detail

// 1 - erf(x)
template <class T>
inline T erfc(T x) {
  constexpr T most = std::is_same_v<T, float> ? T(11) : T(28);
  constexpr T k = std::is_same_v<T, float> ? T(2) : T(4);
  const T magnitude = detail::abs(x);
  const T a = magnitude > most ? most : magnitude;
  const T p = detail::erfc_fit((a - k) / (a + k));
  const auto [n, e] = detail::exp_of_square(a);
  const T y = detail::times_power_of_two(e * p / (T(1) + T(2) * a), n);
  // Up to 1/2 the error of what is near 1 counts double.
  const T near = T(1) - (x + x * detail::erf_near(a * a));
  return a < T(0.5) ? near : x < T(0) ? T(2) - y : y;
}

// e^(x^2) (1 - erf(x))
template <class T>
inline T erfcx(T x) {
  constexpr T k = std::is_same_v<T, float> ? T(2) : T(4);
  constexpr T most = std::is_same_v<T, float> ? T(9.5) : T(27);
  // The fit is the same from there on.
  constexpr T last = T(1e30);
  const T a = detail::abs(x);
  const T b = a > last ? last : a;
  const T p = detail::erfc_fit((b - k) / (b + k));
  const T y = T(0.5) * p / (T(0.5) + a);
  // Below 0 it is 2e^(x^2) without that, from 1 / e^-(x^2) = 2^-n / e; up to
  // 1/2 as in erfc.
  const auto [n, e] = detail::exp_of_square(a > most ? most : a);
  const detail::Bits<T> m = detail::Bits<T>{0} - n;
  const T rise = detail::times_power_of_two(T(1) / e, m);
  const T near = rise * (T(1) - (x + x * detail::erf_near(a * a)));
  return a < T(0.5) ? near : x < T(0) ? T(2) * rise - y : y;
}

// y with erf(y) = x: x p(w) with w = -log(1 - x^2) up to 5, beyond it a
// polynomial of its root (Giles, "Approximating the erfinv function", 2011).
inline float erfinv(float x) {
  const float w = -log((1.0f - x) * (1.0f + x));
  const float near = detail::horner(
      w - 2.5f, 1.50140936f, 2.46640279e-1f, -4.17739288e-3f, -1.25272639e-3f,
      2.18349386e-4f, -4.97241969e-6f, -3.46398527e-6f, 4.68131348e-7f,
      2.33359672e-8f, -8.93192597e-9f);
  const float far =
      detail::horner(sqrt(w) - 3.1f, 2.93323170f, 1.00335444f, 7.45899242e-3f,
                     -5.66740267e-3f, 4.12537224e-3f, -2.85161808e-3f,
                     1.32681989e-3f, -6.12947104e-5f, -1.76285934e-4f);
  const float y = x * (w < 5.0f ? near : far);
  return detail::abs(x) == 1.0f ? detail::copy_sign(detail::infinity<float>, x)
                                : y;
}

// Where log_gamma, digamma and trigamma below have their accuracy.
inline bool in_gamma_range(float x) { return x > 0.0f && x < 1e30f; }

namespace detail {

// log(x) and what it lost in rounding, for normal positive x.
inline std::pair<float, float> log_and_rest(float x) {
  const LogParts<float> parts = reduce_log(x);
  const float low = log_of_parts(LogParts<float>{0, parts.f},
                                 parts.e * Format<float>::log2_low);
  const float high = parts.e * Format<float>::log2_high;
  const float sum = high + low;
  return {sum, low - (sum - high)};
}

}  // namespace detail

// log |gamma(x)|: (x - 1) (x - 2) p(x - 2) from 1 to 3, below by
// gamma(x + 1) = x gamma(x), above by Stirling's series.
inline float log_gamma(float x) {
  const bool small = x < 1.0f;
  const auto [log_x, rest] = detail::log_and_rest(x);
  const float t = small ? x - 1.0f : x - 2.0f;
  const float p = detail::horner(
      t, 4.22784336e-1f, -1.00317302e-1f, 3.29649495e-2f, -1.23841679e-2f,
      4.99944951e-3f, -2.10851419e-3f, 9.10639960e-4f, -4.03461199e-4f,
      1.95539606e-4f, -8.92520088e-5f, 2.04818950e-5f, -9.27991282e-6f,
      1.92308237e-5f, -9.05981299e-6f);
  const float near = t * (small ? x : x - 1.0f) * p;
  const float r = 1.0f / x;
  const float series = detail::horner(r * r, 8.33333327e-2f, -2.77758622e-3f,
                                      7.84718412e-4f, -4.54428318e-4f);
  const float most = x - 0.5f;
  const float far =
      most * (log_x - 1.0f) + (4.18938533e-1f + r * series + most * rest);
  const float below = near - log_x;
  return x < 3.0f ? (small ? below : near) : far;
}

// The derivative of log_gamma: (x - x0) p(x - 2) from 1 to 3, below by
// digamma(x + 1) = digamma(x) + 1 / x, above by Stirling's series.
inline float digamma(float x) {
  const bool small = x < 1.0f;
  const float y = small ? x + 1.0f : x;
  const float p = detail::horner(
      y - 2.0f, 7.85307545e-1f, -2.60738958e-1f, 1.08999259e-1f,
      -4.95507039e-2f, 2.34577031e-2f, -1.13436279e-2f, 5.49150369e-3f,
      -2.70920573e-3f, 1.52395472e-3f, -7.58197001e-4f, 1.12410224e-4f,
      -5.58361144e-5f, 2.20856402e-4f, -1.10363040e-4f);
  // The zero, in two parts.
  const float near = ((y - 1.46163213f) - 1.24381499e-8f) * p;
  const float r = 1.0f / x, z = r * r;
  const float series =
      detail::horner(z, 8.33333330e-2f, -8.33319543e-3f, 3.95796250e-3f,
                     -3.88566933e-3f, 4.10937091e-3f);
  const float far = log(x) - r * (0.5f + r * series);
  return x < 3.0f ? (small ? near - r : near) : far;
}

// The derivative of digamma: moved by 5 to where the asymptotic series
// (Abramowitz and Stegun 6.4.12) is exact.
inline float trigamma(float x) {
  float moved = 0;
  for (int k = 4; k >= 0; --k) {
    const float r = 1.0f / (x + static_cast<float>(k));
    moved += r * r;
  }
  const float r = 1.0f / (x + 5.0f), z = r * r;
  const float series =
      detail::horner(z, 1.0f / 6, -1.0f / 30, 1.0f / 42, -1.0f / 30);
  return moved + (r + z * (0.5f + r * series));
}

}  // namespace weft::math
