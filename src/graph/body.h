#pragma once

// Bodies: a function of values, called once on placeholders while the nodes
// that it adds go to a graph of their own. What it reads of the graph around it
// becomes an input of the body.

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "weft/body.h"
#include "weft/graph.h"

namespace weft {

struct BodyContent {
  /// Only inputs, constants and ops, and only what the outputs need.
  std::shared_ptr<const Graph> graph;
  std::vector<std::int32_t> inputs;  ///< nodes
  std::vector<Port> outputs;
  std::shared_ptr<const void> keep = {};  ///< the graph it was built in
  /// Constants of the graph around it that it has copies of, while it is not
  /// read from a file: no derivative reaches them.
  std::vector<std::int32_t> copied = {};

  const Type& input(std::size_t i) const {
    return graph->node(inputs[i]).outputs[0];
  }
  const Type& output(std::size_t i) const {
    return graph->node(outputs[i].node)
        .outputs[static_cast<std::size_t>(outputs[i].output)];
  }
};

/// The body that computes `outputs` of a graph from its nodes `inputs`, whose
/// results they are functions of. Throws GraphError if they read other inputs
/// or states, naming `op`.
Body make_body(const Graph& graph, std::span<const Value> inputs,
               std::span<const Value> outputs, const std::string& op);

/// The same body with some of its outputs.
Body with_outputs(const Body& body, std::span<const std::size_t> outputs);

/// The same body with more inputs: input i of it becomes number place[i] of
/// `types`.
Body with_inputs(const Body& body, std::span<const Type> types,
                 std::span<const std::size_t> place);

/// Adds the body's nodes to the graph of `arguments`, one for each input, and
/// returns what stands for its outputs there.
std::vector<Value> add_body(Graph& graph, const Body& body,
                            std::span<const Value> arguments);
/// Adds copies of a graph's nodes: `now` maps ports of `from` to values.
void copy_node(Graph& to, const Graph& from, std::int32_t node,
               std::vector<std::vector<Value>>& now);

/// Throws ShapeError or TypeError unless the types are those of the body's
/// inputs from `first` on.
void check_arguments(std::string_view op, const Body& body,
                     std::span<const Type> types);

/// Throws GraphError, naming `function`, if y depends on a copy of one of the
/// constants among xs: what would be found for it is not its derivative.
void check_no_copies(std::string_view function, Value y,
                     std::span<const Value> xs, const Source& at);

/// While it lives, what is added to `outer`, or to the body that is being built
/// in it, goes to this body.
class BodyBuilder {
 public:
  BodyBuilder(Graph& outer, std::string op);
  ~BodyBuilder();
  BodyBuilder(const BodyBuilder&) = delete;
  BodyBuilder& operator=(const BodyBuilder&) = delete;

  Value input(const Type& type);
  std::vector<Value> inputs(std::span<const Value> like);
  /// What becomes of small constants of the graph around the body; derivatives
  /// with respect to those that are fixed are 0.
  enum class Constants { copied, captured, fixed };
  /// The body; its inputs are those above and then what it captured. Ends the
  /// building. Constants must be captured where the body is to be added to the
  /// graph again, whose derivatives may be asked for with respect to them.
  Body finish(std::span<const Value> outputs,
              Constants constants = Constants::copied);
  /// After `finish`, the values of `outer` that the last inputs stand for.
  const std::vector<Value>& captured() const { return outside_; }

 private:
  static Graph& innermost(Graph& graph);
  void end();
  Graph& outer_;
  std::string op_;
  std::shared_ptr<Graph> graph_;
  std::vector<Value> inputs_;
  std::vector<Value> outside_;
};

}  // namespace weft
