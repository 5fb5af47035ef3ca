#pragma once

#include <string_view>

#include "weft/optimizers.h"

namespace weft {

// Optimisers whose momentum changes with the step, for `minimize` and `Trainer`
// as they are.

/// Adam with Nesterov's momentum, whose coefficient μₜ = β₁·(1 − ½·0.96^(tψ))
/// rises slowly, ψ = momentum_decay (Dozat 2016; ψ as in torch.optim.NAdam).
struct Nadam {
  static constexpr std::string_view name = "nadam";
  double learning_rate = 2e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double momentum_decay = 4e-3;
  /// μₜ counts twice in the product of the first t + 1, as in PyTorch before 2.
  bool counted_twice = false;
  Value operator()(UpdateContext& c, Value w, Value g) const;
};

/// Momentum for a rate that rises over the share `rise` of `length` steps and
/// then falls (Smith 2018): meanwhile its coefficient falls from `most` to
/// `least` by half a cosine, and returns, as in
/// torch.optim.lr_scheduler.OneCycleLR.
struct CycledMomentum {
  static constexpr std::string_view name = "cycled_momentum";
  double learning_rate = 0.1;
  double length = 1000;
  double rise = 0.3;
  double least = 0.85;
  double most = 0.95;
  bool nesterov = false;
  Value operator()(UpdateContext& c, Value w, Value g) const;
};

}  // namespace weft
