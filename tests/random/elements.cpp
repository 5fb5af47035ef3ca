#include "elements.h"

#include <cmath>
#include <map>
#include <numbers>

#include "special_functions.h"

namespace random_graphs {

namespace {

using In = const std::vector<Number>&;
using At = const std::vector<weft::Attribute>&;

Number number(At attributes, std::string_view name) {
  for (const weft::Attribute& a : attributes) {
    if (a.name == name) return std::get<double>(a.value);
  }
  return 0;
}

Number truth(bool holds) { return holds ? 1 : 0; }

Number greater_of(Number a, Number b) {
  return std::isnan(a) || std::isnan(b) ? NAN : std::max(a, b);
}

Number softplus(Number x, Number beta) {
  const Number t = beta * x;
  return (std::max(t, Number(0)) + std::log1p(std::exp(-std::abs(t)))) / beta;
}

Number elu(Number x, Number alpha, Number scale) {
  return scale * (x > 0 ? x : alpha * std::expm1(x));
}

Number gelu(Number x) { return x * std::erfc(-x / std::sqrt(Number(2))) / 2; }

Number gelu_tanh(Number x) {
  const Number c = std::sqrt(2 / std::numbers::pi_v<Number>);
  const Number t = std::tanh(c * (x + Number(0.044715L) * x * x * x));
  return x / 2 * (1 + t);
}

/// With the sign of b.
Number remainder(Number a, Number b) {
  const Number r = std::fmod(a, b);
  return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

Number hard_swish_slope(Number x) {
  if (x <= -3) return 0;
  return x >= 3 ? 1 : (2 * x + 3) / 6;
}

Number soft_shrink(Number x, Number lambda) {
  if (std::abs(x) > lambda) return x > 0 ? x - lambda : x + lambda;
  return 0 * x;
}

Number sign(Number x) {
  return std::isnan(x) ? x : static_cast<Number>((x > 0) - (x < 0));
}

Number clamped(Number x, Number low, Number high) {
  return std::isnan(x) ? x : std::min(std::max(x, low), high);
}

const std::map<std::string_view, ElementFn>& table() {
  static const std::map<std::string_view, ElementFn> functions = {
      {"add", [](In x, At) { return x[0] + x[1]; }},
      {"subtract", [](In x, At) { return x[0] - x[1]; }},
      {"multiply", [](In x, At) { return x[0] * x[1]; }},
      {"divide", [](In x, At) { return x[0] / x[1]; }},
      {"negative", [](In x, At) { return -x[0]; }},
      {"multiply_add", [](In x, At) { return x[0] * x[1] + x[2]; }},
      {"subtract_product", [](In x, At) { return x[2] - x[0] * x[1]; }},
      {"cast", [](In x, At) { return x[0]; }},
      {"copy", [](In x, At) { return x[0]; }},
      {"stop_gradient", [](In x, At) { return x[0]; }},
      {"straight_through", [](In x, At) { return x[1]; }},
      {"reverse_gradient", [](In x, At) { return x[0]; }},
      {"abs", [](In x, At) { return std::abs(x[0]); }},
      {"sign", [](In x, At) { return sign(x[0]); }},
      {"square", [](In x, At) { return x[0] * x[0]; }},
      {"sqrt", [](In x, At) { return std::sqrt(x[0]); }},
      {"rsqrt", [](In x, At) { return 1 / std::sqrt(x[0]); }},
      {"reciprocal", [](In x, At) { return 1 / x[0]; }},
      {"pow", [](In x, At) { return std::pow(x[0], x[1]); }},
      {"exp", [](In x, At) { return std::exp(x[0]); }},
      {"expm1", [](In x, At) { return std::expm1(x[0]); }},
      {"log", [](In x, At) { return std::log(x[0]); }},
      {"log1p", [](In x, At) { return std::log1p(x[0]); }},
      {"sin", [](In x, At) { return std::sin(x[0]); }},
      {"cos", [](In x, At) { return std::cos(x[0]); }},
      {"tan", [](In x, At) { return std::tan(x[0]); }},
      {"asin", [](In x, At) { return std::asin(x[0]); }},
      {"acos", [](In x, At) { return std::acos(x[0]); }},
      {"atan", [](In x, At) { return std::atan(x[0]); }},
      {"atan2", [](In x, At) { return std::atan2(x[0], x[1]); }},
      {"sinh", [](In x, At) { return std::sinh(x[0]); }},
      {"cosh", [](In x, At) { return std::cosh(x[0]); }},
      {"tanh", [](In x, At) { return std::tanh(x[0]); }},
      {"asinh", [](In x, At) { return std::asinh(x[0]); }},
      {"acosh", [](In x, At) { return std::acosh(x[0]); }},
      {"atanh", [](In x, At) { return std::atanh(x[0]); }},
      {"erf", [](In x, At) { return std::erf(x[0]); }},
      {"erfc", [](In x, At) { return std::erfc(x[0]); }},
      {"erfcx", [](In x, At) { return exact::erfcx(x[0]); }},
      {"ndtri", [](In x, At) { return exact::ndtri(x[0]); }},
      {"bessel_i0", [](In x, At) { return exact::bessel<0>(x[0]); }},
      {"bessel_i1", [](In x, At) { return exact::bessel<1>(x[0]); }},
      {"bessel_i0e", [](In x, At) { return exact::scaled_bessel<0>(x[0]); }},
      {"bessel_i1e", [](In x, At) { return exact::scaled_bessel<1>(x[0]); }},
      {"sigmoid", [](In x, At) { return 1 / (1 + std::exp(-x[0])); }},
      {"softplus",
       [](In x, At a) { return softplus(x[0], number(a, "beta")); }},
      {"relu",
       [](In x, At) { return x[0] > 0 || std::isnan(x[0]) ? x[0] : 0; }},
      {"leaky_relu",
       [](In x, At a) { return x[0] > 0 ? x[0] : number(a, "slope") * x[0]; }},
      {"prelu", [](In x, At) { return x[0] > 0 ? x[0] : x[1] * x[0]; }},
      {"elu",
       [](In x, At a) {
         return elu(x[0], number(a, "alpha"), number(a, "scale"));
       }},
      {"gelu", [](In x, At) { return gelu(x[0]); }},
      {"gelu_tanh", [](In x, At) { return gelu_tanh(x[0]); }},
      {"lgamma", [](In x, At) { return std::lgamma(x[0]); }},
      {"maximum", [](In x, At) { return greater_of(x[0], x[1]); }},
      {"minimum", [](In x, At) { return -greater_of(-x[0], -x[1]); }},
      {"hard_sigmoid", [](In x, At) { return clamped(x[0] + 3, 0, 6) / 6; }},
      {"hard_swish",
       [](In x, At) { return x[0] * (clamped(x[0] + 3, 0, 6) / 6); }},
      {"hard_swish_slope", [](In x, At) { return hard_swish_slope(x[0]); }},
      {"hard_shrink",
       [](In x, At a) {
         return std::abs(x[0]) <= number(a, "lambda") ? 0 : x[0];
       }},
      {"soft_shrink",
       [](In x, At a) { return soft_shrink(x[0], number(a, "lambda")); }},
      {"clamp",
       [](In x, At a) {
         return clamped(x[0], number(a, "low"), number(a, "high"));
       }},
      {"where", [](In x, At) { return x[0] != 0 ? x[1] : x[2]; }},
      {"choose_less", [](In x, At) { return x[0] < x[1] ? x[2] : x[3]; }},
      {"choose_less_equal",
       [](In x, At) { return x[0] <= x[1] ? x[2] : x[3]; }},
      {"choose_equal", [](In x, At) { return x[0] == x[1] ? x[2] : x[3]; }},
      {"equal", [](In x, At) { return truth(x[0] == x[1]); }},
      {"not_equal", [](In x, At) { return truth(x[0] != x[1]); }},
      {"less", [](In x, At) { return truth(x[0] < x[1]); }},
      {"less_equal", [](In x, At) { return truth(x[0] <= x[1]); }},
      {"greater", [](In x, At) { return truth(x[0] > x[1]); }},
      {"greater_equal", [](In x, At) { return truth(x[0] >= x[1]); }},
      {"logical_and", [](In x, At) { return truth(x[0] != 0 && x[1] != 0); }},
      {"logical_or", [](In x, At) { return truth(x[0] != 0 || x[1] != 0); }},
      {"logical_xor", [](In x, At) { return truth(x[0] != x[1]); }},
      {"logical_not", [](In x, At) { return truth(x[0] == 0); }},
      {"floor", [](In x, At) { return std::floor(x[0]); }},
      {"ceil", [](In x, At) { return std::ceil(x[0]); }},
      {"trunc", [](In x, At) { return std::trunc(x[0]); }},
      {"round", [](In x, At) { return std::nearbyint(x[0]); }},
      {"fmod", [](In x, At) { return std::fmod(x[0], x[1]); }},
      {"remainder", [](In x, At) { return remainder(x[0], x[1]); }},
  };
  return functions;
}

}  // namespace

ElementFn element_function(std::string_view op) {
  const auto found = table().find(op);
  return found == table().end() ? nullptr : found->second;
}

}  // namespace random_graphs
