#pragma once

// Random numbers from words of Philox, in steps that have vectors.

#include <bit>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "ops/kernels/math_angles.h"

namespace weft {

/// A word as a number, by way of its bits: few processors convert unsigned
/// ones.
inline double number_of(std::uint32_t word) {
  return std::bit_cast<double>(0x4330000000000000U | std::uint64_t{word}) -
         0x1p52;
}

/// The same as uniform_f64.
inline double uniform_of(std::uint32_t high, std::uint32_t low) {
  return (number_of(high) * 0x1p21 + number_of(low >> 11)) * 0x1p-53;
}

/// A standard normal number from u in (0, 1] and an angle up to 2π (Box and
/// Muller 1958): math::log and math::cos without their special cases.
inline double normal_of(double u, double angle) {
  const double log_u =
      math::detail::log_of_parts(math::detail::reduce_log(u), 0.0);
  auto parts = math::detail::reduce_trig(angle);
  ++parts.quarter;
  return std::sqrt(-2 * log_u) * math::detail::trig_of_parts(parts);
}

}  // namespace weft
