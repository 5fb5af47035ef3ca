#include "weft/elementary.h"

#include <cmath>
#include <limits>
#include <numbers>

#include "weft/error.h"
#include "weft/graph.h"
#include "weft/ops.h"

namespace weft {

Value log2(Operand x) {
  const CallScope call(x);
  return log(x) * (1 / std::numbers::ln2);
}

Value log10(Operand x) {
  const CallScope call(x);
  return log(x) * (1 / std::numbers::ln10);
}

Value exp2(Operand x) {
  const CallScope call(x);
  return exp(x.value * std::numbers::ln2);
}

Value logaddexp(Operand a, Operand b) {
  const CallScope call(a);
  // Any shift gives the same value and derivatives.
  const Value top = stop_gradient(maximum(a, b));
  const Value shift = where(equal(abs(top), HUGE_VAL), 0, top);
  return log(exp(a.value - shift) + exp(b.value - shift)) + shift;
}

Value logaddexp2(Operand a, Operand b) {
  const CallScope call(a);
  return logaddexp(a.value * std::numbers::ln2, b.value * std::numbers::ln2) *
         (1 / std::numbers::ln2);
}

Value xlogy(Operand x, Operand y) {
  const CallScope call(x);
  // NaN is no number at most 0, and stays.
  const Value none = logical_and(
      equal(x, 0), logical_or(less_equal(y, 0), equal(y, HUGE_VAL)));
  return where(none, 0, x.value * log(where(none, 1, y)));
}

Value logit(Operand x) {
  const CallScope call(x);
  const Value inside = logical_and(greater_equal(x, 0), less_equal(x, 1));
  const Value y = x.value * where(inside, ones_like(x), NAN);
  return log(y) - log1p(-y);
}

Value hypot(Operand a, Operand b) {
  const CallScope call(a);
  const Value top = stop_gradient(maximum(abs(a), abs(b)));
  const Value scale =
      where(logical_or(equal(top, 0), equal(top, HUGE_VAL)), 1, top);
  return scale * sqrt(square(a.value / scale) + square(b.value / scale));
}

/// sin(πx)/(πx) = Σ (−1)ᵏ(πx)²ᵏ/(2k+1)!; by the series near 0, where the
/// quotient's derivatives lose all digits.
Value sinc(Operand x) {
  const CallScope call(x);
  const Value z = std::numbers::pi * x.value;
  const Value near = less(abs(z), 1);
  const Value t = square(where(near, z, 0));
  Value series = zeros_like(t) + 1;
  for (int k = 12; k >= 1; --k) {
    series = 1 - t * series * (1.0 / (2 * k * (2 * k + 1)));
  }
  const Value far = where(near, 1, z);
  return where(near, series, sin(far) / far);
}

Value nan_to_num(Operand x, double nan) {
  const double most = x.value.dtype() == DType::f32
                          ? std::numeric_limits<float>::max()
                          : std::numeric_limits<double>::max();
  return nan_to_num(x, nan, most, -most);
}

Value nan_to_num(Operand x, double nan, double inf, double minus_inf) {
  const CallScope call(x);
  const Value v = x.value;
  const Value top = where(equal(v, HUGE_VAL), inf, v);
  const Value both = where(equal(v, -HUGE_VAL), minus_inf, top);
  return where(equal(v, v), both, nan);
}

Value hard_tanh(Operand x, double low, double high) {
  const CallScope call(x);
  if (!(low <= high)) {
    throw GraphError("[hard_tanh] low " + std::to_string(low) +
                     " is above high " + std::to_string(high) + at_line(x.at));
  }
  const Value above = where(less_equal(x, low), low, x);
  return where(greater_equal(x, high), high, above);
}

Value relu6(Operand x) { return hard_tanh(x, 0, 6); }

Value tanh_shrink(Operand x) {
  const CallScope call(x);
  return x.value - tanh(x);
}

Value softsign(Operand x) {
  const CallScope call(x);
  return x.value / (1 + abs(x));
}

Value log_sigmoid(Operand x) {
  const CallScope call(x);
  return -softplus(-x.value);
}

Value celu(Operand x, double alpha) {
  const CallScope call(x);
  if (!(alpha > 0)) {
    throw GraphError("[celu] alpha must be positive, not " +
                     std::to_string(alpha) + at_line(x.at));
  }
  // What is positive is exact, and does not overflow.
  return where(greater(x, 0), x, alpha * elu(x.value * (1 / alpha)));
}

Value threshold(Operand x, double limit, double value) {
  const CallScope call(x);
  return where(less_equal(x, limit), value, x);
}

Value glu(Operand x, std::int64_t axis) {
  const CallScope call(x);
  const Dim d = x.value.shape()[normalize_axis(axis, x.value.rank(), "glu")];
  if (d.is_symbolic() || d.size() % 2 != 0) {
    throw ShapeError("[glu] axis " + std::to_string(axis) + " of " +
                     to_string(x.value.shape()) + " has no two halves" +
                     at_line(x.at));
  }
  const std::int64_t half = d.size() / 2;
  return slice(x, axis, 0, half) * sigmoid(slice(x, axis, half));
}

}  // namespace weft
