#include "weft/recurrent.h"

#include <cmath>
#include <optional>

#include "weft/error.h"
#include "weft/graph.h"
#include "weft/indexing.h"
#include "weft/sequence.h"

namespace weft {

namespace {

/// A kind of recurrence.
struct Kind {
  const char* name;
  int gates;
  bool has_cell;
};

struct Layers {
  const Kind& kind;
  std::int64_t width;
  Mode mode;
  const RecurrentOptions& options;
  Source at;

  std::string tag() const { return "[" + std::string(kind.name) + "] "; }
  int directions() const { return options.bidirectional ? 2 : 1; }
};

void check(const Layers& l, const Operand& x) {
  if (x.value.rank() != 3 || x.value.shape()[2].is_symbolic()) {
    throw ShapeError(l.tag() +
                     "x must be (batch, time, in), or time first, "
                     "with a number of features; it is " +
                     to_string(x.value.shape()) + at_line(l.at));
  }
  if (l.options.layers < 1 || l.width < 1) {
    throw GraphError(l.tag() + std::to_string(l.options.layers) +
                     " layers of width " + std::to_string(l.width) +
                     "; there must be one of width 1 at least" + at_line(l.at));
  }
  if (l.options.cell && !l.kind.has_cell) {
    throw GraphError(l.tag() +
                     "has no cell; did you mean RecurrentOptions::state?" +
                     at_line(l.at));
  }
}

/// The first state of every layer and direction.
std::vector<Value> first_states(const Layers& l, Value given, Value x) {
  const int count = l.options.layers * l.directions();
  const Shape one{x.shape()[1], l.width};
  if (!given) {
    const Value zeros = zeros_like(x, one);
    return std::vector<Value>(static_cast<std::size_t>(count), zeros);
  }
  const Shape all{count, one[0], one[1]};
  if (given.shape() != all) {
    throw ShapeError(l.tag() + "first states are " + to_string(given.shape()) +
                     "; they must be " + to_string(all) +
                     " (layers·directions, batch, width)" + at_line(l.at));
  }
  std::vector<Value> states;
  for (int i = 0; i < count; ++i) states.push_back(select(given, 0, i));
  return states;
}

RecurrentWeights weights(const Layers& l, Value x) {
  Graph& g = x.graph();
  const std::int64_t rows = l.kind.gates * l.width;
  const double bound = 1 / std::sqrt(static_cast<double>(l.width));
  const Initializer init = l.options.weight
                               ? l.options.weight
                               : initializers::uniform(-bound, bound);
  auto made = [&](const char* name, const Shape& shape) {
    return g.parameter(name, shape, init(shape, x.dtype()), x.dtype(), l.at);
  };
  RecurrentWeights w;
  w.input = made("input_weight", {rows, x.shape()[2]});
  w.hidden = made("hidden_weight", {rows, l.width});
  if (l.options.bias) {
    w.input_bias = made("input_bias", {rows});
    w.hidden_bias = made("hidden_bias", {rows});
  }
  return w;
}

/// One direction of one layer over x (time, batch, in).
Recurrence run(const Layers& l, Value x, Value state, Value cell,
               bool reverse) {
  const RecurrenceOptions o{.lengths = l.options.lengths, .reverse = reverse};
  const RecurrentWeights w = weights(l, x);
  const Operand in(x, l.at), h(state, l.at);
  if (l.kind.has_cell) return lstm(in, h, Operand(cell, l.at), w, o);
  return l.kind.gates == 1 ? rnn(in, h, w, o) : gru(in, h, w, o);
}

RecurrentLayer stacked(const Kind& kind, const Operand& input,
                       std::int64_t width, Mode mode,
                       const RecurrentOptions& options) {
  const CallScope call(input);
  const Layers l{kind, width, mode, options, input.at};
  check(l, input);
  Value x =
      options.time_first ? input.value : transpose(input.value, {1, 0, 2});
  Graph& g = x.graph();
  const std::vector<Value> states = first_states(l, options.state, x);
  std::vector<Value> cells(states.size());
  if (kind.has_cell) cells = first_states(l, options.cell, x);
  std::vector<Value> last_states, last_cells;
  const Scope scope(g, options.name.empty() ? kind.name : options.name);
  for (int layer = 0; layer < options.layers; ++layer) {
    if (layer > 0) x = dropout(Operand(x, input.at), options.dropout, mode);
    const Scope inner(g, "layer" + std::to_string(layer + 1));
    std::vector<Value> sides;
    for (int side = 0; side < l.directions(); ++side) {
      std::optional<Scope> backward;
      if (side == 1) backward.emplace(g, "backward");
      const auto i = last_states.size();
      const Recurrence made = run(l, x, states[i], cells[i], side == 1);
      sides.push_back(made.outputs);
      last_states.push_back(made.state);
      last_cells.push_back(made.cell);
    }
    x = sides.size() == 1 ? sides[0] : concat(sides, -1);
  }
  RecurrentLayer out;
  out.outputs = options.time_first ? x : transpose(x, {1, 0, 2});
  out.state = stack(last_states, 0);
  if (kind.has_cell) out.cell = stack(last_cells, 0);
  return out;
}

}  // namespace

RecurrentLayer rnn(Operand x, std::int64_t width, Mode mode,
                   const RecurrentOptions& options) {
  return stacked({"rnn", 1, false}, x, width, mode, options);
}

RecurrentLayer lstm(Operand x, std::int64_t width, Mode mode,
                    const RecurrentOptions& options) {
  return stacked({"lstm", 4, true}, x, width, mode, options);
}

RecurrentLayer gru(Operand x, std::int64_t width, Mode mode,
                   const RecurrentOptions& options) {
  return stacked({"gru", 3, false}, x, width, mode, options);
}

}  // namespace weft
