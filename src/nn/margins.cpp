// Costs of classes that should be ahead of others by a margin.

#include "src/nn/check_costs.h"
#include "weft/costs.h"
#include "weft/graph.h"
#include "weft/indexing.h"
#include "weft/statistics.h"

namespace weft {

namespace {

std::int64_t classes_of(const Operand& logits, const char* cost) {
  const Shape& s = logits.value.shape();
  if (s.rank() > 0 && !s[s.rank() - 1].is_symbolic()) {
    return s.dim(s.rank() - 1);
  }
  throw ShapeError("[" + std::string(cost) + "] logits are " + to_string(s) +
                   "; they must end with a number of classes" +
                   at_line(logits.at));
}

}  // namespace

Value multi_margin(Operand logits, Operand labels,
                   const MarginOptions& options) {
  const CallScope call(logits);
  detail::check_labels(logits, labels, "multi_margin");
  const std::int64_t n = classes_of(logits, "multi_margin");
  if (options.power != 1 && options.power != 2) {
    throw GraphError("[multi_margin] the power is " +
                     std::to_string(options.power) + "; it must be 1 or 2" +
                     at_line(logits.at));
  }
  const Value own = unsqueeze(pick(logits, labels), -1);
  Value lack = relu(options.margin - own + logits.value);
  if (options.power == 2) lack = square(lack);
  if (options.weights) {
    lack = lack * unsqueeze(gather(options.weights, labels), -1);
  }
  const Value is_own = one_hot(labels, n, lack.dtype());
  return sum(where(equal(is_own, 0), lack, 0), {-1}) / static_cast<double>(n);
}

Value multilabel_margin(Operand logits, Operand labels) {
  const CallScope call(logits);
  const Shape &z = logits.value.shape(), &y = labels.value.shape();
  if (z.rank() != 2 || y.rank() != 2 || z[0] != y[0] || y[1].is_symbolic()) {
    throw ShapeError("[multilabel_margin] logits are " + to_string(z) +
                     ", labels " + to_string(y) +
                     "; they must be (n, classes) and (n, k)" +
                     at_line(logits.at));
  }
  const std::int64_t n = classes_of(logits, "multilabel_margin");
  const DType t = logits.value.dtype();
  const Value counts = cumprod(cast(greater_equal(labels, 0), t), 1);
  const Value label = where(greater(counts, 0), labels, 0);
  const Value chosen =
      max(one_hot(label, n, t) * unsqueeze(counts, -1), {1}, true);
  const Value own = unsqueeze(take_along(logits, label, 1), -1);
  const Value lack = relu(1 - own + unsqueeze(logits, 1));
  const Value pairs = lack * unsqueeze(counts, -1) * (1 - chosen);
  return sum(pairs, {1, 2}) / static_cast<double>(n);
}

}  // namespace weft
