#pragma once

#include <string>

#include "weft/nn.h"

namespace weft {

// Recurrent layers: f32 f64. The recurrences of sequence.h with parameters of
// their own, stacked, in both directions, over sequences of unequal length.

struct RecurrentOptions {
  std::string name = {};       ///< empty: rnn, lstm or gru
  int layers = 1;              ///< each reads the outputs of the one before
  bool bidirectional = false;  ///< a second recurrence from the end
  bool bias = true;
  double dropout = 0;       ///< of the outputs of all layers but the last
  bool time_first = false;  ///< x and outputs are (time, batch, …)
  /// (batch) of i32 or i64: steps of each row. Outputs after a row's end are 0,
  /// final states are those of its own last step, and the backward direction
  /// begins there. Empty: all rows have all steps.
  Value lengths = {};
  /// First states (layers·directions, batch, width) in the order layer 1
  /// forward, layer 1 backward, layer 2 forward, …; empty: 0.
  Value state = {};
  Value cell = {};  ///< of an lstm, likewise
  /// Of all weights and biases; empty: uniform in ±1/√width.
  Initializer weight = {};
};

struct RecurrentLayer {
  Value outputs;    ///< (batch, time, directions·width), or time first
  Value state;      ///< (layers·directions, batch, width): the last ones
  Value cell = {};  ///< of an lstm
};

// x is (batch, time, in), the number of steps no symbol. A layer k from 1 has
// the parameters name/layerk/input_weight (gates·width, in), hidden_weight
// (gates·width, width), input_bias and hidden_bias (gates·width), and
// name/layerk/backward/… for the other direction: PyTorch's weight_ih_l0,
// weight_hh_l0, bias_ih_l0, bias_hh_l0 and …_reverse, with the same rows.
// Throws ShapeError for other shapes of x, lengths or first states, GraphError
// unless there is a layer and 0 ≤ dropout < 1.
/// Layers of rnn(): h ← tanh(Wx + Uh + b).
RecurrentLayer rnn(Operand x, std::int64_t width, Mode mode,
                   const RecurrentOptions& options = {});
/// Layers of lstm(), with gates i, f, g, o.
RecurrentLayer lstm(Operand x, std::int64_t width, Mode mode,
                    const RecurrentOptions& options = {});
/// Layers of gru(), with gates r, z, n.
RecurrentLayer gru(Operand x, std::int64_t width, Mode mode,
                   const RecurrentOptions& options = {});

}  // namespace weft
