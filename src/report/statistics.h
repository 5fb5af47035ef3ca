#pragma once

#include <cmath>

#include "weft/error.h"
#include "weft/report.h"

namespace weft::report {

/// Calls f(index, value as double) for each element of an f32 or f64 tensor.
template <class F>
void for_each(const Tensor& t, F&& f) {
  auto all = [&](const auto* p) {
    for (std::int64_t i = 0; i < t.size(); ++i) {
      f(i, static_cast<double>(p[i]));
    }
  };
  if (t.dtype() == DType::f32) {
    all(t.data<float>());
  } else if (t.dtype() == DType::f64) {
    all(t.data<double>());
  } else {
    throw TypeError("[statistics] takes f32 and f64, not " +
                    to_string(t.type()));
  }
}

inline double sum_of_squares(const Tensor& t) {
  double sum = 0;
  for_each(t, [&](std::int64_t, double v) { sum += v * v; });
  return sum;
}

/// The root of the mean square; 0 of nothing.
inline double rms(const Tensor& t) {
  if (t.size() == 0) return 0;
  return std::sqrt(sum_of_squares(t) / static_cast<double>(t.size()));
}

}  // namespace weft::report
