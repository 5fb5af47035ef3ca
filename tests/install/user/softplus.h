#pragma once

#include <weft/op.h>
#include <weft/ops.h>

#include <cmath>
#include <string_view>
#include <tuple>

namespace my {

/// ln(1 + e^(βx))/β, an op that Weft's registry does not bring.
struct Softplus {
  static constexpr std::string_view name = "my::softplus";
  double beta = 1;
  static constexpr auto fields() {
    return std::tuple{weft::field("beta", &Softplus::beta)};
  }

  weft::Type infer(const weft::Type& x) const { return x; }
  template <class T>
  void forward(weft::View<const T> x, weft::View<T> y) const {
    const T b = static_cast<T>(beta);
    for (std::int64_t i = 0; i < x.size(); ++i) {
      y[i] = std::log1p(std::exp(b * x[i])) / b;
    }
  }
  weft::Grads<1> vjp(weft::Value x, weft::Value, weft::Value dy) const {
    return {dy * weft::sigmoid(beta * x)};
  }
  static weft::Samples samples() {
    return {{weft::Shape{2, 3}}, {weft::Shape{0, 3}}};
  }
};

inline weft::Value softplus(weft::Value x, double beta = 1) {
  return weft::apply(Softplus{beta}, x);
}

}  // namespace my
