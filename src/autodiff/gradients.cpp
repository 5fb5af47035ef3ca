#include <algorithm>

#include "src/autodiff/adjoints.h"
#include "src/graph/body.h"
#include "weft/autodiff.h"
#include "weft/error.h"
#include "weft/ops.h"

namespace weft {

namespace {

/// Marks the nodes up to `last` that depend on any of `xs`.
std::vector<bool> dependents(const Graph& graph, const std::vector<Value>& xs,
                             std::int32_t last) {
  std::vector<bool> depends(static_cast<std::size_t>(last) + 1);
  for (const Value& x : xs) {
    if (x.node() <= last) depends[static_cast<std::size_t>(x.node())] = true;
  }
  for (std::int32_t n = 0; n <= last; ++n) {
    if (graph.node(n).kind != Node::Kind::op) continue;
    for (const Port& in : graph.node(n).inputs) {
      // No gradient passes numbers that are whole, such as indices.
      const Type& type =
          graph.node(in.node).outputs[static_cast<std::size_t>(in.output)];
      if (depends[static_cast<std::size_t>(in.node)] &&
          is_floating(type.dtype)) {
        depends[static_cast<std::size_t>(n)] = true;
      }
    }
  }
  return depends;
}

/// Sums of the gradients that have reached each output of each node.
class Adjoints {
 public:
  Adjoints(Graph& graph, std::int32_t last)
      : graph_(graph), sums_(static_cast<std::size_t>(last) + 1) {}

  std::vector<Value>& of(std::int32_t node) {
    auto& sums = sums_[static_cast<std::size_t>(node)];
    sums.resize(graph_.node(node).outputs.size());
    return sums;
  }
  void add(Port port, Value gradient) {
    const Type& type =
        graph_.node(port.node).outputs[static_cast<std::size_t>(port.output)];
    gradient = sum_to(gradient, type.shape);
    Value& sum = of(port.node)[static_cast<std::size_t>(port.output)];
    sum = sum ? sum + gradient : gradient;
  }

 private:
  Graph& graph_;
  std::vector<std::vector<Value>> sums_;
};

/// Hands the gradients of a node's outputs to its inputs.
void propagate(Graph& graph, std::int32_t index, Adjoints& adjoints,
               const std::vector<bool>& depends) {
  std::vector<Value>& grads = adjoints.of(index);
  bool reached = false;
  for (const Value& g : grads) reached = reached || g;
  if (!reached) return;

  const SourceScope at(graph, index);
  std::vector<Value> inputs, outputs;
  for (const Port& p : graph.node(index).inputs) {
    inputs.emplace_back(&graph, p.node, p.output);
  }
  for (std::size_t i = 0; i < grads.size(); ++i) {
    outputs.emplace_back(&graph, index, static_cast<std::int32_t>(i));
    if (!grads[i]) grads[i] = zeros_like(outputs[i]);
  }
  const auto result = graph.node(index).op->vjp(inputs, outputs, grads);
  for (std::size_t i = 0; i < inputs.size() && i < result.size(); ++i) {
    const Port port = graph.node(index).inputs[i];
    if (result[i] && depends[static_cast<std::size_t>(port.node)] &&
        is_floating(inputs[i].dtype())) {
      adjoints.add(port, result[i]);
    }
  }
  std::vector<Value>().swap(grads);
}

void check(Value y, const std::vector<Value>& xs, Value seed,
           const Source& at) {
  auto floating = [&](Value v, const char* what) {
    if (!is_floating(v.dtype())) {
      throw TypeError(std::string("[gradients] ") + what +
                      " must be f32 or f64, not " + to_string(v.type()) +
                      at_line(at));
    }
  };
  floating(y, "y");
  for (const Value& x : xs) floating(x, "x");
  if (seed ? seed.type() != y.type() : y.rank() != 0) {
    const std::string why = seed ? "y is " + to_string(y.type()) +
                                       ", its seed is " + to_string(seed.type())
                                 : "y must be a scalar, not " +
                                       to_string(y.type()) +
                                       "; take its sum or mean, or give a seed";
    throw ShapeError("[gradients] " + why + at_line(at));
  }
}

}  // namespace

std::vector<Value> pull_back(Graph& graph, const std::vector<Value>& ys,
                             const std::vector<Value>& seeds,
                             const std::vector<Value>& xs) {
  std::int32_t last = -1;
  for (const Value& y : ys) last = std::max(last, y.node());
  const std::vector<bool> depends = dependents(graph, xs, last);
  Adjoints adjoints(graph, last);
  for (std::size_t i = 0; i < ys.size(); ++i) {
    adjoints.add({ys[i].node(), ys[i].output()}, seeds[i]);
  }

  std::vector<Value> found(xs.size());
  std::vector<bool> asked(depends.size());
  for (const Value& x : xs) {
    if (x.node() <= last) asked[static_cast<std::size_t>(x.node())] = true;
  }
  for (std::int32_t n = last; n >= 0; --n) {
    if (!depends[static_cast<std::size_t>(n)]) continue;
    if (asked[static_cast<std::size_t>(n)]) {
      for (std::size_t i = 0; i < xs.size(); ++i) {
        if (xs[i].node() != n) continue;
        found[i] = adjoints.of(n)[static_cast<std::size_t>(xs[i].output())];
      }
    }
    if (graph.node(n).kind == Node::Kind::op) {
      propagate(graph, n, adjoints, depends);
    }
  }
  return found;
}

std::vector<Value> gradients(Value y, const std::vector<Value>& xs, Value seed,
                             Source at) {
  check(y, xs, seed, at);
  Graph& graph = y.graph();
  const CallScope call(graph, at);
  std::vector<Value> local;
  for (const Value& x : xs) local.push_back(graph.local(x));
  check_no_copies("gradients", graph.local(y), local, at);
  auto found = pull_back(graph, {y}, {seed ? seed : ones_like(y)}, local);
  for (std::size_t i = 0; i < xs.size(); ++i) {
    if (!found[i]) found[i] = zeros_like(xs[i]);
  }
  return found;
}

}  // namespace weft
