#pragma once

// Derivatives of bodies.

#include <memory>
#include <vector>

#include "src/graph/body.h"

namespace weft {

/// A body's nodes, the gradients of its outputs as further inputs, and the
/// nodes of the gradients of its inputs, all in one graph.
struct BodyGradient {
  explicit BodyGradient(const Body& body);

  std::shared_ptr<Graph> graph;
  std::size_t forward_nodes = 0;  ///< of the graph; gradients come after them
  std::vector<Value> inputs;
  std::vector<Value> outputs;
  std::vector<Value> seeds;      ///< empty where the output is no float
  std::vector<Value> gradients;  ///< of inputs; empty where there is none
};

/// The body from inputs and the gradients of all outputs (of those that are
/// floats) to the gradients of all inputs that are floats; zeros where an input
/// has no influence.
Body gradient_body(const Body& body, const char* op);
/// The gradients among those of all outputs that such a body takes.
std::vector<Value> floating(std::span<const Value> values);

}  // namespace weft
