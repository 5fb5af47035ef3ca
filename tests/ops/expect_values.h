#pragma once

// Small arrays with values that can be written down, and their comparison.

#include <cmath>
#include <vector>

#include "catch.h"
#include "weft/weft.h"

/// A constant of f(1), f(2), … in f64.
template <class F>
weft::Value numbered(weft::Graph& g, const weft::Shape& shape, F f) {
  weft::Tensor t(weft::DType::f64, shape);
  double k = 0;
  for (double& v : t.values<double>()) v = f(++k);
  return g.constant(t);
}

/// Equal to `tolerance` relative to 1 + |expected|.
inline void expect_values(weft::Value found, const weft::Shape& shape,
                          const std::vector<double>& expected,
                          double tolerance = 1e-12) {
  const weft::Tensor t = weft::eval(found);
  REQUIRE(t.shape() == shape);
  REQUIRE(t.size() == static_cast<std::int64_t>(expected.size()));
  double worst = 0;
  for (std::int64_t i = 0; i < t.size(); ++i) {
    const double e = expected[static_cast<std::size_t>(i)];
    const double error = std::abs(t.at(i) - e) / (1 + std::abs(e));
    worst = std::isnan(error) ? HUGE_VAL : std::max(worst, error);
  }
  CHECK(worst < tolerance);
}
