#pragma once

// Draws from gamma distributions.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>

#include "ops/kernels/normals.h"
#include "weft/random.h"

namespace weft {

/// Draws of one element: a range of the stream's blocks that belongs to it
/// alone.
class Draws {
 public:
  Draws(const Philox& philox, std::int64_t element)
      : philox_(philox), next_(static_cast<std::uint64_t>(element) << 16) {}
  /// In (0, 1].
  double uniform() {
    const auto b = philox_.block(next_++);
    return 1 - uniform_f64(b[0], b[1]);
  }
  double normal() {
    const auto b = philox_.block(next_++);
    return std::sqrt(-2 * std::log(1 - uniform_f64(b[0], b[1]))) *
           std::cos(2 * std::numbers::pi * uniform_f64(b[2], b[3]));
  }

 private:
  const Philox& philox_;
  std::uint64_t next_;
};

inline double draw_gamma(double a, Draws draws) {
  if (!(a > 0) || std::isinf(a)) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  // Below 1, that of a + 1 times u^(1/a).
  const double log_factor = a < 1 ? std::log(draws.uniform()) / a : 0;
  const double d = (a < 1 ? a + 1 : a) - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  // At least 19 of 20 tries are taken: the limit is beyond any draw.
  for (int i = 0; i < 1000; ++i) {
    const double z = draws.normal(), u = draws.uniform();
    const double root = 1 + c * z, v = root * root * root;
    if (v <= 0) continue;
    // Nearly all are taken without a logarithm (Marsaglia and Tsang 2000).
    if (u < 1 - 0.0331 * z * z * z * z ||
        std::log(u) < z * z / 2 + d - d * v + d * std::log(v)) {
      return d * v * std::exp(log_factor);
    }
  }
  return d * std::exp(log_factor);
}

/// y of the elements first … first + n − 1, of shapes a.
inline void draw_gammas(const Philox& philox, std::int64_t first,
                        std::int64_t n, const double* a, double* y) {
  for (std::int64_t i = 0; i < n; ++i) {
    y[i] = draw_gamma(a[i], Draws(philox, first + i));
  }
}

/// What draw_gamma() finds at its first try, of several elements at once.
///
/// Logarithm and cosine differ from std's in the last bits. So that the draws
/// don't, `sure` holds only where the first try is taken by a wide margin; with
/// the relative error of `kError`, which is far above what these bits can do,
/// float's rounding tells whether they matter.
struct GammaTries {
  static constexpr int kLanes = 16;
  static constexpr double kError = 0x1p-36;
  double found[kLanes];
  bool sure[kLanes];

  GammaTries(const Philox& philox, std::int64_t first, const float* a) {
    bool below_one = false;
    for (int l = 0; l < kLanes; ++l) below_one |= a[l] < 1;
    std::uint32_t words[3][4 * kLanes] = {};
    for (std::uint64_t k = 0; k < (below_one ? 3 : 2); ++k) {
      philox.blocks((static_cast<std::uint64_t>(first) << 16) + k, kLanes,
                    words[k], std::uint64_t{1} << 16);
    }
    double u[kLanes], angle[kLanes], limit[kLanes];
    for (int l = 0; l < kLanes; ++l) {
      // Below 1, the first block is that of the factor.
      std::uint32_t w[6];
      for (int k = 0; k < 6; ++k) {
        const int at = 4 * l + k % 4;
        w[k] = a[l] < 1 ? words[1 + k / 4][at] : words[k / 4][at];
      }
      u[l] = 1 - uniform_of(w[0], w[1]);
      angle[l] = 2 * std::numbers::pi * uniform_of(w[2], w[3]);
      limit[l] = 1 - uniform_of(w[4], w[5]);
    }
    for (int l = 0; l < kLanes; ++l) {
      const double shape = static_cast<double>(a[l]);
      const double d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3;
      const double z = normals_of(u[l], angle[l]).first;
      // Thus |z| < 2.4 and, as d > 2 / 3, root > 0.04.
      sure[l] = limit[l] < 1 - 0.0331 * z * z * z * z - 1e-9;
      const double root = 1 + z / std::sqrt(9 * d);
      found[l] = d * root * root * root;
    }
    if (!below_one) return;
    for (int l = 0; l < kLanes; ++l) {
      const double shape = static_cast<double>(a[l]);
      const double unit = 1 - uniform_of(words[0][4 * l], words[0][4 * l + 1]);
      const double factor = math::exp(math::log(unit) / shape);
      found[l] *= shape < 1 ? factor : 1;
    }
  }
};

inline void draw_gammas(const Philox& philox, std::int64_t first,
                        std::int64_t n, const float* a, float* y) {
  constexpr int kLanes = GammaTries::kLanes;
  for (std::int64_t i = 0; i < n; i += kLanes) {
    const std::int64_t count = std::min<std::int64_t>(kLanes, n - i);
    float shapes[kLanes];
    std::fill(std::copy_n(a + i, count, shapes), shapes + kLanes, 1.0F);
    const GammaTries tries(philox, first + i, shapes);
    for (std::int64_t l = 0; l < count; ++l) {
      const double x = tries.found[l];
      const auto low = static_cast<float>(x * (1 - GammaTries::kError));
      const auto high = static_cast<float>(x * (1 + GammaTries::kError));
      const bool sound = shapes[l] > 0 && !std::isinf(shapes[l]);
      y[i + l] =
          sound && tries.sure[l] && low == high
              ? low
              : static_cast<float>(draw_gamma(static_cast<double>(shapes[l]),
                                              Draws(philox, first + i + l)));
    }
  }
}

}  // namespace weft
