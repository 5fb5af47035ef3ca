#pragma once

#include <string_view>

#include "weft/optimizers.h"

namespace weft {

// Optimisers beyond those of optimizers.h, for `minimize` and `Trainer` as they
// are. All are elementwise; the names of slots are those of the state's
// entries.

/// Momentum whose velocity takes in 1 − dampening of each gradient but the
/// first: v ← momentum·v + (1 − dampening)·g.
struct DampenedMomentum {
  static constexpr std::string_view name = "dampened_momentum";
  double learning_rate = 0.01;
  double momentum = 0.9;
  double dampening = 0;
  Value operator()(UpdateContext& c, Value w, Value g) const;
};

/// RmsProp by the variance of gradients instead of their square: s − ḡ² in
/// place of s, ḡ ← α·ḡ + (1−α)·g (Graves 2013); optionally with momentum.
struct CenteredRmsProp {
  static constexpr std::string_view name = "centered_rmsprop";
  double learning_rate = 1e-2;
  double alpha = 0.99;
  double epsilon = 1e-8;
  double momentum = 0;
  Value operator()(UpdateContext& c, Value w, Value g) const;
};

/// Adagrad whose rate falls as 1/(1 + (t − 1)·decay).
struct DecayingAdagrad {
  static constexpr std::string_view name = "decaying_adagrad";
  double learning_rate = 0.01;
  double rate_decay = 0;
  double epsilon = 1e-10;
  double initial = 0;
  Value operator()(UpdateContext& c, Value w, Value g) const;
};

/// Adam with the greatest second moment so far (Reddi et al. 2018).
struct AmsGrad {
  static constexpr std::string_view name = "amsgrad";
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  Value operator()(UpdateContext& c, Value w, Value g) const;
};

/// Adam by the greatest gradient: u ← max(β₂·u, |g| + ε) (Kingma and Ba 2015,
/// section 7.1).
struct Adamax {
  static constexpr std::string_view name = "adamax";
  double learning_rate = 2e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  Value operator()(UpdateContext& c, Value w, Value g) const;
};

/// Adam that trusts its second moment only when enough steps are in it, by the
/// factor of Liu et al. 2020, algorithm 2.
struct Radam {
  static constexpr std::string_view name = "radam";
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  Value operator()(UpdateContext& c, Value w, Value g) const;
};

/// Steps of their own for each weight that grow while the gradient keeps its
/// sign and shrink when it turns, which skips a step; for whole batches
/// (Riedmiller and Braun 1993).
struct Rprop {
  static constexpr std::string_view name = "rprop";
  double learning_rate = 1e-2;  ///< of the first step
  double shrink = 0.5;
  double grow = 1.2;
  double least = 1e-6;
  double most = 50;
  Value operator()(UpdateContext& c, Value w, Value g) const;
};

}  // namespace weft
