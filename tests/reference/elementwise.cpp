#include <cmath>

#include "table.h"
#include "weft/elementary.h"
#include "weft/ops.h"

namespace reference {

namespace {

using Unary = Value (*)(Operand);
using Binary = Value (*)(Operand, Operand);

void add(Table& t, const char* name, Unary f) {
  t[name] = [f](const Arguments& a) { return Results{f(a[0])}; };
}
void add(Table& t, const char* name, Binary f) {
  t[name] = [f](const Arguments& a) { return Results{f(a[0], a[1])}; };
}

/// Both operands are the same value.
void add_self(Table& t, const char* name, Binary f) {
  t[name] = [f](const Arguments& a) { return Results{f(a[0], a[0])}; };
}

void add_functions(Table& t) {
  using namespace weft;  // NOLINT: a list of its functions
  add(t, "neg", [](Operand x) { return -x; });
  add(t, "abs", abs);
  add(t, "sign", sign);
  add(t, "sqrt", sqrt);
  add(t, "rsqrt", rsqrt);
  add(t, "square", square);
  add(t, "reciprocal", reciprocal);
  add(t, "exp", exp);
  add(t, "expm1", expm1);
  add(t, "log", log);
  add(t, "log1p", log1p);
  add(t, "sin", sin);
  add(t, "cos", cos);
  add(t, "tanh", tanh);
  add(t, "erf", erf);
  add(t, "sigmoid", sigmoid);
  add(t, "relu", relu);
  add(t, "selu", selu);
  add(t, "silu", silu);
  add(t, "mish", mish);
  add(t, "gelu_tanh", [](Operand x) { return gelu(x, Gelu::tanh); });
}

void add_more_functions(Table& t) {
  using namespace weft;  // NOLINT: a list of its functions
  add(t, "floor", floor);
  add(t, "ceil", ceil);
  add(t, "trunc", trunc);
  add(t, "frac", frac);
  add(t, "log2", log2);
  add(t, "log10", log10);
  add(t, "exp2", exp2);
  add(t, "tan", tan);
  add(t, "asin", asin);
  add(t, "acos", acos);
  add(t, "atan", atan);
  add(t, "sinh", sinh);
  add(t, "cosh", cosh);
  add(t, "asinh", asinh);
  add(t, "acosh", acosh);
  add(t, "atanh", atanh);
  add(t, "erfc", erfc);
  add(t, "erfinv", erfinv);
  add(t, "lgamma", lgamma);
  add(t, "digamma", digamma);
  add(t, "sinc", sinc);
  add(t, "relu6", relu6);
  add(t, "softsign", softsign);
  add(t, "hardsigmoid", hard_sigmoid);
  add(t, "hardswish", hard_swish);
  add(t, "tanhshrink", tanh_shrink);
  add(t, "logsigmoid", log_sigmoid);
  add(t, "logaddexp", logaddexp);
  add(t, "hypot", hypot);
  add(t, "atan2", atan2);
  add(t, "fmod", fmod);
  add(t, "remainder", remainder);
}

void add_pairs(Table& t) {
  using namespace weft;  // NOLINT: a list of its functions
  add(t, "mul", [](Operand a, Operand b) { return a * b; });
  add_self(t, "add_self", [](Operand a, Operand b) { return a + b; });
  add_self(t, "sub_self", [](Operand a, Operand b) { return a - b; });
  add_self(t, "mul_self", [](Operand a, Operand b) { return a * b; });
  add_self(t, "div_self", [](Operand a, Operand b) { return a / b; });
  add(t, "pow", pow);
  add(t, "maximum", maximum);
  add(t, "minimum", minimum);
  add(t, "squared_difference",
      [](Operand a, Operand b) { return square(a - b); });
}

void add_parametrised(Table& t) {
  t["polygamma"] = [](const Arguments& a) -> Results {
    return {weft::polygamma(a.integer("n"), a[0])};
  };
  t["hardshrink"] = [](const Arguments& a) -> Results {
    return {weft::hard_shrink(a[0], a.number("lambd", 0.5))};
  };
  t["softshrink"] = [](const Arguments& a) -> Results {
    return {weft::soft_shrink(a[0], a.number("lambd", 0.5))};
  };
  t["celu"] = [](const Arguments& a) -> Results {
    return {weft::celu(a[0], a.number("alpha", 1))};
  };
  t["threshold"] = [](const Arguments& a) -> Results {
    return {weft::threshold(a[0], a.number("threshold"), a.number("value"))};
  };
  t["glu"] = [](const Arguments& a) -> Results {
    return {weft::glu(a[0], a.integer("dim", -1))};
  };
  t["lerp"] = [](const Arguments& a) -> Results {
    if (a[2]) return {a[0] + a[2] * (a[1] - a[0])};
    return {a[0] + a.number("weight") * (a[1] - a[0])};
  };
  t["rsub"] = [](const Arguments& a) -> Results { return {a[1] - a[0]}; };
}

}  // namespace

void add_elementwise(Table& t) {
  add_functions(t);
  add_more_functions(t);
  add_pairs(t);
  add_parametrised(t);
  t["pow_scalar"] = [](const Arguments& a) -> Results {
    // A power that is no whole number is that of the magnitude there.
    const auto p = a.number("p");
    return {pow(p == std::floor(p) ? a[0] : weft::abs(a[0]), p)};
  };
  t["prelu"] = [](const Arguments& a) -> Results {
    // The slopes belong to axis 1.
    weft::Shape shape{a[1].shape()[0]};
    for (int i = 2; i < a[0].rank(); ++i) shape.push_back(1);
    return {weft::prelu(a[0], weft::reshape(a[1], shape))};
  };
  t["leaky_relu"] = [](const Arguments& a) -> Results {
    return {weft::leaky_relu(a[0], a.number("negative_slope", 0.01))};
  };
  t["elu"] = [](const Arguments& a) -> Results {
    return {weft::elu(a[0], a.number("alpha", 1))};
  };
  t["hardtanh"] = [](const Arguments& a) -> Results {
    return {
        weft::hard_tanh(a[0], a.number("min_val", -1), a.number("max_val", 1))};
  };
  t["where"] = [](const Arguments& a) -> Results {
    return {weft::where(a[0], a[1], a[2])};
  };
  t["where_nan_branch"] = [](const Arguments& a) -> Results {
    return {weft::where(weft::greater(a[0], 0), weft::log(a[0]), 0)};
  };
  t["masked_fill"] = [](const Arguments& a) -> Results {
    return {weft::where(a[1], a.number("value"), a[0])};
  };
  t["addcmul"] = [](const Arguments& a) -> Results {
    return {a[0] + a.number("value", 1) * a[1] * a[2]};
  };
  t["addcdiv"] = [](const Arguments& a) -> Results {
    return {a[0] + a.number("value", 1) * a[1] / a[2]};
  };
  t["dropout_given_mask"] = [](const Arguments& a) -> Results {
    return {weft::where(a[1], a[0] / (1 - a.number("p")), 0)};
  };
}

}  // namespace reference
