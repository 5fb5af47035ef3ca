#include "weft/loss.h"

#include "weft/costs.h"
#include "weft/error.h"
#include "weft/nn.h"

namespace weft {

namespace {

using A = Activation;

[[noreturn]] void misfit(std::string_view cost, const Operand& a,
                         const Operand& y) {
  throw ShapeError("[" + std::string(cost) + "] outputs " +
                   to_string(a.value.shape()) + " and targets " +
                   to_string(y.value.shape()) +
                   "; they must be (batch, classes), and the same or class "
                   "numbers (batch)" +
                   at_line(a.at));
}

/// The targets as rows of a's type.
Value rows_of(const Operand& a, const Operand& y, std::string_view cost) {
  const Shape &s = a.value.shape(), &t = y.value.shape();
  if (s.rank() != 2) misfit(cost, a, y);
  if (t == s) {
    if (y.value.dtype() == a.value.dtype()) return y.value;
    throw TypeError("[" + std::string(cost) + "] outputs are " +
                    to_string(a.value.type()) + ", targets " +
                    to_string(y.value.type()) + "; did you mean cast?" +
                    at_line(a.at));
  }
  const DType type = y.value.dtype();
  const bool numbers = type == DType::i32 || type == DType::i64;
  if (t.rank() != 1 || t[0] != s[0] || !numbers || s[1].is_symbolic()) {
    misfit(cost, a, y);
  }
  return one_hot(y, s.dim(1), a.value.dtype());
}

/// The mean over rows of Σ x over the elements of each row.
Value per_row(const Operand& a, Value x) {
  const Value n =
      dim_product(a.value.graph(), {a.value.shape()[0]}, a.value.dtype(), a.at);
  return sum(x) / n;
}

/// ln x where `counts` is not 0; elsewhere nothing, not even its derivative.
Value log_where(Value counts, Value x) {
  return log(where(not_equal(counts, 0), x, 1));
}

/// ln a and ln(1 − a) of a = f(z).
struct Logs {
  Value a, rest;
};

/// p_k is more than half for at most one k. There 1 − p_k would cancel, so the
/// other probabilities are added up, as logarithms.
Value log_rest_of_softmax(Value log_p) {
  const Value p = exp(log_p);
  const Value most = greater(p, 0.5);
  constexpr double kNone = -1e30;  // e^kNone is 0 in every precision
  const Value others = logsumexp(where(most, kNone, log_p), {-1}, true);
  return where(most, others, log1p(-where(most, 0, p)));
}

Logs logs_of(const Operand& z, const A& f, std::string_view cost) {
  switch (f.kind) {
    case A::sigmoid: return {-softplus(-z.value), -softplus(z)};
    case A::tanh:
    case A::rescaled_tanh: {
      const Value twice = 2 * z.value;  // (tanh z + 1)/2 = σ(2z)
      return {-softplus(-twice), -softplus(twice)};
    }
    case A::softmax: {
      const Value log_p = log_softmax(z);
      return {log_p, log_rest_of_softmax(log_p)};
    }
    default: break;
  }
  throw GraphError("[" + std::string(cost) +
                   "] needs outputs between 0 and 1, and " + to_string(f) +
                   " gives others; use sigmoid, softmax or rescaled_tanh, or "
                   "the quadratic cost" +
                   at_line(z.at));
}

/// Keeps the warning about a cost of `a`, if it came from a known activation.
void warn_of(Cost cost, const Operand& a) {
  if (a.value.rank() != 2) return;
  const Node& n = a.value.graph().node(a.value);
  if (n.kind != Node::Kind::op) return;
  const Dim units = a.value.shape()[1];
  for (A::Kind kind : {A::sigmoid, A::tanh, A::softmax}) {
    if (n.op->name() != name_of(kind)) continue;
    auto w =
        pairing_warning(cost, kind, units.is_symbolic() ? 2 : units.size());
    if (w) a.value.graph().warn(*w, a.at);
  }
}

Value quadratic(const Operand& a, Value y) {
  const Value n =
      dim_product(a.value.graph(), {a.value.shape()[0]}, a.value.dtype(), a.at);
  return sum(square(a.value - y)) / (2 * n);
}

Value focal(const Operand& z, const Operand& y, const A& f) {
  if (f.kind == A::sigmoid) return focal_cost(z, y);
  throw GraphError("[focal] needs sigmoid outputs, not " + to_string(f) +
                   "; for one of several classes there is softmax_focal_cost" +
                   at_line(z.at));
}

/// The cost of a = f(z).
Value cost_by_name(const Operand& z, const Operand& a, const Operand& y,
                   Cost cost, const A& f) {
  if (cost == Cost::cross_entropy) return cross_entropy_from_logits(z, y, f);
  if (cost == Cost::log_likelihood) return log_likelihood_from_logits(z, y, f);
  const Operand t(rows_of(z, y, to_string(cost)), y.at);
  switch (cost) {
    case Cost::absolute: return per_row(z, absolute_error(a, t));
    case Cost::huber: return per_row(z, huber(a, t));
    case Cost::poisson: return per_row(z, poisson_cost(a, t));
    case Cost::focal: return per_row(z, focal(z, t, f));
    default: return quadratic(a, t.value);
  }
}

}  // namespace

Value quadratic_cost(Operand a, Operand y) {
  const CallScope call(a);
  if (a.value.shape() != y.value.shape()) {
    throw ShapeError("[quadratic_cost] the prediction is " +
                     to_string(a.value.shape()) + ", the target " +
                     to_string(y.value.shape()) + "; did you mean one_hot?" +
                     at_line(a.at));
  }
  warn_of(Cost::quadratic, a);
  if (a.value.rank() == 0) return 0.5 * square(a - y);
  return quadratic(a, y.value);
}

Value cross_entropy(Operand a, Operand y) {
  const CallScope call(a);
  const Value t = rows_of(a, y, "cross_entropy");
  warn_of(Cost::cross_entropy, a);
  const Value off = 1 - t;
  return -per_row(
      a, t * log_where(t, a.value) + off * log_where(off, 1 - a.value));
}

Value log_likelihood(Operand a, Operand y) {
  const CallScope call(a);
  const Value t = rows_of(a, y, "log_likelihood");
  warn_of(Cost::log_likelihood, a);
  return -per_row(a, t * log_where(t, a.value));
}

Value cross_entropy_from_logits(Operand z, Operand y, const Activation& f) {
  const CallScope call(z);
  const Value t = rows_of(z, y, "cross_entropy_from_logits");
  // −[y ln σ(z) + (1 − y) ln(1 − σ(z))] = ln(1 + e^z) − yz.
  if (f.kind == A::sigmoid) return -per_row(z, t * z.value - softplus(z));
  const Logs logs = logs_of(z, f, "cross_entropy_from_logits");
  return -per_row(z, t * logs.a + (1 - t) * logs.rest);
}

Value log_likelihood_from_logits(Operand z, Operand y, const Activation& f) {
  const CallScope call(z);
  const Value t = rows_of(z, y, "log_likelihood_from_logits");
  if (f.kind == A::softmax) return -per_row(z, t * log_softmax(z));
  return -per_row(z, t * logs_of(z, f, "log_likelihood_from_logits").a);
}

Loss make_loss(Operand z, Operand y, Cost cost, const Activation& f) {
  const CallScope call(z);
  Activation used = f;
  if (f.kind == A::tanh && cost != Cost::quadratic) used = A::rescaled_tanh;
  Loss loss;
  loss.output = activation(z, used, "out");
  loss.value = cost_by_name(z, Operand(loss.output, z.at), y, cost, used);
  const Dim units = z.value.shape()[1];
  auto w = pairing_warning(cost, used, units.is_symbolic() ? 2 : units.size());
  if (w) {
    z.value.graph().warn(*w, z.at);
    loss.warnings.push_back(z.value.graph().warnings().back());
  }
  return loss;
}

Value l2_penalty(Graph& graph, double lambda, double n, DType dtype,
                 Source at) {
  const CallScope call(graph, at);
  if (!(lambda >= 0) || !(n >= 1)) {
    throw GraphError("[l2_penalty] λ is " + std::to_string(lambda) + " and n " +
                     std::to_string(n) +
                     "; λ must be at least 0 and n at least 1" +
                     at_line(graph.line_of(at)));
  }
  Value total;
  for (const Value& w :
       lambda > 0 ? graph.parameters() : std::vector<Value>{}) {
    if (w.rank() < 2 || !is_floating(w.dtype())) continue;
    const Value one = sum(square(w));
    const Value same = w.dtype() == dtype ? one : cast(one, dtype);
    total = total ? total + same : same;
  }
  if (!total) return fill(graph, {}, 0, dtype, at);
  return lambda / (2 * n) * total;
}

}  // namespace weft
