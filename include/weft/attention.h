#pragma once

#include "weft/sequence.h"

namespace weft {

/// Attention with what a second part over other keys needs to be joined to it:
/// values of both weigh as e^log_sums.
struct TiledAttention {
  Value values;    ///< (…, m, e)
  Value log_sums;  ///< (…, m): log Σ e^score over the keys
};
/// The same as attention(), which calls it for long sequences, but for
/// rounding: tile by tile with running sums, so that neither the m × n scores
/// nor their softmax exist (Rabe and Staats 2021; Dao et al. 2022). What is
/// kept for the derivative is linear in m and n, and the scores are computed
/// again there. Two things take m·n numbers: derivatives of second order, and
/// the gradient of an added mask, where it is asked for.
///
/// q (…, m, d), k (…, n, d), v (…, n, e); leading axes are broadcast, and a
/// mask is to (…, m, n). f32 f64. A row that sees no key is NaN, as there; of
/// no keys at all the values are 0. The sums of a row have one order for any
/// number of threads.
TiledAttention tiled_attention(Operand q, Operand k, Operand v,
                               const AttentionOptions& options = {});

}  // namespace weft
