// Costs of rows: of vectors that are compared, and of classes that count
// differently.

#include "src/nn/check_costs.h"
#include "weft/costs.h"
#include "weft/graph.h"

namespace weft {

using detail::check_labels, detail::check_same;

namespace {

/// y has a number for each row of a.
void check_rows(const Operand& a, const Operand& y, std::string_view cost) {
  Shape rows;
  for (int i = 0; i + 1 < a.value.rank(); ++i) {
    rows.push_back(a.value.shape()[i]);
  }
  if (a.value.rank() > 0 && rows == y.value.shape()) return;
  throw ShapeError("[" + std::string(cost) + "] vectors " +
                   to_string(a.value.shape()) + " need a target of " +
                   to_string(rows) + ", not " + to_string(y.value.shape()) +
                   at_line(a.at));
}

Value length(Value x, std::int64_t axis, double epsilon) {
  return sqrt(maximum(sum(square(x), {axis}), epsilon * epsilon));
}

}  // namespace

Value multilabel_soft_margin(Operand logits, Operand y) {
  const CallScope call(logits);
  check_same(logits, y, "multilabel_soft_margin");
  return mean(binary_cross_entropy(logits, y), {-1});
}

Value softmax_focal_cost(Operand logits, Operand labels, double gamma) {
  const CallScope call(logits);
  check_labels(logits, labels, "softmax_focal_cost");
  if (!(gamma >= 0)) {
    throw GraphError("[softmax_focal_cost] gamma is " + std::to_string(gamma) +
                     "; it must be at least 0" + at_line(logits.at));
  }
  const Value log_p = pick(log_softmax(logits), labels);
  if (gamma == 0) return -log_p;
  // Above 0, so that a γ below 1 has a derivative where p is 1.
  const Value rest = maximum(-expm1(log_p), 1e-30);
  return -(pow(rest, gamma) * log_p);
}

Value cosine_similarity(Operand a, Operand b, std::int64_t axis,
                        double epsilon) {
  const CallScope call(a);
  check_same(a, b, "cosine_similarity");
  return sum(a * b, {axis}) /
         (length(a.value, axis, epsilon) * length(b.value, axis, epsilon));
}

Value cosine_cost(Operand a, Operand b, Operand y, double margin) {
  const CallScope call(a);
  check_rows(a, y, "cosine_cost");
  const Value c = cosine_similarity(a, b);
  return where(greater(y, 0), 1 - c, relu(c - margin));
}

Value distance(Operand a, Operand b, double p, double epsilon) {
  const CallScope call(a);
  check_same(a, b, "distance");
  if (!(p >= 1)) {
    throw GraphError("[distance] p is " + std::to_string(p) +
                     "; it must be at least 1" + at_line(a.at));
  }
  const Value d = a.value - b.value + epsilon;
  if (p == 1) return sum(abs(d), {-1});
  if (p == 2) return sqrt(sum(square(d), {-1}));
  return pow(sum(pow(abs(d), p), {-1}), 1 / p);
}

Value triplet_cost(Operand anchor, Operand positive, Operand negative,
                   const TripletOptions& options) {
  const CallScope call(anchor);
  const Value near = distance(anchor, positive, options.p);
  Value far = distance(anchor, negative, options.p);
  if (options.swap) far = minimum(far, distance(positive, negative, options.p));
  return relu(near - far + options.margin);
}

Value contrastive_cost(Operand a, Operand b, Operand y, double margin) {
  const CallScope call(a);
  check_rows(a, y, "contrastive_cost");
  const Value together = sum(square(a.value - b.value), {-1});
  const Value apart = square(relu(margin - distance(a, b)));
  return 0.5 * (y.value * together + (1 - y.value) * apart);
}

Value mean(const WeightedCosts& costs, Source at) {
  const CallScope call(costs.each.graph(), at);
  const Value total = sum(costs.weight);
  const Value n =
      dim_product(costs.each.graph(), costs.each.shape(), total.dtype(), at);
  return sum(costs.each) / where(greater(total, 0), total, n);
}

Value sum(const WeightedCosts& costs, Source at) {
  return sum(Operand(costs.each, at));
}

WeightedCosts masked(Operand costs, Operand mask) {
  const CallScope call(costs);
  const Value holds =
      mask.value.dtype() == DType::boolean ? mask.value : not_equal(mask, 0);
  const Value each = where(holds, costs, 0);
  return {each, expand(cast(holds, each.dtype()), each.shape())};
}

Value sequence_mask(Operand lengths, std::int64_t steps) {
  const CallScope call(lengths);
  const DType t = lengths.value.dtype();
  if (lengths.value.rank() != 1 || (t != DType::i32 && t != DType::i64)) {
    throw ShapeError(
        "[sequence_mask] lengths are " + to_string(lengths.value.type()) +
        "; they must be (batch) of i32 or i64" + at_line(lengths.at));
  }
  if (steps < 0) {
    throw ShapeError("[sequence_mask] there can't be " + std::to_string(steps) +
                     " steps" + at_line(lengths.at));
  }
  Tensor step(DType::i64, {Dim(steps)});
  for (std::int64_t i = 0; i < steps; ++i) step.data<std::int64_t>()[i] = i;
  const Value steps_of = cast(lengths.value.graph().constant(step), t);
  return less(steps_of, unsqueeze(lengths, 1));
}

WeightedCosts softmax_cross_entropy(Operand logits, Operand labels,
                                    const ClassOptions& options) {
  const CallScope call(logits);
  check_labels(logits, labels, "softmax_cross_entropy");
  return negative_log_likelihood(Operand(log_softmax(logits), logits.at),
                                 labels, options);
}

WeightedCosts negative_log_likelihood(Operand log_probabilities, Operand labels,
                                      const ClassOptions& options) {
  const CallScope call(log_probabilities);
  check_labels(log_probabilities, labels, "negative_log_likelihood");
  const Value log_p = log_probabilities.value;
  const Dim classes = log_p.shape()[log_p.rank() - 1];
  const double s = options.label_smoothing;
  if (!(s >= 0 && s <= 1)) {
    throw GraphError("[negative_log_likelihood] label_smoothing is " +
                     std::to_string(s) + "; it must be between 0 and 1" +
                     at_line(log_probabilities.at));
  }
  const Value& w = options.weights;
  if (w && (w.rank() != 1 || w.shape()[0] != classes)) {
    throw ShapeError("[negative_log_likelihood] the weights of classes are " +
                     to_string(w.shape()) + ", the logits " +
                     to_string(log_p.shape()) + at_line(log_probabilities.at));
  }
  Value y = labels.value, keep;
  if (options.ignore) {
    keep = not_equal(labels, static_cast<double>(*options.ignore));
    y = where(keep, y, 0);
  }
  Value each = -pick(log_p, y);
  Value weight = w ? gather(w, y, 0) : ones_like(each);
  if (w) each = weight * each;
  if (s > 0) {
    const Value all = w ? w * log_p : log_p;
    each = (1 - s) * each - s * mean(all, {-1});
  }
  if (!keep) return {each, weight};
  return {where(keep, each, 0), where(keep, weight, 0)};
}

}  // namespace weft
