#pragma once

#include "weft/op.h"

namespace weft {

// Random numbers whose distribution is a value: a new draw at every step of the
// state, the same for any number of threads. f32 f64; errors are those of
// ops.h. Even and normal numbers are in ops.h.

/// 1 with the probability p, else 0, in the dtype of p. No gradient.
Value random_bernoulli(Operand p);
/// −ln E for E exponential (Gumbel 1954): of the shape and dtype of x.
Value random_gumbel(Operand x);
/// A class (i32) by its logits along the last axis, as softmax() makes them
/// probabilities: the greatest of logits + Gumbel's numbers (Gumbel 1954). No
/// gradient.
Value random_categorical(Operand logits);
/// softmax((logits + Gumbel's numbers)/temperature) along the last axis, a
/// softened class (Jang et al. 2017; Maddison et al. 2017). `hard`: the class
/// itself, 1 of n, with the gradient of the soft one. Throws GraphError unless
/// the temperature is positive.
Value gumbel_softmax(Operand logits, double temperature = 1, bool hard = false);
/// From the gamma distribution of shape a > 0 and scale 1, by rejection
/// (Marsaglia and Tsang 2000): NaN for other a. The gradient is the implicit
/// one (Figurnov et al. 2018), −(∂F/∂a)/(∂F/∂x) of the distribution function F
/// at the number x that was drawn, by the series of F, of some x + 10√x terms.
/// It has no gradient of its own.
Value random_gamma(Operand a);

}  // namespace weft
