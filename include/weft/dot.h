#pragma once

#include <string>

#include "weft/graph.h"

namespace weft {

/// The graph in the language of Graphviz.
std::string to_dot(const Graph& graph);

}  // namespace weft
