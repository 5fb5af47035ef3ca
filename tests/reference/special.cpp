// Functions of elements that Weft composes, or that have options there.

#include "weft/special.h"

#include <cmath>
#include <limits>
#include <numbers>

#include "table.h"
#include "weft/elementary.h"
#include "weft/ops.h"

namespace reference {

namespace {

using weft::where;

Value is_nan(Value x) { return weft::not_equal(x, x); }

Value whole(Value x, const std::string& mode) {
  if (mode == "floor") return weft::floor(x);
  if (mode == "trunc") return weft::trunc(x);
  throw std::runtime_error("unknown rounding mode " + mode);
}

/// −1 where the sign of x is minus, of zeros too.
Value sign_bit(Value x) {
  const Value minus = weft::logical_or(
      weft::less(x, 0), weft::less(1 / where(weft::equal(x, 0), x, 1), 0));
  return where(minus, -1.0 * weft::ones_like(x), 1);
}

void add_pairs(Table& t) {
  t["fmax"] = [](const Arguments& a) -> Results {
    const Value first =
        weft::logical_or(weft::greater_equal(a[0], a[1]), is_nan(a[1]));
    return {where(first, a[0], a[1])};
  };
  t["fmin"] = [](const Arguments& a) -> Results {
    const Value first =
        weft::logical_or(weft::less_equal(a[0], a[1]), is_nan(a[1]));
    return {where(first, a[0], a[1])};
  };
  t["copysign"] = [](const Arguments& a) -> Results {
    return {weft::abs(a[0]) * sign_bit(a[1])};
  };
  t["heaviside"] = [](const Arguments& a) -> Results {
    const Value one = weft::ones_like(a[1]);
    const Value sides = where(weft::greater(a[0], 0), one, 0);
    return {where(weft::equal(a[0], 0), a[1], sides)};
  };
  t["ldexp"] = [](const Arguments& a) -> Results {
    return {a[0] * weft::exp2(a[1])};
  };
  t["floor_divide"] = [](const Arguments& a) -> Results {
    return {weft::floor(a[0] / a[1])};
  };
  t["div"] = [](const Arguments& a) -> Results {
    const Value y = a[0] / a[1];
    if (!a.given("rounding_mode")) return {y};
    return {whole(y, a.text("rounding_mode", ""))};
  };
  t["add"] = [](const Arguments& a) -> Results {
    return {a.given("alpha") ? a[0] + a.number("alpha") * a[1] : a[0] + a[1]};
  };
  t["sub"] = [](const Arguments& a) -> Results {
    return {a.given("alpha") ? a[0] - a.number("alpha") * a[1] : a[0] - a[1]};
  };
}

void add_options(Table& t) {
  t["gelu_erf"] = [](const Arguments& a) -> Results {
    const bool tanh = a.text("approximate", "none") == "tanh";
    return {weft::gelu(a[0], tanh ? weft::Gelu::tanh : weft::Gelu::erf)};
  };
  t["gelu"] = t["gelu_erf"];
  t["softplus"] = [](const Arguments& a) -> Results {
    const double beta = a.number("beta", 1);
    const Value y = weft::softplus(a[0], beta);
    if (!a.given("threshold")) return {y};
    return {where(weft::greater(beta * a[0], a.number("threshold")), a[0], y)};
  };
  t["clip"] = [](const Arguments& a) -> Results {
    const double low = a.number("min", -HUGE_VAL);
    const double high = a.number("max", HUGE_VAL);
    if (low <= high) return {weft::clamp(a[0], low, high)};
    return {where(is_nan(a[0]), weft::stop_gradient(a[0]), high)};
  };
  t["clamp_tensor"] = [](const Arguments& a) -> Results {
    const Value x = where(weft::less(a[0], a[1]), a[1], a[0]);
    return {where(weft::greater(x, a[2]), a[2], x)};
  };
  t["rrelu_eval"] = [](const Arguments& a) -> Results {
    const double slope =
        (a.number("lower", 1. / 8) + a.number("upper", 1. / 3));
    return {weft::leaky_relu(a[0], slope / 2)};
  };
  t["rrelu"] = t["rrelu_eval"];
  t["nan_to_num"] = [](const Arguments& a) -> Results {
    const double most = a[0].dtype() == weft::DType::f32
                            ? double{std::numeric_limits<float>::max()}
                            : std::numeric_limits<double>::max();
    return {weft::nan_to_num(a[0], a.number("nan", 0), a.number("posinf", most),
                             a.number("neginf", -most))};
  };
  t["round"] = [](const Arguments& a) -> Results {
    if (!a.given("decimals")) return {weft::round(a[0])};
    const double scale = std::pow(10, a.number("decimals"));
    return {weft::round(a[0] * scale) / scale};
  };
  t["mvlgamma"] = [](const Arguments& a) -> Results {
    return {weft::mvlgamma(a[0], a.integer("p"))};
  };
  t["logit"] = [](const Arguments& a) -> Results {
    if (!a.given("eps")) return {weft::logit(a[0])};
    const double e = a.number("eps");
    return {weft::logit(weft::clamp(a[0], e, 1 - e))};
  };
}

void add_functions(Table& t) {
  auto add = [&t](const char* name, Value (*f)(Value)) {
    t[name] = [f](const Arguments& a) -> Results { return {f(a[0])}; };
  };
  add("deg2rad", [](Value x) { return x * (std::numbers::pi / 180); });
  add("rad2deg", [](Value x) { return x * (180 / std::numbers::pi); });
  add("positive", [](Value x) { return weft::copy(x); });
  add("identity", [](Value x) { return weft::copy(x); });
  add("ndtr", [](Value x) { return weft::ndtr(x); });
  add("log_ndtr", [](Value x) { return weft::log_ndtr(x); });
  add("ndtri", [](Value x) { return weft::ndtri(x); });
  add("erfcx", [](Value x) { return weft::erfcx(x); });
  add("i0", [](Value x) { return weft::bessel_i0(x); });
  add("i0e", [](Value x) { return weft::bessel_i0e(x); });
  add("i1", [](Value x) { return weft::bessel_i1(x); });
  add("i1e", [](Value x) { return weft::bessel_i1e(x); });
  add("entr", [](Value x) { return weft::entr(x); });
  add("isnan", is_nan);
  add("isinf", [](Value x) { return weft::equal(weft::abs(x), HUGE_VAL); });
  add("isposinf", [](Value x) { return weft::equal(x, HUGE_VAL); });
  add("isneginf", [](Value x) { return weft::equal(x, -HUGE_VAL); });
  add("signbit", [](Value x) { return weft::less(sign_bit(x), 0); });
  add("isfinite", [](Value x) { return weft::less(weft::abs(x), HUGE_VAL); });
  add("logical_not", [](Value x) { return weft::equal(x, 0); });
  add("abs2", [](Value x) { return weft::square(x); });
  add("cube", [](Value x) { return weft::pow(x, 3); });
}

}  // namespace

void add_comparisons(Table& t) {
  using Compare = Value (*)(Operand, Operand);
  auto add = [&t](const char* name, Compare f) {
    t[name] = [f](const Arguments& a) -> Results { return {f(a[0], a[1])}; };
  };
  add("eq", weft::equal);
  add("ne", weft::not_equal);
  add("lt", weft::less);
  add("le", weft::less_equal);
  add("gt", weft::greater);
  add("ge", weft::greater_equal);
  add("xlogy", weft::xlogy);
  add("logaddexp2", weft::logaddexp2);
  add("xlog1py", [](Operand x, Operand y) { return weft::xlogy(x, y + 1); });
  auto logical = [&t](const char* name, Compare f) {
    t[name] = [f](const Arguments& a) -> Results {
      auto truth = [](Value x) {
        return x.dtype() == weft::DType::boolean ? x : weft::not_equal(x, 0);
      };
      return {f(truth(a[0]), truth(a[1]))};
    };
  };
  logical("logical_and", weft::logical_and);
  logical("logical_or", weft::logical_or);
  logical("logical_xor", weft::logical_xor);
}

void add_special(Table& t) {
  add_pairs(t);
  add_options(t);
  add_functions(t);
}

}  // namespace reference
