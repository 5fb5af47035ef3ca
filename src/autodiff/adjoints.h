#pragma once

#include <vector>

#include "weft/graph.h"

namespace weft {

/// The gradients of Σ <seed, y> with respect to xs; empty where no y depends on
/// x. Nothing is checked.
std::vector<Value> pull_back(Graph& graph, const std::vector<Value>& ys,
                             const std::vector<Value>& seeds,
                             const std::vector<Value>& xs);

}  // namespace weft
