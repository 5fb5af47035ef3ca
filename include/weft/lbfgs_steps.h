#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "weft/minimizers.h"

namespace weft {

struct LbfgsStepOptions {
  double learning_rate = 1;  ///< α of each iteration; with a search, the first
  int iterations = 20;       ///< of a step, at most
  int evaluations = 0;       ///< of a step, at most; 0: 5/4 of its iterations
  double gradient = 1e-7;    ///< a step ends where ‖g‖∞ is at most this,
  double change = 1e-9;      ///< or f, or every x, changed by no more than this
  int history = 100;         ///< pairs of s and y that are kept
  bool line_search = false;  ///< for strong Wolfe conditions
};

/// Limited-memory BFGS (Nocedal 1980) as an optimiser of a training: a step
/// makes some iterations x ← x + αd on one objective, such as the loss of a
/// batch, and the next step goes on with what was learnt, on the same one or on
/// another of that size. `find_minimum` with `Lbfgs` is the one for a search
/// until the end.
///
/// The first direction is −g, with α = learning_rate·min(1, 1/‖g‖₁); later ones
/// come from the two loops of Nocedal and Wright 2006, algorithm 7.4, with
/// α = learning_rate. A pair is kept if sᵀy > 1e-10. With `line_search` α is
/// only the first that is tried, and cubic interpolation looks for one with
/// f(x + αd) ≤ f(x) + 1e-4·α·gᵀd and |g(x + αd)ᵀd| ≤ 0.9·|gᵀd| (Nocedal and
/// Wright 2006, algorithms 3.5 and 3.6) in 25 evaluations at most. These are
/// the conventions of torch.optim.LBFGS, whose runs it follows.
///
/// What was learnt are entries lbfgs_steps/… of a State: `save_state` keeps
/// them. After the first step a step of x takes no memory. For one thread at a
/// time.
class LbfgsSteps {
 public:
  /// Goes on from `memory` if it has the entries; it must live as long.
  explicit LbfgsSteps(State& memory, const LbfgsStepOptions& options = {});
  ~LbfgsSteps();
  LbfgsSteps(LbfgsSteps&&) noexcept;

  /// One step from x, which holds the new point then, as the objective's
  /// parameters do. Returns the cost before it. A step ends before a point
  /// where cost or gradient are not finite; where those of x itself are not, x
  /// stays. Throws GraphError for options that make no sense and if x is not of
  /// the objective's size, and ShapeError if that is another than before.
  double step(Objective& objective, std::span<double> x);
  /// The same from where the objective's parameters are.
  double step(Objective& objective);

  /// Iterations, of all steps.
  std::int64_t iterations() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weft
