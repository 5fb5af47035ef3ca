#pragma once

#include "weft/op.h"

namespace weft {

// Attention and recurrences: f32 f64. Errors are those of ops.h.

struct AttentionOptions {
  /// Added to the scores, or boolean: true where attention is allowed.
  Value mask = {};
  bool causal = false;  ///< no step sees a later one
  double scale = 0;     ///< of the scores; 0: 1/√d
};
/// softmax(q·kᵀ·scale + mask)·v: q (…, m, d), k (…, n, d), v (…, n, e) →
/// (…, m, e) (Vaswani et al. 2017). A row that sees no key is NaN. From 64 × 64
/// scores on, or where their number is symbolic, it is tiled_attention(), of
/// attention.h, whose memory is linear in m and n.
Value attention(Operand q, Operand k, Operand v,
                const AttentionOptions& options = {});

/// Weights of a recurrent layer of `width` units and g gates; biases may be
/// empty.
struct RecurrentWeights {
  Value input;             ///< (g·width, in)
  Value hidden;            ///< (g·width, width)
  Value input_bias = {};   ///< (g·width)
  Value hidden_bias = {};  ///< (g·width)
};
struct Recurrence {
  Value outputs;    ///< (time, batch, width): the state after each step
  Value state;      ///< (batch, width), after the last step
  Value cell = {};  ///< the same of an lstm's cell
};
struct RecurrenceOptions {
  /// (batch) of i32 or i64: rows end after so many steps. A row's outputs after
  /// its end are 0, and its state is that of its last step. Empty: none ends.
  Value lengths = {};
  /// From a row's last step to its first; outputs stand at their steps.
  bool reverse = false;
};
// x is (time, batch, in) with a number of steps that is no symbol; first states
// are (batch, width). A step's arithmetic is in the graph once for each step.
/// h ← tanh(Wx + Uh + b) (Elman 1990).
Recurrence rnn(Operand x, Operand h, const RecurrentWeights& w,
               const RecurrenceOptions& options = {});
/// c ← f·c + i·g, h ← o·tanh(c), with sigmoid gates i, f, o and g = tanh, in
/// this order of rows: i, f, g, o (Hochreiter and Schmidhuber 1997; Gers et al.
/// 2000).
Recurrence lstm(Operand x, Operand h, Operand c, const RecurrentWeights& w,
                const RecurrenceOptions& options = {});
/// h ← (1 − z)·n + z·h, n = tanh(Wx + r·(Uh + b)), rows r, z, n (Cho et al.
/// 2014, with the reset after the product).
Recurrence gru(Operand x, Operand h, const RecurrentWeights& w,
               const RecurrenceOptions& options = {});

}  // namespace weft
