#pragma once

// Elementary functions without branches or calls, for T = float and double, so
// that compilers vectorise a loop over them.
//
// Errors are at most 2 units in the last place, 3 for tanh and sigmoid, and
// zeros with their sign, denormal and infinite arguments, NaN, overflow and
// poles have the value that std's function has. Compile with -fno-math-errno
// -fno-trapping-math, or loops stay scalar, and never with -ffast-math, which
// reorders the sums that the accuracy rests on.
//
// Sources: [fdlibm] Sun Microsystems' msun library: log and log1p; [Cephes]
// Moshier's library: the parts of log 2; [Muller] Elementary Functions, 3rd
// ed.: chapter 11 for the reductions.

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace weft::math {

namespace detail {

template <class T>
struct Format;

template <>
struct Format<float> {
  using Bits = std::uint32_t;
  using Signed = std::int32_t;
  static constexpr int mantissa = 23;
  static constexpr Bits bias = 127;
  static constexpr float round = 0x1.8p23f;  // x + round has no fraction bits
  static constexpr float exp_low = -104, exp_high = 89;
  static constexpr float expm1_low = -20, expm1_high = 88.73f;
  static constexpr float log2_high = 0.693359375f;  // [Cephes]
  static constexpr float log2_low = -2.12194440e-4f;
  static constexpr float tiny = 0x1p-26f;  // f(x) = x + c x^2 rounds to x
};

template <>
struct Format<double> {
  using Bits = std::uint64_t;
  using Signed = std::int64_t;
  static constexpr int mantissa = 52;
  static constexpr Bits bias = 1023;
  static constexpr double round = 0x1.8p52;
  static constexpr double exp_low = -746, exp_high = 710;
  static constexpr double expm1_low = -40, expm1_high = 709.79;
  static constexpr double log2_high = 6.93145751953125e-1;
  static constexpr double log2_low = 1.42860682030941723212e-6;
  static constexpr double tiny = 0x1p-55;
};

template <class T>
using Bits = typename Format<T>::Bits;
template <class T>
inline constexpr T infinity = std::numeric_limits<T>::infinity();

template <class T>
inline Bits<T> to_bits(T x) {
  return std::bit_cast<Bits<T>>(x);
}

template <class T>
inline T sign_bit_of(T x) {
  constexpr Bits<T> sign = Bits<T>{1} << (sizeof(T) * 8 - 1);
  return std::bit_cast<T>(to_bits(x) & sign);
}

template <class T>
inline T abs(T x) {
  constexpr Bits<T> sign = Bits<T>{1} << (sizeof(T) * 8 - 1);
  return std::bit_cast<T>(to_bits(x) & ~sign);
}

// |x| with y's sign.
template <class T>
inline T copy_sign(T x, T y) {
  return std::bit_cast<T>(to_bits(abs(x)) | to_bits(sign_bit_of(y)));
}

// c0 + c1 x + c2 x^2 + ...
template <class T>
inline T horner(T, T c0) {
  return c0;
}
template <class T, class... C>
inline T horner(T x, T c0, C... rest) {
  return c0 + x * horner(x, rest...);
}

// 2^n as a number, for n of a normal one, modulo 2^32 or 2^64.
template <class T>
inline T power_of_two(Bits<T> n) {
  return std::bit_cast<T>((n + Format<T>::bias) << Format<T>::mantissa);
}

// x = n log 2 + r with |r| <= log(2) / 2.
template <class T>
struct ExpParts {
  Bits<T> n;
  T r;
};

template <class T>
inline ExpParts<T> reduce_exp(T x) {
  using F = Format<T>;
  const T shifted = x * T(1.44269504088896340736) + F::round;
  const T n = shifted - F::round;
  const T r = (x - n * F::log2_high) - n * F::log2_low;
  return {to_bits(shifted) - to_bits(F::round), r};
}

// e^r - 1 for |r| <= log(2) / 2: Taylor's series, the first omitted term is
// below 1/8 ulp.
template <class T>
inline T expm1_reduced(T r) {
  T q;
  if constexpr (std::is_same_v<T, float>) {
    q = horner(r, T(1) / 2, T(1) / 6, T(1) / 24, T(1) / 120, T(1) / 720,
               T(1) / 5040);
  } else {
    q = horner(r, T(1) / 2, T(1) / 6, T(1) / 24, T(1) / 120, T(1) / 720,
               T(1) / 5040, T(1) / 40320, T(1) / 362880, T(1) / 3628800,
               T(1) / 39916800, T(1) / 479001600, T(1) / 6227020800);
  }
  return r + r * r * q;
}

// x = 2^e (1 + f) with sqrt(1/2) <= 1 + f < sqrt(2), for positive x.
template <class T>
struct LogParts {
  T e, f;
};

template <class T>
inline LogParts<T> reduce_log(T x) {
  using F = Format<T>;
  constexpr Bits<T> one = F::bias << F::mantissa;
  constexpr Bits<T> low = std::bit_cast<Bits<T>>(T(0.70710678118654752440));
  constexpr Bits<T> fraction = (Bits<T>{1} << F::mantissa) - 1;
  constexpr T scale = T(Bits<T>{1} << F::mantissa);
  const bool denormal = x < std::numeric_limits<T>::min();
  const Bits<T> bits = to_bits(denormal ? x * scale : x) + (one - low);
  // The exponent, biased, becomes a number by way of the bits of one, since few
  // processors convert 64-bit integers.
  const T biased =
      std::bit_cast<T>((bits >> F::mantissa) | to_bits(scale)) - scale;
  const T e = biased - T(F::bias) - (denormal ? T(F::mantissa) : T(0));
  return {e, std::bit_cast<T>((bits & fraction) + low) - T(1)};
}

// e log 2 + log(1 + f) + c for the parts of a number and a small c. [fdlibm]
template <class T>
inline T log_of_parts(LogParts<T> x, T c) {
  const T f = x.f;
  const T s = f / (T(2) + f);
  const T z = s * s;
  T r;
  if constexpr (std::is_same_v<T, float>) {
    r = horner(z, 0xaaaaaa.0p-24f, 0xccce13.0p-25f, 0x91e9ee.0p-25f,
               0xf89e26.0p-26f);
  } else {
    r = horner(z, 6.666666666666735130e-01, 3.999999999940941908e-01,
               2.857142874366239149e-01, 2.222219843214978396e-01,
               1.818357216161805012e-01, 1.531383769920937332e-01,
               1.479819860511658591e-01);
  }
  const T half = T(0.5) * f * f;
  const T low = s * (half + z * r) + (x.e * Format<T>::log2_low + c);
  return x.e * Format<T>::log2_high + (f - (half - low));
}

// f(x) if x is neither a pole nor outside of the domain x > lowest.
template <class T>
inline T log_special(T x, T lowest, T result) {
  const T finite = x < infinity<T> ? result : x;
  const T above = x == lowest ? -infinity<T> : finite;
  return x < lowest ? std::numeric_limits<T>::quiet_NaN() : above;
}

}  // namespace detail

template <class T>
inline T sqrt(T x) {
  return std::sqrt(x);
}

namespace detail {

// y 2^n by two factors, since 2^n alone may overflow or be denormal.
template <class T>
inline T times_power_of_two(T y, Bits<T> n) {
  const auto half = static_cast<Bits<T>>(
      static_cast<typename Format<T>::Signed>(n << 1) >> 2);
  return y * power_of_two<T>(half) * power_of_two<T>(n - half);
}

}  // namespace detail

// Denormal results are rounded twice.
template <class T>
inline T exp(T x) {
  using F = detail::Format<T>;
  const T low = x < F::exp_low ? F::exp_low : x;
  const auto [n, r] = detail::reduce_exp(low > F::exp_high ? F::exp_high : low);
  return detail::times_power_of_two(detail::expm1_reduced(r) + T(1), n);
}

// e^x - 1
template <class T>
inline T expm1(T x) {
  using F = detail::Format<T>;
  const T low = x < F::expm1_low ? F::expm1_low : x;
  const auto [n, r] =
      detail::reduce_exp(low > F::expm1_high ? F::expm1_high : low);
  // Half of it, since 2^n overflows for results that don't.
  const T scale = detail::power_of_two<T>(n - 1);
  const T half = scale * detail::expm1_reduced(r) + (scale - T(0.5));
  return detail::abs(x) < F::tiny ? x : T(2) * half;
}

template <class T>
inline T log(T x) {
  return detail::log_special(x, T(0),
                             detail::log_of_parts(detail::reduce_log(x), T(0)));
}

// log(1 + x) [fdlibm]
template <class T>
inline T log1p(T x) {
  const T u = T(1) + x;
  auto parts = detail::reduce_log(u);
  // What the sum u lost.
  const T lost = x < T(1) ? x - (u - T(1)) : T(1) - (u - x);
  const bool near = parts.e == T(0);
  parts.f = near ? x : parts.f;
  const T result = detail::log_of_parts(parts, near ? T(0) : lost / u);
  const T y = detail::log_special(x, T(-1), result);
  return detail::abs(x) < detail::Format<T>::tiny ? x : y;
}

// tanh(x) = e / (e + 2) with e = e^2x - 1
template <class T>
inline T tanh(T x) {
  constexpr T most = std::is_same_v<T, float> ? T(10) : T(20);
  const T a = detail::abs(x);
  const T e = expm1(T(2) * (a > most ? most : a));
  const T y = detail::copy_sign(e / (e + T(2)), x);
  return a < detail::Format<T>::tiny ? x : y;
}

// 1 / (1 + e^-x), without overflow and with all its digits on both sides.
template <class T>
inline T sigmoid(T x) {
  const T e = exp(-detail::abs(x));
  return (x < T(0) ? e : T(1)) / (T(1) + e);
}

// log(1 + e^x) = max(x, 0) + log(1 + e^-|x|)
template <class T>
inline T softplus(T x) {
  // log1p with less to do, for e is between 0 and 1: 1 + e = 2 (1 + (e - 1) /
  // 2).
  const T e = exp(-detail::abs(x));
  const bool near = e < T(0.41421356237309504880);
  const detail::LogParts<T> parts = {near ? T(0) : T(1),
                                     near ? e : (e - T(1)) * T(0.5)};
  const T y = detail::log_of_parts(parts, T(0));
  return (x > T(0) ? x : T(0)) + (e < detail::Format<T>::tiny ? e : y);
}

namespace detail {

// erf(x) / x - 1 for z = x^2 up to 1; without that 1, which is added apart:
// half the rounding error.
template <class T>
inline T erf_near(T z) {
  if constexpr (std::is_same_v<T, float>) {
    return horner(z, 1.28379166e-1f, -3.76126258e-1f, 1.12835851e-1f,
                  -2.68538118e-2f, 5.18832744e-3f, -8.01019150e-4f,
                  7.85385432e-5f);
  } else {
    return horner(z, 1.28379167095512558561e-1, -3.76126389031835207e-01,
                  1.12837916709441849e-01, -2.68661706431114235e-02,
                  5.22397760611812562e-03, -8.54832592929847613e-04,
                  1.20552935764395462e-04, -1.49247122934741284e-05,
                  1.64471314696693252e-06, -1.62063130067964767e-07,
                  1.37109772532147495e-08, -7.77946280406880796e-10);
  }
}

}  // namespace detail

// x p(x^2) up to 1, then 1 - e^q(|x| - 1). p and q are weighted minimax fits of
// erf(x) / x and log(1 - erf(x)), computed in quadruple precision with Lawson's
// algorithm; relative errors of erf below 2e-9 for float and 1e-17 for double.
template <class T>
inline T erf(T x) {
  constexpr T most = std::is_same_v<T, float> ? T(4) : T(6);
  const T magnitude = detail::abs(x);
  const T a = magnitude > most ? most : magnitude;
  const T t = a - T(1);
  T q;
  if constexpr (std::is_same_v<T, float>) {
    q = detail::horner(t, -1.84960551f, -2.63896752f, -8.43107065e-1f,
                       -4.15635518e-2f, 1.00465900e-2f, -2.01209967e-3f,
                       2.89589877e-4f, -2.16977219e-5f);
  } else {
    q = detail::horner(t, -1.84960550993324824e+00, -2.63896751423477749e+00,
                       -8.43107256359330925e-01, -4.15610980266716487e-02,
                       1.00338251950481388e-02, -1.97790131029938364e-03,
                       2.37316796350138856e-04, 2.62953857417414847e-05,
                       -2.71972466603869743e-05, 9.66909598523044171e-06,
                       -2.12973910804942829e-06, 2.03254620620751669e-07,
                       5.88166474609001866e-08, -3.36909569630344729e-08,
                       8.59680822257873778e-09, -1.33256033527486627e-09,
                       1.20703960641306013e-10, -4.92834342844467930e-12);
  }
  const T inner = a + a * detail::erf_near(a * a), outer = T(1) - exp(q);
  // By bits: of a choice, clang makes a branch around the longer side.
  const detail::Bits<T> mask = detail::Bits<T>{0} - detail::Bits<T>{a < T(1)};
  const T y = std::bit_cast<T>((detail::to_bits(inner) & mask) |
                               (detail::to_bits(outer) & ~mask));
  return x == T(0) ? x : detail::copy_sign(y, x);
}

}  // namespace weft::math
