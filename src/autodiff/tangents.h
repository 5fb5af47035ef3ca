#pragma once

#include <vector>

#include "weft/graph.h"

namespace weft {

/// The derivatives of ys in the direction in which each of xs changes by its
/// tangent; empty where y does not depend on x. One sweep over the nodes in the
/// order of their creation. Nothing is checked.
std::vector<Value> push_forward(Graph& graph, const std::vector<Value>& ys,
                                const std::vector<Value>& xs,
                                const std::vector<Value>& tangents);

}  // namespace weft
