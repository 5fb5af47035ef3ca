#pragma once

// Layers beside what PyTorch computed from the same patterns.

#include <cmath>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "catch.h"
#include "weft/weft.h"

namespace torch_values {

using Numbers = std::vector<double>;

/// Lines of a name, a count and as many numbers.
inline std::map<std::string, Numbers> read(const std::string& file) {
  std::map<std::string, Numbers> values;
  std::ifstream in(WEFT_SOURCE_DIR "/tests/nn/torch/" + file);
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields(line);
    std::string name;
    std::size_t count = 0;
    fields >> name >> count;
    Numbers& v = values[name];
    v.resize(count);
    for (double& x : v) fields >> x;
  }
  return values;
}

/// 0.4·sin(0.7·k + salt) for element k.
inline weft::Tensor pattern(const weft::Shape& shape, double salt) {
  weft::Tensor t(weft::DType::f64, shape);
  double k = 0;
  for (double& x : t.values<double>()) x = 0.4 * std::sin(0.7 * k++ + salt);
  return t;
}

inline void compare(const std::string& name, const Numbers& expected,
                    const Numbers& found) {
  INFO(name);
  REQUIRE(found.size() == expected.size());
  double worst = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double error = std::abs(found[i] - expected[i]);
    worst = std::isnan(error) ? HUGE_VAL : std::max(worst, error);
  }
  CHECK(worst < 1e-13);
}

/// t, or its transpose.
inline weft::Tensor turned(const weft::Tensor& t, bool turn) {
  if (!turn) return t;
  weft::Tensor made(t.dtype(), {t.dim(1), t.dim(0)});
  for (std::int64_t i = 0; i < t.dim(0); ++i) {
    for (std::int64_t j = 0; j < t.dim(1); ++j) {
      made.data<double>()[j * t.dim(0) + i] = t.at(i * t.dim(1) + j);
    }
  }
  return made;
}

inline void append(Numbers& to, const weft::Tensor& t) {
  const auto v = t.values<double>();
  to.insert(to.end(), v.begin(), v.end());
}

}  // namespace torch_values
