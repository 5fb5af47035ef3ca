#include "weft/optimizers.h"

namespace weft {

Value Sgd::operator()(UpdateContext& c, Value w, Value g) const {
  return w - c.rate() * g;
}

Value Momentum::operator()(UpdateContext& c, Value w, Value g) const {
  const Value slot = c.slot("velocity");
  const Value v = c.update(slot, momentum * slot + g);
  return w - c.rate() * (nesterov ? g + momentum * v : v);
}

Value Adagrad::operator()(UpdateContext& c, Value w, Value g) const {
  const Value slot = c.slot("square_sum", initial);
  const Value s = c.update(slot, slot + square(g));
  return w - c.rate() * (g / (sqrt(s) + epsilon));
}

Value Adadelta::operator()(UpdateContext& c, Value w, Value g) const {
  const Value squares = c.slot("square_average");
  const Value steps = c.slot("step_average");
  const Value s = c.update(squares, rho * squares + (1 - rho) * square(g));
  const Value d = sqrt(steps + epsilon) / sqrt(s + epsilon) * g;
  c.update(steps, rho * steps + (1 - rho) * square(d));
  return w - c.rate() * d;
}

Value RmsProp::operator()(UpdateContext& c, Value w, Value g) const {
  const Value slot = c.slot("square_average");
  const Value s = c.update(slot, alpha * slot + (1 - alpha) * square(g));
  const Value d = g / (sqrt(s) + epsilon);
  if (momentum == 0) return w - c.rate() * d;
  const Value velocity = c.slot("velocity");
  return w - c.rate() * c.update(velocity, momentum * velocity + d);
}

Value Adam::operator()(UpdateContext& c, Value w, Value g) const {
  const Value first = c.slot("m"), second = c.slot("v");
  const Value m = c.update(first, beta1 * first + (1 - beta1) * g);
  const Value v = c.update(second, beta2 * second + (1 - beta2) * square(g));
  const Value scale = c.rate() / c.bias_correction(beta1);
  const Value root = 1 / sqrt(c.bias_correction(beta2));
  return w - scale * (m / (sqrt(v) * root + epsilon));
}

Value AdamW::operator()(UpdateContext& c, Value w, Value g) const {
  const Adam adam{learning_rate, beta1, beta2, epsilon};
  const bool decays = decay_all || w.rank() >= 2;
  const Value kept = decays ? w * (1 - c.rate() * weight_decay) : w;
  return adam(c, kept, g);
}

}  // namespace weft
