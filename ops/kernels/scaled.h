#pragma once

// Numbers with an exponent apart, (value, along)·2^exponent: products of any
// number of probabilities neither vanish nor need a logarithm. `along` is the
// derivative along a direction; where nobody reads it, compilers leave it out.

#include <cstdint>

#include "ops/kernels/math.h"

namespace weft {

/// A number at least 0 whose value is 0 or in [1, 2), but for sums, products
/// and `scaled_exp`. That of 0 is the least exponent, lest it counts in sums.
struct Scaled {
  static constexpr double kLeast = -1e300;
  double value = 0, along = 0, exponent = kLeast;
};

/// 2^n for a whole n of at most 1023; 0 if it were denormal.
inline double scaled_power(double n) {
  const double biased = (n > -1023 ? n : -1023) + 1023;
  return std::bit_cast<double>(std::bit_cast<std::uint64_t>(biased + 0x1p52)
                               << 52);
}

inline Scaled operator*(const Scaled& a, const Scaled& b) {
  return {a.value * b.value, a.along * b.value + a.value * b.along,
          a.exponent + b.exponent};
}

inline Scaled scaled_sum(const Scaled& a, const Scaled& b, const Scaled& c) {
  const double ab = a.exponent > b.exponent ? a.exponent : b.exponent;
  const double top = ab > c.exponent ? ab : c.exponent;
  const double i = scaled_power(a.exponent - top);
  const double j = scaled_power(b.exponent - top);
  const double k = scaled_power(c.exponent - top);
  return {a.value * i + b.value * j + c.value * k,
          a.along * i + b.along * j + c.along * k, top};
}
inline Scaled operator+(const Scaled& a, const Scaled& b) {
  const double top = a.exponent > b.exponent ? a.exponent : b.exponent;
  const double i = scaled_power(a.exponent - top);
  const double j = scaled_power(b.exponent - top);
  return {a.value * i + b.value * j, a.along * i + b.along * j, top};
}

/// The same number with a value in [1, 2). NaN stays NaN.
inline Scaled normalized(const Scaled& x) {
  const std::uint64_t biased = std::bit_cast<std::uint64_t>(x.value) >> 52;
  // An integer as a number by way of its bits, as in math.h.
  const double n =
      std::bit_cast<double>(biased | 0x4330000000000000U) - (0x1p52 + 1023);
  const double scale = std::bit_cast<double>((2046 - biased) << 52);
  const double exponent = x.exponent + n;
  const bool none = x.value == 0 || exponent < Scaled::kLeast;
  return {x.value * scale, x.along * scale, none ? Scaled::kLeast : exponent};
}

/// x if `wanted` is not 0, else 0.
inline Scaled scaled_if(double wanted, const Scaled& x) {
  const bool is = wanted != 0;
  return {is ? x.value : 0, is ? x.along : 0, is ? x.exponent : Scaled::kLeast};
}

/// e^x, and its derivative where x changes by `direction`. Its logarithm is x
/// to double's precision, however great |x| is.
inline Scaled scaled_exp(double x, double direction) {
  constexpr double most = 0.35;  // log(2) / 2, and some rounding
  const double whole = std::floor(x * 1.44269504088896340736 + 0.5);
  const double known = x == x ? whole : 0;
  const double low = known < Scaled::kLeast ? Scaled::kLeast : known;
  const double n = low > -Scaled::kLeast ? -Scaled::kLeast : low;
  using F = math::detail::Format<double>;
  double r = (x - n * F::log2_high) - n * F::log2_low;
  // Of an x so great that its rounding errors are, the exponent says enough.
  r = r < -most ? -most : r;
  r = r > most ? most : r;
  const double value =
      n <= Scaled::kLeast ? 0 : math::detail::expm1_reduced(r) + 1;
  return {value, value * direction, n};
}

inline double scaled_log(const Scaled& x) {
  return x.value == 0 ? -HUGE_VAL
                      : std::log(x.value) + x.exponent * 0.69314718055994530942;
}

/// An array of `size` numbers in memory: values, exponents and, if kAlong,
/// derivatives, each on their own.
template <bool kAlong>
class ScaledArray {
 public:
  static constexpr std::int64_t kDoubles = kAlong ? 3 : 2;  // a number

  ScaledArray(double* memory, std::int64_t size) : data_(memory), size_(size) {}
  Scaled operator[](std::int64_t i) const {
    return {data_[i], kAlong ? data_[2 * size_ + i] : 0, data_[size_ + i]};
  }
  void set(std::int64_t i, const Scaled& x) const {
    data_[i] = x.value;
    data_[size_ + i] = x.exponent;
    if constexpr (kAlong) data_[2 * size_ + i] = x.along;
  }
  void clear() const {
    for (std::int64_t i = 0; i < size_; ++i) set(i, {});
  }
  /// The numbers that follow this array, of which it is one of many.
  ScaledArray at(std::int64_t row) const {
    return {data_ + row * kDoubles * size_, size_};
  }
  double* values() const { return data_; }

 private:
  double* data_;
  std::int64_t size_;
};

}  // namespace weft
