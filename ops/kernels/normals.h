#pragma once

// Random numbers from words of Philox, in steps that have vectors.

#include <bit>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <type_traits>

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

/// Two independent standard normal numbers.
struct NormalPair {
  double first, second;
};

/// From u in (0, 1] and an angle up to 2π (Box and Muller 1958): math::log,
/// math::cos and math::sin without their special cases.
inline NormalPair normals_of(double u, double angle) {
  const double log_u =
      math::detail::log_of_parts(math::detail::reduce_log(u), 0.0);
  const double radius = std::sqrt(-2 * log_u);
  auto parts = math::detail::reduce_trig(angle);
  const double sine = math::detail::trig_of_parts(parts);
  ++parts.quarter;
  return {radius * math::detail::trig_of_parts(parts), radius * sine};
}

/// How many normal numbers a block of four words gives: of f32 two from the 64
/// bits of a pair, of f64 two from all.
template <class T>
inline constexpr std::int64_t kNormalsOfBlock =
    std::is_same_v<T, float> ? 4 : 2;

/// The two standard normal numbers of f32 from words w, or of f64 from four.
/// Those in f32 are rounded from others in f64, so that the last bits of
/// logarithm, sine and cosine don't matter.
template <class T>
inline NormalPair normals_of_words(const std::uint32_t* w) {
  constexpr double kTurn = 2 * std::numbers::pi;
  if constexpr (std::is_same_v<T, float>) {
    // u in the middle of its 2^-32: never 0.
    return normals_of((number_of(w[0]) + 0.5) * 0x1p-32,
                      kTurn * 0x1p-32 * number_of(w[1]));
  } else {
    return normals_of(1 - uniform_of(w[0], w[1]),
                      kTurn * uniform_of(w[2], w[3]));
  }
}

/// z[0 … 2 pairs − 1] from the words of blocks, one pair after the other.
template <class T>
inline void draw_normals(const std::uint32_t* words, std::int64_t pairs, T* z) {
  constexpr std::int64_t kWords = 8 / kNormalsOfBlock<T>;
  for (std::int64_t i = 0; i < pairs; ++i) {
    const NormalPair pair = normals_of_words<T>(words + kWords * i);
    z[2 * i] = static_cast<T>(pair.first);
    z[2 * i + 1] = static_cast<T>(pair.second);
  }
}

}  // namespace weft
