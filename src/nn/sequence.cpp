#include "weft/sequence.h"

#include <cmath>
#include <functional>

#include "weft/error.h"
#include "weft/graph.h"
#include "weft/indexing.h"
#include "weft/ops.h"

namespace weft {

namespace {

std::int64_t size_of(const Operand& x, int axis, const char* op) {
  const Dim d = x.value.shape()[axis];
  if (d.is_symbolic()) {
    throw ShapeError("[" + std::string(op) + "] axis " + std::to_string(axis) +
                     " of " + to_string(x.value.shape()) + " must be a number" +
                     at_line(x.at));
  }
  return d.size();
}

/// True at and below the diagonal.
Value no_later(Graph& g, std::int64_t m, std::int64_t n) {
  Tensor mask(DType::boolean, {m, n});
  for (std::int64_t i = 0; i < m * n; ++i) {
    mask.data<bool>()[i] = i % n <= i / n;
  }
  return g.constant(mask);
}

/// x·wᵀ + b.
Value affine(Value x, Value w, Value bias) {
  const Value y = matmul(x, w, false, true);
  return bias ? y + bias : y;
}

/// Runs `step` on the part of each time step that comes from the input: it
/// returns the new state.
Recurrence unroll(const Operand& x, const Operand& h, const RecurrentWeights& w,
                  int gates, const char* op,
                  const std::function<Value(Value, Value)>& step) {
  const Shape& shape = x.value.shape();
  const int rank = shape.rank();
  if (rank != 3 || h.value.rank() != 2 || w.input.rank() != 2 ||
      w.hidden.rank() != 2 ||
      w.hidden.shape()[0] != h.value.shape()[1] * Dim(gates) ||
      w.input.shape()[0] != w.hidden.shape()[0]) {
    throw ShapeError(
        "[" + std::string(op) + "] " + to_string(shape) + ", a state " +
        to_string(h.value.shape()) + " and weights " +
        to_string(w.input.shape()) + ", " + to_string(w.hidden.shape()) +
        " of " + std::to_string(gates) + " gates don't fit" + at_line(x.at));
  }
  const std::int64_t steps = size_of(x, 0, op);
  if (steps == 0) {
    throw ShapeError("[" + std::string(op) + "] a sequence without steps" +
                     at_line(x.at));
  }
  const Value inputs = affine(x.value, w.input, w.input_bias);
  std::vector<Value> states;
  Value state = h.value;
  for (std::int64_t t = 0; t < steps; ++t) {
    state = step(select(inputs, 0, t), state);
    states.push_back(state);
  }
  return {stack(states, 0), state};
}

/// The gates, as columns of equal width.
std::vector<Value> gates_of(Value all, std::int64_t count, std::int64_t width) {
  return split(
      all, std::vector<std::int64_t>(static_cast<std::size_t>(count), width),
      -1);
}

}  // namespace

Value attention(Operand q, Operand k, Operand v,
                const AttentionOptions& options) {
  const CallScope call(q);
  const int rank = q.value.rank();
  if (rank < 2 || k.value.rank() < 2 || v.value.rank() < 2) {
    throw ShapeError("[attention] takes (…, steps, width), got " +
                     to_string(q.value.shape()) + ", " +
                     to_string(k.value.shape()) + " and " +
                     to_string(v.value.shape()) + at_line(q.at));
  }
  const double scale = options.scale != 0
                           ? options.scale
                           : 1 / std::sqrt(static_cast<double>(
                                     size_of(q, rank - 1, "attention")));
  Value scores = matmul(scale * q.value, k, false, true);
  auto allow = [&](Value mask) { scores = where(mask, scores, -HUGE_VAL); };
  if (options.causal) {
    allow(no_later(scores.graph(), size_of(q, rank - 2, "attention"),
                   size_of(k, k.value.rank() - 2, "attention")));
  }
  if (options.mask && options.mask.dtype() == DType::boolean) {
    allow(options.mask);
  } else if (options.mask) {
    scores = scores + options.mask;
  }
  return matmul(softmax(scores, -1), v);
}

Recurrence rnn(Operand x, Operand h, const RecurrentWeights& w) {
  const CallScope call(x);
  return unroll(x, h, w, 1, "rnn", [&](Value in, Value state) {
    return tanh(in + affine(state, w.hidden, w.hidden_bias));
  });
}

Recurrence lstm(Operand x, Operand h, Operand c, const RecurrentWeights& w) {
  const CallScope call(x);
  Value cell = c.value;
  auto step = [&](Value in, Value state) {
    const Value all = in + affine(state, w.hidden, w.hidden_bias);
    const auto g = gates_of(all, 4, size_of(h, 1, "lstm"));
    cell = sigmoid(g[1]) * cell + sigmoid(g[0]) * tanh(g[2]);
    return sigmoid(g[3]) * tanh(cell);
  };
  Recurrence made = unroll(x, h, w, 4, "lstm", step);
  made.cell = cell;
  return made;
}

Recurrence gru(Operand x, Operand h, const RecurrentWeights& w) {
  const CallScope call(x);
  return unroll(x, h, w, 3, "gru", [&](Value in, Value state) {
    const std::int64_t width = size_of(h, 1, "gru");
    const auto a = gates_of(in, 3, width);
    const auto b = gates_of(affine(state, w.hidden, w.hidden_bias), 3, width);
    const Value r = sigmoid(a[0] + b[0]), z = sigmoid(a[1] + b[1]);
    const Value n = tanh(a[2] + r * b[2]);
    return (1 - z) * n + z * state;
  });
}

}  // namespace weft
