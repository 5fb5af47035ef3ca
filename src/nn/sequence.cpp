#include "weft/sequence.h"

#include <cmath>
#include <functional>

#include "weft/attention.h"
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

void check_recurrence(const Operand& x, const Operand& h,
                      const RecurrentWeights& w, const Value& lengths,
                      int gates, const std::string& op) {
  const Shape& shape = x.value.shape();
  if (shape.rank() != 3 || h.value.rank() != 2 || w.input.rank() != 2 ||
      w.hidden.rank() != 2 ||
      w.hidden.shape()[0] != h.value.shape()[1] * Dim(gates) ||
      w.input.shape()[0] != w.hidden.shape()[0]) {
    throw ShapeError(
        "[" + op + "] " + to_string(shape) + ", a state " +
        to_string(h.value.shape()) + " and weights " +
        to_string(w.input.shape()) + ", " + to_string(w.hidden.shape()) +
        " of " + std::to_string(gates) + " gates don't fit" + at_line(x.at));
  }
  if (lengths && (lengths.rank() != 1 || lengths.shape()[0] != shape[1])) {
    throw ShapeError("[" + op + "] " + to_string(shape) +
                     " is (time, batch, in); lengths are " +
                     to_string(lengths.shape()) + " and must be (batch)" +
                     at_line(x.at));
  }
  if (lengths && lengths.dtype() != DType::i32 &&
      lengths.dtype() != DType::i64) {
    throw TypeError("[" + op + "] lengths are " +
                    std::string(to_string(lengths.dtype())) +
                    "; they must be i32 or i64" + at_line(x.at));
  }
}

using States = std::vector<Value>;  // the first is the output

/// Runs `step` on the part of each time step that comes from the input, with
/// the hidden weights' product with the state: it gives new states.
Recurrence unroll(const Operand& x, States states, const RecurrentWeights& w,
                  const RecurrenceOptions& options, const char* op,
                  const std::function<States(Value, const States&)>& step) {
  const std::int64_t steps = size_of(x, 0, op);
  if (steps == 0) {
    throw ShapeError("[" + std::string(op) + "] a sequence without steps" +
                     at_line(x.at));
  }
  const std::vector<Value> inputs =
      split(affine(x.value, w.input, w.input_bias),
            std::vector<std::int64_t>(static_cast<std::size_t>(steps), 1));
  std::vector<Value> outputs(static_cast<std::size_t>(steps));
  for (std::int64_t i = 0; i < steps; ++i) {
    const std::int64_t t = options.reverse ? steps - 1 - i : i;
    States next =
        step(squeeze(inputs[static_cast<std::size_t>(t)], {0}), states);
    Value& output = outputs[static_cast<std::size_t>(t)];
    output = next.front();
    if (options.lengths) {
      const Value lives =
          unsqueeze(greater(options.lengths, static_cast<double>(t)), 1);
      for (std::size_t k = 0; k < states.size(); ++k) {
        next[k] = where(lives, next[k], states[k]);
      }
      output = where(lives, output, 0);
    }
    states = std::move(next);
  }
  return {stack(outputs, 0), states.front(), states.back()};
}

/// One bias for both products, where no gate is between them.
RecurrentWeights with_one_bias(RecurrentWeights w) {
  if (w.input_bias && w.hidden_bias) {
    w.input_bias = w.input_bias + w.hidden_bias;
    w.hidden_bias = {};
  }
  return w;
}

/// The gates, as columns of equal width.
std::vector<Value> gates_of(Value all, std::int64_t count, std::int64_t width) {
  return split(
      all, std::vector<std::int64_t>(static_cast<std::size_t>(count), width),
      -1);
}

/// Whether the scores would be many, and the mask makes no more of them.
bool tiled(const Operand& q, const Operand& k, const Operand& v,
           const Value& mask) {
  const int rank = q.value.rank(), keys = k.value.rank();
  const Dim m = q.value.shape()[rank - 2], n = k.value.shape()[keys - 2];
  constexpr std::int64_t kFrom = 64 * 64;  // measured: tiles are faster there
  if (!m.is_symbolic() && !n.is_symbolic() && m.size() * n.size() < kFrom) {
    return false;
  }
  if (!mask) return true;
  const auto leading = [](const Operand& x) {
    Shape s;
    for (int i = 0; i + 2 < x.value.rank(); ++i)
      s.push_back(x.value.shape()[i]);
    return s;
  };
  Shape scores = broadcast(leading(q), leading(k), "attention");
  scores = broadcast(scores, leading(v), "attention");
  scores.push_back(m);
  scores.push_back(n);
  return mask.rank() <= scores.rank() &&
         broadcast(scores, mask.shape(), "attention") == scores;
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
  if (tiled(q, k, v, options.mask)) {
    return tiled_attention(q, k, v, options).values;
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

Recurrence rnn(Operand x, Operand h, const RecurrentWeights& weights,
               const RecurrenceOptions& options) {
  const CallScope call(x);
  check_recurrence(x, h, weights, options.lengths, 1, "rnn");
  const RecurrentWeights w = with_one_bias(weights);
  auto step = [&](Value in, const States& s) -> States {
    return {tanh(in + affine(s[0], w.hidden, w.hidden_bias))};
  };
  Recurrence made = unroll(x, {h.value}, w, options, "rnn", step);
  made.cell = {};
  return made;
}

Recurrence lstm(Operand x, Operand h, Operand c,
                const RecurrentWeights& weights,
                const RecurrenceOptions& options) {
  const CallScope call(x);
  check_recurrence(x, h, weights, options.lengths, 4, "lstm");
  if (c.value.shape() != h.value.shape()) {
    throw ShapeError("[lstm] the state is " + to_string(h.value.shape()) +
                     ", the cell " + to_string(c.value.shape()) +
                     "; they must be alike" + at_line(x.at));
  }
  const RecurrentWeights w = with_one_bias(weights);
  const std::int64_t width = size_of(h, 1, "lstm");
  auto step = [&](Value in, const States& s) -> States {
    const Value all = in + affine(s[0], w.hidden, w.hidden_bias);
    const auto g = gates_of(all, 4, width);
    const Value cell = sigmoid(g[1]) * s[1] + sigmoid(g[0]) * tanh(g[2]);
    return {sigmoid(g[3]) * tanh(cell), cell};
  };
  return unroll(x, {h.value, c.value}, w, options, "lstm", step);
}

Recurrence gru(Operand x, Operand h, const RecurrentWeights& w,
               const RecurrenceOptions& options) {
  const CallScope call(x);
  check_recurrence(x, h, w, options.lengths, 3, "gru");
  const std::int64_t width = size_of(h, 1, "gru");
  auto step = [&](Value in, const States& s) -> States {
    const auto a = gates_of(in, 3, width);
    const auto b = gates_of(affine(s[0], w.hidden, w.hidden_bias), 3, width);
    const Value r = sigmoid(a[0] + b[0]), z = sigmoid(a[1] + b[1]);
    const Value n = tanh(a[2] + r * b[2]);
    return {(1 - z) * n + z * s[0]};
  };
  Recurrence made = unroll(x, {h.value}, w, options, "gru", step);
  made.cell = {};
  return made;
}

}  // namespace weft
