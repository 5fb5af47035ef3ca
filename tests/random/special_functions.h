#pragma once

// Special functions by slow rules in long double, for judging Weft's.

#include <cmath>
#include <numbers>

namespace exact {

using Wide = long double;

/// e^-|x| Iₙ(x) by its series (Abramowitz and Stegun 9.6.10), and the
/// asymptotic one (9.7.1) where that is exact.
template <int n>
Wide scaled_bessel(Wide x) {
  const Wide a = std::abs(x), sign = n % 2 == 1 && x < 0 ? -1 : 1;
  if (std::isnan(x)) return x;
  Wide term = 1, sum = 0;
  if (a <= 30) {
    for (int k = 1; k <= n; ++k) term *= a / 2 / k;
    for (int k = 1; sum + term != sum; ++k) {
      sum += term;
      term *= a / 2 / k * (a / 2) / (k + n);
    }
    return sign * sum * std::exp(-a);
  }
  for (int k = 1; sum + term != sum; ++k) {
    sum += term;
    term *= -static_cast<Wide>(4 * n * n - (2 * k - 1) * (2 * k - 1)) / k;
    term /= 8 * a;
  }
  return sign * sum / std::sqrt(2 * std::numbers::pi_v<Wide> * a);
}

template <int n>
Wide bessel(Wide x) {
  const Wide a = std::abs(x);
  // What e^x is beyond even here.
  if (a > 5000) return n % 2 == 1 && x < 0 ? -HUGE_VALL : HUGE_VALL;
  return std::exp(a) * scaled_bessel<n>(x);
}

/// e^(x²)·erfc(x), by the asymptotic series (7.1.23) where that is exact.
inline Wide erfcx(Wide x) {
  if (x < -100) return HUGE_VALL;
  const Wide square = x * x, lost = std::fma(x, x, -square);
  const Wide rise = std::exp(square) * (1 + lost);
  if (x < 0) return 2 * rise - erfcx(-x);
  if (!(x > 8)) return rise * std::erfc(x);
  Wide term = 1, sum = 0;
  for (int k = 1; sum + term != sum; ++k) {
    sum += term;
    term *= -(2 * k - 1) / (2 * square);
  }
  return sum / (x * std::sqrt(std::numbers::pi_v<Wide>));
}

/// Newton's steps on the error function, from the side where it loses nothing.
inline Wide ndtri(Wide p) {
  if (!(p >= 0 && p <= 1)) return NAN;
  if (p == 0 || p == 1) return p == 0 ? -HUGE_VALL : HUGE_VALL;
  const Wide q = p < 0.5L ? p : 1 - p, half = std::sqrt(0.5L);
  Wide low = 0, high = 160;
  for (int i = 0; i < 30; ++i) {
    const Wide y = (low + high) / 2;
    (std::erfc(y * half) / 2 > q ? low : high) = y;
  }
  Wide y = low;
  for (int i = 0; i < 4; ++i) {
    const Wide miss = q > 0.25L ? (0.5L - q) - std::erf(y * half) / 2
                                : std::erfc(y * half) / 2 - q;
    const Wide slope =
        std::exp(-y * y / 2) / std::sqrt(2 * std::numbers::pi_v<Wide>);
    y += miss / slope;
  }
  return p < 0.5L ? -y : y;
}

}  // namespace exact
