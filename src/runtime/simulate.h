#pragma once

// What a schedule would take on so many threads, from the costs of its parts.

#include <vector>

#include "src/runtime/instance.h"

namespace weft::runtime {

/// Times in ns; parts of a step are taken to be equal.
struct StepCosts {
  std::vector<double> parts;   ///< of one part, by step
  std::vector<double> finish;  ///< after the last part, by step
};

/// The costs that the plan estimates.
StepCosts estimated_costs(const Instance& instance);

/// The time of one run: ready steps in the order in which they became ready,
/// their parts handed out to whoever is free.
double simulate(const Instance& instance, const StepCosts& costs, int threads);

}  // namespace weft::runtime
