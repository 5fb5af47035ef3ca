// Costs of single elements.

#include <cmath>
#include <numbers>

#include "src/nn/check_costs.h"
#include "weft/costs.h"
#include "weft/graph.h"

namespace weft {

using detail::check_same;

namespace {

void check_at_least_0(double x, std::string_view what, const Operand& a) {
  if (x >= 0) return;
  throw GraphError("[" + std::string(what) + "] is " + std::to_string(x) +
                   "; it must be at least 0" + at_line(a.at));
}

/// ln x, but not below −100; no gradient passes there.
Value limited_log(Value x) {
  const Value counts = greater(x, std::exp(-100.0));
  return where(counts, log(where(counts, x, 1)), -100);
}

}  // namespace

Value absolute_error(Operand a, Operand y) {
  const CallScope call(a);
  check_same(a, y, "absolute_error");
  return abs(a - y);
}

Value smooth_l1(Operand a, Operand y, double beta) {
  const CallScope call(a);
  check_same(a, y, "smooth_l1");
  check_at_least_0(beta, "smooth_l1: beta", a);
  const Value d = abs(a - y);
  if (beta == 0) return d;
  return where(less(d, beta), square(d) / (2 * beta), d - 0.5 * beta);
}

Value soft_margin(Operand a, Operand y) {
  const CallScope call(a);
  check_same(a, y, "soft_margin");
  return softplus(-(y.value * a.value));
}

Value hinge_embedding(Operand d, Operand y, double margin) {
  const CallScope call(d);
  check_same(d, y, "hinge_embedding");
  return where(greater(y, 0), d, relu(margin - d.value));
}

Value margin_ranking(Operand a, Operand b, Operand y, double margin) {
  const CallScope call(a);
  check_same(a, b, "margin_ranking");
  check_same(a, y, "margin_ranking");
  return relu(margin - y.value * (a.value - b.value));
}

Value binary_cross_entropy_of(Operand a, Operand y) {
  const CallScope call(a);
  check_same(a, y, "binary_cross_entropy_of");
  return -(y.value * limited_log(a.value) +
           (1 - y.value) * limited_log(1 - a.value));
}

Value binary_cross_entropy(Operand logits, Operand y, Operand positive_weight) {
  const CallScope call(logits);
  check_same(logits, y, "binary_cross_entropy");
  // −ln σ(z) = ln(1 + e^−z), −ln(1 − σ(z)) = ln(1 + e^z).
  const Value z = logits.value;
  return positive_weight * (y.value * softplus(-z)) +
         (1 - y.value) * softplus(z);
}

Value focal_cost(Operand logits, Operand y, double gamma, double alpha) {
  const CallScope call(logits);
  check_same(logits, y, "focal_cost");
  check_at_least_0(gamma, "focal_cost: gamma", logits);
  // u is the logit of the truth: p_t = σ(u), and ln(1 − p_t) = −softplus(u).
  const Value u = logits.value * (2 * y.value - 1);
  Value cost = softplus(-u);
  if (gamma != 0) cost = exp(-gamma * softplus(u)) * cost;
  if (alpha < 0) return cost;
  return (alpha * y.value + (1 - alpha) * (1 - y.value)) * cost;
}

Value relative_entropy(Operand log_q, Operand p) {
  const CallScope call(log_q);
  check_same(log_q, p, "relative_entropy");
  const Value some = greater(p, 0);
  const Value log_p = log(where(some, p, 1));
  return where(some, p.value * (log_p - log_q.value), 0);
}

Value relative_entropy_of_logs(Operand log_q, Operand log_p) {
  const CallScope call(log_q);
  check_same(log_q, log_p, "relative_entropy_of_logs");
  return exp(log_p) * (log_p.value - log_q.value);
}

Value poisson_cost(Operand prediction, Operand y,
                   const PoissonOptions& options) {
  const CallScope call(prediction);
  check_same(prediction, y, "poisson_cost");
  const Value a = prediction.value;
  Value cost = options.of_log ? exp(a) - y.value * a
                              : a - y.value * log(a + options.epsilon);
  if (!options.full) return cost;
  const Value many = greater(y, 1);
  const Value n = where(many, y, 1);
  const Value stirling = n * log(n) - n + 0.5 * log(2 * std::numbers::pi * n);
  return cost + where(many, stirling, 0);
}

Value gaussian_cost(Operand mean, Operand y, Operand variance,
                    const GaussianOptions& options) {
  const CallScope call(mean);
  check_same(mean, y, "gaussian_cost");
  // The limit changes the value alone, so that a variance below it can grow.
  const Value given = variance.value;
  const Value v =
      given + stop_gradient(maximum(given, options.epsilon) - given);
  const Value cost = 0.5 * (log(v) + square(y.value - mean.value) / v);
  return options.full ? cost + 0.5 * std::log(2 * std::numbers::pi) : cost;
}

}  // namespace weft
