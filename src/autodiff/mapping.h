#pragma once

// Computations of one example as computations of a batch.

#include <vector>

#include "src/graph/body.h"

namespace weft {

/// A value of one example, or of all along axis 0 where `mapped`.
struct Lane {
  Value value;
  bool mapped = false;
};

/// Adds the body's computation for `count` examples to the graph of its
/// arguments.
std::vector<Lane> add_mapped(Graph& graph, const Body& body,
                             const std::vector<Lane>& arguments, Dim count);

/// Which outputs differ between examples if the inputs that are marked do.
std::vector<bool> mapped_outputs(const Body& body,
                                 const std::vector<bool>& inputs);

/// The body for `count` examples, with the outputs that are marked along a
/// first axis of examples.
Body mapped_body(const Body& body, const std::vector<bool>& inputs,
                 const std::vector<bool>& outputs, Dim count, const char* op);

}  // namespace weft
