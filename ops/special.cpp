#include <algorithm>
#include <cmath>
#include <concepts>
#include <numbers>
#include <type_traits>

#include "ops/kernels/math_special.h"
#include "weft/elementary.h"
#include "weft/error.h"
#include "weft/graph.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

constexpr std::int64_t kMostOrder = 100;

/// x⁻ⁿ for n ≥ 0.
double inverse_power(double x, std::int64_t n) {
  double result = 1, base = 1 / x;
  for (; n > 0; n /= 2, base *= base) {
    if (n % 2 == 1) result *= base;
  }
  return result;
}

double factorial(std::int64_t n) {
  double product = 1;
  for (; n > 1; --n) product *= static_cast<double>(n);
  return product;
}

/// ψ⁽ⁿ⁾(x): x is moved up to where the asymptotic series (Abramowitz and
/// Stegun 6.4.11, and 6.3.18 for n = 0) is exact.
double polygamma_of(std::int64_t n, double x) {
  constexpr double kBernoulli[] = {1.0 / 6,   -1.0 / 30,     1.0 / 42,
                                   -1.0 / 30, 5.0 / 66,      -691.0 / 2730,
                                   7.0 / 6,   -3617.0 / 510, 43867.0 / 798};
  const auto order = static_cast<double>(n);
  if (x == 0) return n % 2 == 0 ? -std::copysign(HUGE_VAL, x) : HUGE_VAL;
  if (std::isnan(x) || (x < 0 && x == std::floor(x)) || x < -1e6) return NAN;
  const double sign = n % 2 == 0 ? -1 : 1;  // of (−1)ⁿ⁺¹
  double moved = 0;
  // The next term of the series is below 1e-18 of the whole from there on.
  const double from = n < 2 ? 10 : 20 + order;
  for (; x < from; ++x) moved += inverse_power(x, n + 1);
  if (std::isinf(x)) return n == 0 ? x : 0;
  // The factors of Bernoulli's numbers are (2k + n − 1)!/(2k)! x^(−2k − n).
  double series = 0, factor = factorial(n + 1) / 2;
  double power = inverse_power(x, n + 2);
  const double square = 1 / (x * x);
  for (int k = 1; k <= 9; ++k) {
    series += kBernoulli[k - 1] * factor * power;
    const double next = 2 * k + order;
    factor *= next * (next + 1) / ((2 * k + 1) * (2 * k + 2));
    power *= square;
  }
  if (n == 0) return std::log(x) - 0.5 / x - series - moved;
  const double head = factorial(n - 1) * inverse_power(x, n) +
                      factorial(n) / 2 * inverse_power(x, n + 1);
  return sign * (head + series + factorial(n) * moved);
}

struct Erfc {
  static constexpr std::string_view name = "erfc";
  template <class T>
  T operator()(T x) const {
    return math::erfc(x);
  }
  Value vjp(Value x, Value, Value dy) const {
    return dy * (-2 / std::sqrt(std::numbers::pi)) * exp(-square(x));
  }
  static Samples samples() { return {{Shape{2, 3}}, {Shape{0, 3}}}; }
};

struct Erfinv {
  static constexpr std::string_view name = "erfinv";
  template <class T>
  T operator()(T x) const {
    if constexpr (std::is_same_v<T, float>) return math::erfinv(x);
    if (!(std::abs(x) < 1)) {
      return std::abs(x) == 1 ? std::copysign(T(HUGE_VAL), x) : T(NAN);
    }
    // Winitzki's approximation, then Halley's steps in f64; the miss is taken
    // from the side on which it does not cancel.
    const double v = x, a = 0.147, l = std::log1p(-v * v);
    const double t = 2 / (std::numbers::pi * a) + l / 2;
    double y = std::copysign(std::sqrt(std::sqrt(t * t - l / a) - t), v);
    for (int i = 0; i < 3; ++i) {
      const double miss = v > 0.5    ? 1 - v - std::erfc(y)
                          : v < -0.5 ? std::erfc(-y) - (1 + v)
                                     : std::erf(y) - v;
      const double step =
          miss * std::sqrt(std::numbers::pi) / 2 * std::exp(y * y);
      y -= step / (1 + y * step);
    }
    return static_cast<T>(y);
  }
  Value vjp(Value, Value y, Value dy) const {
    return dy * (std::sqrt(std::numbers::pi) / 2) * exp(square(y));
  }
  static Samples samples() { return {{SampleInput(Shape{2, 3}, -0.8, 0.8)}}; }
};

struct Lgamma {
  static constexpr std::string_view name = "lgamma";
  template <class T>
  T operator()(T x) const {
    if constexpr (std::is_same_v<T, float>) {
      if (usual(x)) return usually(x);
    }
    int sign = 0;  // std::lgamma writes a global instead
    return static_cast<T>(::lgamma_r(static_cast<double>(x), &sign));
  }
  bool usual(std::same_as<float> auto x) const {
    return math::in_gamma_range(x);
  }
  float usually(float x) const { return math::log_gamma(x); }
  Value vjp(Value x, Value, Value dy) const { return dy * digamma(x); }
  static Samples samples() {
    return {{SampleInput(Shape{2, 3}, 0.4, 4)},
            {SampleInput(Shape{3}, -1.7, -1.3)}};
  }
};

struct Polygamma {
  static constexpr std::string_view name = "polygamma";
  std::int64_t n = 0;
  static constexpr auto fields() {
    return std::tuple{field("n", &Polygamma::n)};
  }
  template <class T>
  T operator()(T x) const {
    if constexpr (std::is_same_v<T, float>) {
      if (usual(x)) return usually(x);
    }
    return static_cast<T>(polygamma_of(n, static_cast<double>(x)));
  }
  bool usual(std::same_as<float> auto x) const {
    return (n == 0 || n == 1) && math::in_gamma_range(x);
  }
  float usually(float x) const {
    return n == 0 ? math::digamma(x) : math::trigamma(x);
  }
  void check() const {
    if (n >= 0 && n <= kMostOrder + 1) return;
    throw GraphError("[polygamma] the order must be 0 to " +
                     std::to_string(kMostOrder) + ", not " + std::to_string(n));
  }
  Value vjp(Value x, Value, Value dy) const {
    return dy * apply(Polygamma{n + 1}, x);
  }
  static Samples samples() {
    const SampleInput x(Shape{2, 3}, 0.7, 4);
    return {
        {x}, {SampleInput(Shape{3}, -1.7, -1.3)}, sample(Polygamma{2}, {x})};
  }
};

}  // namespace

Value erfc(Operand x) { return apply(Erfc{}, x); }
Value erfinv(Operand x) { return apply(Erfinv{}, x); }
Value lgamma(Operand x) { return apply(Lgamma{}, x); }
Value digamma(Operand x) { return apply(Polygamma{0}, x); }

Value polygamma(std::int64_t n, Operand x) {
  if (n < 0 || n > kMostOrder) {
    throw GraphError("[polygamma] the order must be 0 to 100, not " +
                     std::to_string(n) + at_line(x.at));
  }
  return apply(Polygamma{n}, x);
}

namespace ops {
void register_special(Registry& r) {
  r.add<Erfc>();
  r.add<Erfinv>();
  r.add<Lgamma>();
  r.add<Polygamma>();
}
}  // namespace ops
}  // namespace weft
