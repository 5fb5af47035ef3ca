// Images of another size, by a triangle as wide as the coarser of both grids:
// linear interpolation where they grow, a weighted mean where they shrink.

#include <algorithm>
#include <cmath>

#include "weft/data.h"
#include "weft/error.h"

namespace weft::data {

namespace {

/// Which elements of a line make one of the resized line, and how much.
struct Taps {
  std::int64_t first = 0;
  std::vector<double> weights;
};

std::vector<Taps> taps(std::int64_t from, std::int64_t to) {
  const double step = static_cast<double>(from) / static_cast<double>(to);
  const double radius = std::max(step, 1.0);
  std::vector<Taps> made;
  for (std::int64_t i = 0; i < to; ++i) {
    const double middle = (static_cast<double>(i) + 0.5) * step - 0.5;
    const auto low = static_cast<std::int64_t>(std::ceil(middle - radius));
    const auto high = static_cast<std::int64_t>(std::floor(middle + radius));
    Taps t{.first = std::max<std::int64_t>(low, 0), .weights = {}};
    double sum = 0;
    for (std::int64_t k = t.first; k <= std::min(high, from - 1); ++k) {
      const double w =
          std::max(0.0, 1 - std::abs(static_cast<double>(k) - middle) / radius);
      t.weights.push_back(w);
      sum += w;
    }
    for (double& w : t.weights) w /= sum;
    made.push_back(std::move(t));
  }
  return made;
}

/// Lines of `taps`' length with elements `stride` apart, one after the other.
std::vector<double> resized(const std::vector<double>& image,
                            const std::vector<Taps>& taps, std::int64_t lines,
                            std::int64_t line, std::int64_t stride) {
  std::vector<double> out;
  for (std::int64_t l = 0; l < lines; ++l) {
    for (const Taps& t : taps) {
      double sum = 0;
      for (std::size_t k = 0; k < t.weights.size(); ++k) {
        const std::int64_t at =
            l * line + (t.first + static_cast<std::int64_t>(k)) * stride;
        sum += t.weights[k] * image[static_cast<std::size_t>(at)];
      }
      out.push_back(sum);
    }
  }
  return out;
}

}  // namespace

Dataset resize_images(const Dataset& data, std::int64_t side) {
  data.check();
  const std::int64_t pixels = data.row.elements();
  const auto from = static_cast<std::int64_t>(
      std::lround(std::sqrt(static_cast<double>(pixels))));
  if (side < 1 || from * from != pixels) {
    throw DataError("[resize_images] examples of " + to_string(data.row) +
                    " become squares of " + std::to_string(side) +
                    " pixels a side: both must be squares");
  }
  const std::vector<Taps> all = taps(from, side);
  const auto [x, y] = data.batch(0, data.size());
  Tensor images(DType::f32, {Dim(data.size()), Dim(side * side)});
  for (std::int64_t i = 0; i < data.size(); ++i) {
    const float* image = x.data<float>() + i * pixels;
    // Rows become shorter or longer, then columns; each turns the image.
    std::vector<double> v(image, image + pixels);
    v = resized(v, all, from, from, 1);  // (from, side)
    v = resized(v, all, side, 1, side);  // (side of columns, side of rows)
    float* out = images.data<float>() + i * side * side;
    for (std::int64_t r = 0; r < side; ++r) {
      for (std::int64_t c = 0; c < side; ++c) {
        out[r * side + c] =
            static_cast<float>(v[static_cast<std::size_t>(c * side + r)]);
      }
    }
  }
  Dataset made;
  made.inputs = images;
  made.targets = y;
  made.row = Shape{side * side};
  made.class_names = data.class_names;
  return made;
}

}  // namespace weft::data
