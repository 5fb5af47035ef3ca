#pragma once

// As math.h: functions of angles, their inverses, and hyperbolic functions.
// Errors are at most 2 units in the last place, 3 for tan and atan2.
//
// Sources: [fdlibm] Sun Microsystems' msun library: sin, cos and the parts of
// pi / 2, asin and acos of doubles; [Cephes] Moshier's library: atan, asin of
// floats; [Muller] Elementary Functions, 3rd ed.: chapter 11 for the
// reductions.

#include <cmath>
#include <limits>
#include <numbers>
#include <type_traits>

#include "ops/kernels/math.h"

namespace weft::math {

namespace detail {

// x = quarter pi / 2 + r, |r| <= pi / 4, for |x| <= trig_limit.
template <class T>
struct TrigParts {
  std::uint64_t quarter;
  T r;
};

// Parts of pi / 2 of 33 bits, so that their products with small integers are
// exact. [fdlibm]
template <class T>
inline TrigParts<T> reduce_trig(T x) {
  using F = Format<double>;
  const double d = static_cast<double>(x);
  const double shifted = d * 6.36619772367581382433e-01 + F::round;
  const double n = shifted - F::round;
  double r = d - n * 1.57079632673412561417e+00;
  if constexpr (std::is_same_v<T, double>) {
    // The sum of the last parts rounds once only.
    const double before = r;
    const double second = n * 6.07710050630396597660e-11;
    r = before - second;
    const double lost = (before - r) - second;
    r += lost - n * 2.02226624879595063154e-21;
  } else {
    r -= n * 6.07710050650619224932e-11;
  }
  return {to_bits(shifted), static_cast<T>(r)};
}

// Of |r| <= pi / 4. [fdlibm]
template <class T>
struct SinCos {
  T sine, cosine;
};

template <class T>
inline SinCos<T> sin_cos_reduced(T r) {
  const T z = r * r;
  T s, c;
  if constexpr (std::is_same_v<T, float>) {
    // [Cephes]
    s = horner(z, -1.6666654611e-1f, 8.3321608736e-3f, -1.9515295891e-4f);
    c = horner(z, 4.166664568298827e-2f, -1.388731625493765e-3f,
               2.443315711809948e-5f);
  } else {
    s = horner(z, -1.66666666666666324348e-01, 8.33333333332248946124e-03,
               -1.98412698298579493134e-04, 2.75573137070700676789e-06,
               -2.50507602534068634195e-08, 1.58969099521155010221e-10);
    c = horner(z, 4.16666666666666019037e-02, -1.38888888888741095749e-03,
               2.48015872894767294178e-05, -2.75573143513906633035e-07,
               2.08757232129817482790e-09, -1.13596475577881948265e-11);
  }
  const T sine = r + r * z * s;
  const T half = T(0.5) * z;
  const T w = T(1) - half;
  return {sine, w + (((T(1) - w) - half) + z * z * c)};
}

// sin(r) or cos(r) for even or odd quarters, with the sign of their half.
template <class T>
inline T trig_of_parts(TrigParts<T> x) {
  const auto [sine, cosine] = sin_cos_reduced(x.r);
  const auto quarter = static_cast<Bits<T>>(x.quarter);
  const Bits<T> sign = (quarter & 2) << (sizeof(T) * 8 - 2);
  const T y = (quarter & 1) != 0 ? cosine : sine;
  return std::bit_cast<T>(to_bits(y) ^ sign);
}

}  // namespace detail

// Up to here sin and cos are as accurate as the rest. Beyond, they are NaN: a
// caller who wants such arguments replaces those results by std's in a second
// loop, for reduction of huge arguments doesn't vectorise.
template <class T>
inline constexpr T trig_limit = T(1 << 20);

template <class T>
inline T sin(T x) {
  const T y = detail::trig_of_parts(detail::reduce_trig(x));
  const T a = detail::abs(x);
  const T inside = a < detail::Format<T>::tiny ? x : y;
  return a <= trig_limit<T> ? inside : std::numeric_limits<T>::quiet_NaN();
}

template <class T>
inline T cos(T x) {
  auto parts = detail::reduce_trig(x);
  ++parts.quarter;
  const T y = detail::trig_of_parts(parts);
  return detail::abs(x) <= trig_limit<T> ? y
                                         : std::numeric_limits<T>::quiet_NaN();
}

// NaN beyond trig_limit, as sin and cos.
template <class T>
inline T tan(T x) {
  const auto parts = detail::reduce_trig(x);
  const auto [sine, cosine] = detail::sin_cos_reduced(parts.r);
  const bool odd = (parts.quarter & 1) != 0;
  const T y = (odd ? -cosine : sine) / (odd ? sine : cosine);
  const T a = detail::abs(x);
  const T inside = a < detail::Format<T>::tiny ? x : y;
  return a <= trig_limit<T> ? inside : std::numeric_limits<T>::quiet_NaN();
}

namespace detail {

template <class T>
inline constexpr T half_pi = std::numbers::pi_v<T> / 2;
// What half_pi lacks of pi / 2.
template <class T>
inline constexpr T half_pi_rest = std::is_same_v<T, float>
                                      ? T(-4.37113900018624283e-8)
                                      : T(6.12323399573676603587e-17);

// atan(t) for |t| <= tan(pi / 8), or 0.66 of a double. [Cephes]
template <class T>
inline T atan_reduced(T t) {
  const T z = t * t;
  if constexpr (std::is_same_v<T, float>) {
    return t + t * z *
                   horner(z, -3.33329491539e-1f, 1.99777106478e-1f,
                          -1.38776856032e-1f, 8.05374449538e-2f);
  } else {
    const T p = horner(z, -6.485021904942025371773e1,
                       -1.228866684490136173410e2, -7.500855792314704667340e1,
                       -1.615753718733365076637e1, -8.750608600031904122785e-1);
    const T q = horner(z, 1.945506571482613964425e2, 4.853903996359136964868e2,
                       4.328810604912902668951e2, 1.650270098316988542046e2,
                       2.485846490142306297962e1, T(1));
    return t + t * (z * p / q);
  }
}

// atan(a) for 0 <= a <= 1, as a sum of two parts.
template <class T>
struct Angle {
  T high, low;
};

template <class T>
inline Angle<T> atan_of_share(T numerator, T denominator) {
  // atan(a) = pi / 4 + atan((a - 1) / (a + 1))
  const bool far =
      numerator >
      (std::is_same_v<T, float> ? T(0.41421356237309504880) : T(0.66)) *
          denominator;
  const T up = far ? numerator - denominator : numerator;
  const T down = far ? numerator + denominator : denominator;
  const T low = atan_reduced(up / down);
  return {far ? half_pi<T> / 2 : T(0), far ? low + half_pi_rest<T> / 2 : low};
}

}  // namespace detail

template <class T>
inline T atan(T x) {
  const T a = detail::abs(x);
  const bool big = a > T(1);
  const bool infinite = a == detail::infinity<T>;
  // atan(a) = pi / 2 - atan(1 / a)
  const auto [high, low] = detail::atan_of_share(infinite ? T(0)
                                                 : big    ? T(1)
                                                          : a,
                                                 big && !infinite ? a : T(1));
  const T inside = high + low;
  const T outside =
      (detail::half_pi<T> - high) - (low - detail::half_pi_rest<T>);
  const T y = big ? outside : inside;
  return a < detail::Format<T>::tiny ? x : detail::copy_sign(y, x);
}

// The angle of (b, a), with the signs of zeros and the corners at infinity as
// std::atan2 has them.
template <class T>
inline T atan2(T a, T b) {
  const T p = detail::abs(a), q = detail::abs(b);
  const bool steep = p > q;
  T most = steep ? p : q, least = steep ? q : p;
  const bool both = least == detail::infinity<T>;
  least = both ? T(1) : least;
  most = both ? T(1) : (most == T(0) ? T(1) : most);
  // Denormals would be compared with their few digits, and the sum of the
  // greatest numbers overflows.
  constexpr T up = T(detail::Bits<T>{1} << detail::Format<T>::mantissa);
  constexpr T huge = std::numeric_limits<T>::max() / 4;
  const T small = most < std::numeric_limits<T>::min() * up ? up : T(1);
  const T scale = most > huge ? T(0.25) : small;
  const bool far_away = most == detail::infinity<T>;
  const auto [high, low] = detail::atan_of_share(
      far_away ? T(0) : scale * least, far_away ? T(1) : scale * most);
  const T rest = detail::half_pi_rest<T>;
  const T flat = high + low;
  const T first = steep ? (detail::half_pi<T> - high) - (low - rest) : flat;
  const bool left = detail::to_bits(detail::sign_bit_of(b)) != 0;
  const T y = left ? (T(2) * detail::half_pi<T> - first) + T(2) * rest : first;
  // A NaN of either operand.
  return p + q == p + q ? detail::copy_sign(y, a) : p + q;
}

namespace detail {

// asin(s) - s for 0 <= s <= 1/2, given s^2.
template <class T>
inline T asin_rest(T s, T z) {
  if constexpr (std::is_same_v<T, float>) {
    return s * z *
           horner(z, 1.6666752422e-1f, 7.4953002686e-2f, 4.5470025998e-2f,
                  2.4181311049e-2f, 4.2163199048e-2f);
  } else {
    const T p =
        z * horner(z, 1.66666666666666657415e-01, -3.25565818622400915405e-01,
                   2.01212532134862925881e-01, -4.00555345006794114027e-02,
                   7.91534994289814532176e-04, 3.47933107596021167570e-05);
    const T q =
        horner(z, T(1), -2.40339491173441421878e+00, 2.02094576023350569471e+00,
               -6.88283971605453293030e-01, 7.70381505559019352791e-02);
    return s * (p / q);
  }
}

// asin(|x|) = s + rest, or pi / 2 - 2 (s + rest) for |x| > 1/2.
template <class T>
struct AsinParts {
  bool near;
  T s, rest;
};

template <class T>
inline AsinParts<T> asin_parts(T x) {
  const T a = abs(x);
  const bool near = !(a > T(0.5));
  const T z = near ? a * a : T(0.5) * (T(1) - a);
  const T s = near ? a : std::sqrt(z);
  return {near, s, asin_rest(s, z)};
}

}  // namespace detail

// NaN beyond 1.
template <class T>
inline T asin(T x) {
  const auto [near, s, rest] = detail::asin_parts(x);
  const T far =
      (detail::half_pi<T> - T(2) * s) - (T(2) * rest - detail::half_pi_rest<T>);
  return detail::copy_sign(near ? s + rest : far, x);
}

// NaN beyond 1.
template <class T>
inline T acos(T x) {
  const auto [near, s, rest] = detail::asin_parts(x);
  const bool left = x < T(0);
  const T half = detail::half_pi<T>, low = detail::half_pi_rest<T>;
  const T signed_s = left ? -s : s, signed_rest = left ? -rest : rest;
  const T middle = (half - signed_s) - (signed_rest - low);
  const T right_end = T(2) * (s + rest);
  const T left_end = (T(2) * half - T(2) * s) - T(2) * (rest - low);
  return near ? middle : left ? left_end : right_end;
}

namespace detail {

// e^a / 2 for a >= 0, infinite only where that is.
template <class T>
inline T half_exp(T a) {
  using F = Format<T>;
  const T most = F::exp_high + T(1);
  const auto [n, r] = reduce_exp(a > most ? most : a);
  return times_power_of_two(expm1_reduced(r) + T(1), n - 1);
}

}  // namespace detail

template <class T>
inline T cosh(T x) {
  const T h = detail::half_exp(detail::abs(x));
  return h + T(0.25) / h;
}

// Taylor's series up to 1.
template <class T>
inline T sinh(T x) {
  const T a = detail::abs(x);
  const T b = a > T(1) ? T(1) : a;
  const T z = b * b;
  T near;
  if constexpr (std::is_same_v<T, float>) {
    near = detail::horner(z, T(1) / 6, T(1) / 120, T(1) / 5040, T(1) / 362880,
                          T(1) / 39916800);
  } else {
    near =
        detail::horner(z, T(1) / 6, T(1) / 120, T(1) / 5040, T(1) / 362880,
                       T(1) / 39916800, T(1) / 6227020800, T(1) / 1307674368000,
                       T(1) / 355687428096000, T(1) / 121645100408832000);
  }
  const T h = detail::half_exp(a);
  const T y = a > T(1) ? h - T(0.25) / h : b + b * z * near;
  return x == x ? detail::copy_sign(y, x) : x;
}

namespace detail {

// Beyond it 1 is nothing beside x^2, which does not overflow up to it.
template <class T>
inline constexpr T square_limit = std::is_same_v<T, float> ? T(0x1p30f)
                                                           : T(0x1p60);
// log(1 + near), or log(2 a) of what is beyond square_limit.
template <class T>
inline T log1p_or_log(T a, T near) {
  const bool far = a > square_limit<T>;
  return log1p(far ? a : near) + (far ? std::numbers::ln2_v<T> : T(0));
}

}  // namespace detail

// log(a + sqrt(a^2 + 1)) for a = |x|
template <class T>
inline T asinh(T x) {
  const T a = detail::abs(x), z = a * a;
  const T y = detail::log1p_or_log(a, a + z / (T(1) + std::sqrt(z + T(1))));
  return a < detail::Format<T>::tiny ? x : detail::copy_sign(y, x);
}

// log(x + sqrt(x^2 - 1)), NaN below 1.
template <class T>
inline T acosh(T x) {
  const T t = x - T(1);
  const T y = detail::log1p_or_log(x, t + std::sqrt(t * (t + T(2))));
  return x < T(1) ? std::numeric_limits<T>::quiet_NaN() : y;
}

// log((1 + a) / (1 - a)) / 2 for a = |x|, NaN beyond 1.
template <class T>
inline T atanh(T x) {
  const T a = detail::abs(x);
  const T y = T(0.5) * log1p(T(2) * a / (T(1) - a));
  return a < detail::Format<T>::tiny ? x : detail::copy_sign(y, x);
}

}  // namespace weft::math
