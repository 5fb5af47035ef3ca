#include "weft/adaptive.h"

#include <cmath>

namespace weft {

namespace {

/// The number of this step, from 1, by the powers that the context knows.
Value step_number(UpdateContext& c) {
  constexpr double kBase = 0.999;
  return log(1 - c.bias_correction(kBase)) * (1 / std::log(kBase));
}

struct Moments {
  Value m, v;
};

Moments moments(UpdateContext& c, Value g, double beta1, double beta2) {
  const Value first = c.slot("m"), second = c.slot("v");
  return {c.update(first, beta1 * first + (1 - beta1) * g),
          c.update(second, beta2 * second + (1 - beta2) * square(g))};
}

}  // namespace

Value DampenedMomentum::operator()(UpdateContext& c, Value w, Value g) const {
  const Value slot = c.slot("velocity");
  const Value later = momentum * slot + (1 - dampening) * g;
  const Value first = less(step_number(c), 1.5);
  return w - c.rate() * c.update(slot, where(first, g, later));
}

Value CenteredRmsProp::operator()(UpdateContext& c, Value w, Value g) const {
  const Value squares = c.slot("square_average"), means = c.slot("average");
  const Value s = c.update(squares, alpha * squares + (1 - alpha) * square(g));
  const Value mean = c.update(means, alpha * means + (1 - alpha) * g);
  const Value d = g / (sqrt(s - square(mean)) + epsilon);
  if (momentum == 0) return w - c.rate() * d;
  const Value velocity = c.slot("velocity");
  return w - c.rate() * c.update(velocity, momentum * velocity + d);
}

Value DecayingAdagrad::operator()(UpdateContext& c, Value w, Value g) const {
  const Value slot = c.slot("square_sum", initial);
  const Value s = c.update(slot, slot + square(g));
  const Value rate = c.rate() / (1 + rate_decay * (step_number(c) - 1));
  return w - rate * (g / (sqrt(s) + epsilon));
}

Value AmsGrad::operator()(UpdateContext& c, Value w, Value g) const {
  const auto [m, v] = moments(c, g, beta1, beta2);
  const Value slot = c.slot("greatest_v");
  const Value top = c.update(slot, maximum(slot, v));
  const Value root = sqrt(top) * (1 / sqrt(c.bias_correction(beta2)));
  return w - c.rate() / c.bias_correction(beta1) * (m / (root + epsilon));
}

Value Adamax::operator()(UpdateContext& c, Value w, Value g) const {
  const Value first = c.slot("m"), greatest = c.slot("u");
  const Value m = c.update(first, beta1 * first + (1 - beta1) * g);
  const Value u =
      c.update(greatest, maximum(beta2 * greatest, abs(g) + epsilon));
  return w - c.rate() / c.bias_correction(beta1) * (m / u);
}

Value Radam::operator()(UpdateContext& c, Value w, Value g) const {
  const auto [m, v] = moments(c, g, beta1, beta2);
  const Value correction = c.bias_correction(beta2);
  const double most = 2 / (1 - beta2) - 1;
  const Value t = step_number(c);
  const Value length = most - 2 * t * (1 - correction) / correction;
  const Value trusted = greater(length, 5);
  const Value r = where(trusted, length, 6);
  const Value factor =
      sqrt((r - 4) * (r - 2) * (most / ((most - 4) * (most - 2))) / r);
  const Value scale = factor * sqrt(correction) / (sqrt(v) + epsilon);
  return w - c.rate() / c.bias_correction(beta1) * m * where(trusted, scale, 1);
}

Value Rprop::operator()(UpdateContext& c, Value w, Value g) const {
  const Value before = c.slot("gradient"), steps = c.slot("step", -1);
  const Value first = less(steps, 0);
  const Value turn = sign(g * before);
  const Value factor = where(greater(turn, 0), grow,
                             where(less(turn, 0), shrink, ones_like(turn)));
  const Value step = c.update(
      steps, clamp(where(first, c.rate() * ones_like(g), steps) * factor, least,
                   most));
  const Value kept = c.update(before, where(less(turn, 0), 0, g));
  return w - sign(kept) * step;
}

}  // namespace weft
