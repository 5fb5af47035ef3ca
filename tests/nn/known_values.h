#pragma once

// Small arrays, and values of functions that are known otherwise.

#include <cmath>
#include <vector>

#include "catch.h"
#include "weft/weft.h"

using Values = std::vector<weft::Value>;

inline weft::Tensor f64(std::vector<double> v, const weft::Shape& shape) {
  return weft::Tensor::from<double>(v, shape);
}

inline weft::Tensor i32(std::vector<std::int32_t> v, const weft::Shape& shape) {
  return weft::Tensor::from<std::int32_t>(v, shape);
}

/// Equal to `tolerance`, or both NaN.
inline void check_values(weft::Value y, const std::vector<double>& expected,
                         double tolerance = 1e-13) {
  const weft::Tensor found = weft::eval(y);
  REQUIRE(found.size() == static_cast<std::int64_t>(expected.size()));
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double v = found.at(static_cast<std::int64_t>(i));
    if (std::isfinite(expected[i])) {
      CHECK(v ==
            Approx(expected[i]).epsilon(tolerance).margin(tolerance / 100));
    } else {
      CHECK((v == expected[i] || (std::isnan(v) && std::isnan(expected[i]))));
    }
  }
}
