#pragma once

#include <cstdint>
#include <vector>

#include "weft/program.h"

namespace weft {

struct AverageOptions {
  /// Of the average that is kept at a step: 0.999 averages about 1,000 steps,
  /// 1 all of them alike; 0: no averages.
  double decay = 0;
  std::int64_t after = 0;  ///< steps before those that are averaged
};

/// Updates that keep averages of what training writes: ā ← ā + r·(w − ā) with
/// r = (1 − decay)/(1 − decayⁿ) at the n-th averaged step, the exponential
/// average without the bias of its start (as the moments of Kingma and Ba
/// 2015); with decay 1 it is the mean (Polyak and Juditsky 1992). Up to step
/// `after` ā is w. Give it a step's updates, such as Minimization::updates, and
/// run those that it returns in the same program. For each parameter that they
/// write, and each floating-point buffer that a layer updates (running
/// statistics), it adds the buffer optimizer/average/PATH;
/// optimizer/averaged_steps counts. Throws GraphError if no parameter is
/// written, or the options make no sense.
std::vector<Value> average_weights(const std::vector<Value>& updates,
                                   const AverageOptions& options,
                                   Source at = Source::current());

/// True if the state has averages, of one step or more.
bool has_averages(const State& state);
/// The state, with shared tensors, in which what is averaged has its average:
/// run an evaluation with it. Before the first averaged step it is as `state`.
/// Throws GraphError if the state has no averages.
State averaged_state(const State& state);

}  // namespace weft
