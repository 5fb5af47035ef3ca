#pragma once

#include <string_view>

#include "weft/graph.h"

namespace weft {

/// Averages of weights are buffers with these paths; see averages.h.
inline constexpr std::string_view kAveragePrefix = "optimizer/average/";
inline constexpr std::string_view kAverageSteps = "optimizer/averaged_steps";

/// Whether an evaluation with this graph reads the state tensor of that path,
/// or may read it in place of another: its average.
bool evaluation_reads(const Graph& graph, std::string_view path);

}  // namespace weft
