#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "weft/weft.h"

// Random graphs, and what must be equal for all of them. A recipe is a graph as
// data, so that a failing one can be made smaller and printed as a program.

namespace random_graphs {

using namespace weft;

/// A node of a random graph. Leaves have elements drawn from [low, high).
struct Step {
  Node::Kind kind = Node::Kind::op;
  OpPtr op;
  std::vector<Port> inputs;  ///< of earlier steps
  std::vector<Type> outputs;
  double low = -2, high = 2;
  std::optional<Tensor> fixed;  ///< of a constant that is not random
};

struct Recipe {
  std::uint64_t seed = 0;
  std::vector<Step> steps;
  std::vector<Port> outputs;
  std::int64_t batch = 3;  ///< the size of the symbol "batch"
  int derivatives = 0;     ///< orders of gradients among the outputs
  int optimizer = -1;      ///< of optimizers(); -1: no updates
};

/// The optimisers that recipes choose from.
const std::vector<std::pair<std::string, Optimizer>>& optimizers();

/// A graph made from a recipe, with all that a run needs.
struct Built {
  std::shared_ptr<Graph> graph;
  std::vector<Value> outputs;  ///< of the recipe, gradients, the inputs
  std::vector<Value> updates;
  Value loss;
  Value of_gradients;  ///< a scalar made of the first order's, if there is one
  State state;
  std::vector<Feed> feeds;
};
Built build(const Recipe& recipe);

/// A random recipe; equal seeds give equal recipes.
Recipe generate(std::uint64_t seed);

/// The recipe as C++ that builds the same graph.
std::string to_cpp(const Recipe& recipe);

/// What does not hold for the graph of a recipe; empty if all does.
/// `undetermined` counts results that rounding alone decides.
std::string failure(const Recipe& recipe, std::int64_t* undetermined = nullptr);

/// What differs between the gradient of a scalar of the graph and the slope
/// that differences show. Adds the gradient to the graph.
std::string slope_differs(const Built& built, Value y,
                          std::int64_t* undetermined);

/// The smallest recipe found by leaving out steps that still fails.
Recipe shrink(const Recipe& recipe);

/// All nodes' outputs, one node after the other: arithmetic written down
/// naively, or, for ops that have none here, the op's kernel on its own. With
/// `noise` every floating-point result is changed by up to that, relatively,
/// differently for each `draw`; equal results alike, unless `apart`.
std::vector<std::vector<Tensor>> interpret(const Graph& graph,
                                           const State& state,
                                           const std::vector<Feed>& feeds,
                                           std::int64_t batch, double noise,
                                           std::uint64_t draw, bool apart);

}  // namespace random_graphs
