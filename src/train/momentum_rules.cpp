#include "weft/momentum_rules.h"

#include <cmath>
#include <numbers>

#include "weft/graph.h"
#include "weft/initializers.h"

namespace weft {

namespace {

/// A number in f64 that is kept beside the parameter, at first `value`.
Value number(Value w, const char* name, double value) {
  return w.graph().buffer(w.path() + "/" + name, {},
                          initializers::constant(value)({}, DType::f64),
                          DType::f64);
}

/// The number of the step, from 1.
Value step_number(UpdateContext& c, Value w) {
  const Value slot = number(w, "step", 0);
  return c.update(slot, slot + 1);
}

}  // namespace

Value Nadam::operator()(UpdateContext& c, Value w, Value g) const {
  const Value first = c.slot("m"), second = c.slot("v");
  const Value m = c.update(first, beta1 * first + (1 - beta1) * g);
  const Value v = c.update(second, beta2 * second + (1 - beta2) * square(g));
  // The momentum of step t rises from β₁/2 to β₁.
  auto coefficient = [&](const Value& t) {
    return beta1 * (1 - 0.5 * exp(t * (momentum_decay * std::log(0.96))));
  };
  const Value t = step_number(c, w);
  const Value now = coefficient(t), next = coefficient(t + 1);
  const Value slot = number(w, "momentum_product", 1);
  const Value product = c.update(slot, slot * now);
  const Value following = product * (counted_twice ? now * next : next);
  const Value of_g = cast((1 - now) / (1 - product), w.dtype());
  const Value of_m = cast(next / (1 - following), w.dtype());
  const Value root = sqrt(v) * (1 / sqrt(c.bias_correction(beta2)));
  return w - c.rate() * ((of_g * g + of_m * m) / (root + epsilon));
}

Value CycledMomentum::operator()(UpdateContext& c, Value w, Value g) const {
  // Half a cosine down to the turn, and half a one up from it.
  const Value k = step_number(c, w) - 1;
  const double turn = rise * length - 1, rest = length - 1 - turn;
  const Value down = cos(k * (std::numbers::pi / turn));
  const Value up = cos(minimum((k - turn) / rest, 1) * std::numbers::pi);
  const Value height = where(less_equal(k, turn), 1 + down, 1 - up) / 2;
  const Value m = cast(least + (most - least) * height, w.dtype());
  const Value slot = c.slot("velocity");
  const Value v = c.update(slot, m * slot + g);
  return w - c.rate() * (nesterov ? g + m * v : v);
}

}  // namespace weft
