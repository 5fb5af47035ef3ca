#pragma once

#include "weft/program.h"
#include "weft/train.h"

namespace weft::fuzz {

/// Whether a run of the graph with symbols of size 2 takes little time.
bool is_small(const Graph& graph);

/// Runs a program of it on inputs of zeros, with symbols of size 2.
void run_graph(Graph& graph, const CompileOptions& what, State& state);

/// Computes what a loaded model computes, on zeros, if it is small: its output,
/// its loss and a step. Saves it and loads it again, with the same bytes.
void use_model(Trainer& trainer);

}  // namespace weft::fuzz
