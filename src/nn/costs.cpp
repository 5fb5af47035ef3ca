#include "src/nn/check_costs.h"
#include "weft/error.h"
#include "weft/graph.h"
#include "weft/nn.h"

namespace weft {

namespace detail {

void check_labels(const Operand& x, const Operand& labels,
                  std::string_view cost) {
  Shape rows;
  for (int i = 0; i + 1 < x.value.rank(); ++i) {
    rows.push_back(x.value.shape()[i]);
  }
  if (x.value.rank() == 0 || rows != labels.value.shape()) {
    throw ShapeError("[" + std::string(cost) + "] logits " +
                     to_string(x.value.shape()) + " need labels " +
                     to_string(rows) + ", not " +
                     to_string(labels.value.shape()) + at_line(x.at));
  }
  if (is_floating(labels.value.dtype()) ||
      labels.value.dtype() == DType::boolean) {
    throw TypeError(
        "[" + std::string(cost) + "] labels must be i32 or i64, not " +
        std::string(to_string(labels.value.dtype())) +
        "; did you mean softmax_cross_entropy_with?" + at_line(x.at));
  }
}

}  // namespace detail

using detail::check_labels, detail::check_same;

Value mean_squared_error(Operand a, Operand y) {
  const CallScope call(a);
  check_same(a, y, "mean_squared_error");
  return mean(square(a - y));
}

Value negative_log_likelihood(Operand log_probabilities, Operand labels) {
  const CallScope call(log_probabilities);
  check_labels(log_probabilities, labels, "negative_log_likelihood");
  return -pick(log_probabilities, labels);
}

Value softmax_cross_entropy(Operand logits, Operand labels) {
  const CallScope call(logits);
  check_labels(logits, labels, "softmax_cross_entropy");
  return -pick(Operand(log_softmax(logits), logits.at), labels);
}

Value softmax_cross_entropy_with(Operand logits, Operand targets) {
  const CallScope call(logits);
  check_same(logits, targets, "softmax_cross_entropy_with");
  return -sum(targets.value * log_softmax(logits), {-1});
}

Value binary_cross_entropy(Operand logits, Operand y) {
  const CallScope call(logits);
  check_same(logits, y, "binary_cross_entropy");
  // ln(1 + e^z) − y·z, with the first term stable by softplus.
  return softplus(logits) - y.value * logits.value;
}

Value huber(Operand a, Operand y, double delta) {
  const CallScope call(a);
  check_same(a, y, "huber");
  const Value d = abs(a - y);
  return where(less_equal(d, delta), 0.5 * square(d),
               delta * (d - 0.5 * delta));
}

Value hinge(Operand a, Operand y) {
  const CallScope call(a);
  check_same(a, y, "hinge");
  return relu(1 - y.value * a.value);
}

Value kl_divergence(Operand log_q, Operand p) {
  const CallScope call(log_q);
  check_same(log_q, p, "kl_divergence");
  const Value some = greater(p, 0);
  const Value log_p = log(where(some, p, 1));
  return sum(where(some, p.value * (log_p - log_q.value), 0), {-1});
}

}  // namespace weft
