#include <algorithm>
#include <cmath>
#include <limits>

#include "src/data/gather.h"
#include "weft/error.h"

namespace weft::data {

namespace {

/// Calls f(i, values of example i) for every example.
template <class F>
void for_each_row(const Dataset& data, const char* who, F f) {
  data.check();
  if (data.size() == 0) {
    throw DataError(std::string("[") + who +
                    "] there are no examples to learn the columns from");
  }
  Tensor x(DType::f32, batch_shape(1, data.row));
  Tensor y(data.targets.dtype(), target_shape(1, data));
  for (std::int64_t i = 0; i < data.size(); ++i) {
    gather(data, {&i, 1}, x, y);
    f(i, x.data<float>());
  }
}

std::size_t columns_of(const Dataset& data) {
  return data.row.is_concrete() ? static_cast<std::size_t>(data.row.elements())
                                : 0;
}

}  // namespace

Scaler standardize(const Dataset& data) {
  std::vector<double> mean(columns_of(data));
  std::vector<double> square(mean.size());
  for_each_row(data, "standardize", [&](std::int64_t i, const float* x) {
    const auto count = static_cast<double>(i + 1);
    for (std::size_t j = 0; j < mean.size(); ++j) {  // Welford 1962
      const double v = x[j], d = v - mean[j];
      mean[j] += d / count;
      square[j] += d * (v - mean[j]);
    }
  });
  Scaler scaler;
  for (std::size_t j = 0; j < mean.size(); ++j) {
    const double deviation =
        std::sqrt(square[j] / static_cast<double>(data.size()));
    const bool constant = !(deviation > 1e-12 * (std::abs(mean[j]) + 1e-300));
    scaler.offset.push_back(mean[j]);
    scaler.scale.push_back(constant ? 1 : 1 / deviation);
  }
  return scaler;
}

Scaler min_max(const Dataset& data) {
  constexpr float kMost = std::numeric_limits<float>::max();
  std::vector<float> least(columns_of(data), kMost);
  std::vector<float> most(least.size(), -kMost);
  for_each_row(data, "min_max", [&](std::int64_t, const float* x) {
    for (std::size_t j = 0; j < least.size(); ++j) {
      least[j] = std::min(least[j], x[j]);
      most[j] = std::max(most[j], x[j]);
    }
  });
  Scaler scaler;
  for (std::size_t j = 0; j < least.size(); ++j) {
    const double width = static_cast<double>(most[j]) - least[j];
    scaler.offset.push_back(least[j]);
    scaler.scale.push_back(width > 0 ? 1 / width : 1);
  }
  return scaler;
}

Dataset apply(const Scaler& scaler, const Dataset& data) {
  data.check();
  const auto columns = columns_of(data);
  if (scaler.offset.size() != columns || scaler.scale.size() != columns) {
    throw DataError("[scaler] was made for " +
                    std::to_string(scaler.offset.size()) +
                    " columns, the data have " + std::to_string(columns) +
                    "; use data with the columns that it was made from");
  }
  Dataset scaled = data;
  if (data.bytes && data.scaler.empty()) {
    scaled.scaler = scaler;
    return scaled;
  }
  auto [x, y] = data.batch(0, data.size());
  float* v = x.data<float>();
  for (std::int64_t i = 0; i < data.size(); ++i) {
    for (std::size_t j = 0; j < columns; ++j, ++v) {
      *v = static_cast<float>((static_cast<double>(*v) - scaler.offset[j]) *
                              scaler.scale[j]);
    }
  }
  scaled.inputs = x;
  scaled.targets = y;
  scaled.bytes = nullptr;
  scaled.scaler = {};
  scaled.rows.clear();
  return scaled;
}

}  // namespace weft::data
