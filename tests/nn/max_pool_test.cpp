// max_pool beside plain loops, over sizes that fill vectors and that do not.

#include <cmath>
#include <limits>

#include "finite_differences.h"

using namespace weft;

namespace {

struct Case {
  std::int64_t height, width, window, stride, padding, dilation;
  bool ceil = false;
};

/// The place of the greatest element of window (i, j), by the definition.
std::int64_t plain_place(const Tensor& x, std::int64_t first, const Case& c,
                         std::int64_t i, std::int64_t j) {
  std::int64_t best = -1;
  for (std::int64_t a = 0; a < c.window; ++a) {
    for (std::int64_t b = 0; b < c.window; ++b) {
      const std::int64_t y = i * c.stride - c.padding + a * c.dilation;
      const std::int64_t at = j * c.stride - c.padding + b * c.dilation;
      if (y < 0 || y >= c.height || at < 0 || at >= c.width) continue;
      const double v = x.at(first + y * c.width + at);
      const double top = best < 0 ? 0 : x.at(first + best);
      const bool more =
          best < 0 || v > top || (std::isnan(v) && !std::isnan(top));
      if (more) best = y * c.width + at;
    }
  }
  return best;
}

void check(const Case& c, DType dtype) {
  INFO(c.height << " x " << c.width << ", window " << c.window << ", stride "
                << c.stride << ", padding " << c.padding << ", dilation "
                << c.dilation << ", ceil " << c.ceil);
  Graph g;
  Tensor x(DType::f64, {2, 3, c.height, c.width});
  RandomSequence draws(Philox({3}, 1, 1));
  for (double& v : x.values<double>()) {
    v = std::floor(4 * draws.normal());  // with ties
    if (draws.normal() > 1.8) v = std::numeric_limits<double>::quiet_NaN();
  }
  const Sorted pooled = max_pool(g.constant(x.to(dtype)), {c.window},
                                 {.stride = {c.stride},
                                  .padding = {c.padding},
                                  .dilation = {c.dilation},
                                  .ceil = c.ceil});
  const Tensor places = eval(pooled.indices), values = eval(pooled.values);
  const std::int64_t rows = places.dim(2), columns = places.dim(3);
  bool right = true;
  for (std::int64_t k = 0; k < places.size(); ++k) {
    const std::int64_t image = k / (rows * columns) * c.height * c.width;
    const std::int64_t p =
        plain_place(x, image, c, k / columns % rows, k % columns);
    const double v = x.at(image + p), found = values.at(k);
    right = right && places.at(k) == static_cast<double>(p) &&
            (found == v || (std::isnan(found) && std::isnan(v)));
  }
  REQUIRE(right);
}

}  // namespace

TEST_CASE("max_pool finds what plain loops find") {
  std::vector<Case> cases;
  for (std::int64_t width : {2, 3, 5, 8, 11, 15, 16, 17, 31, 33, 40}) {
    for (std::int64_t window : {1, 2, 3}) {
      for (std::int64_t stride : {1, 2, 3}) {
        if (window > width) continue;
        cases.push_back({4, width, window, stride, 0, 1});
        cases.push_back({5, width, window, stride, window / 2, 1, true});
        if (2 * window <= 5 && 2 * window <= width) {
          cases.push_back({5, width, window, stride, 0, 2});
        }
      }
    }
  }
  for (const Case& c : cases) {
    for (DType dtype : {DType::f32, DType::f64}) check(c, dtype);
  }
}
