#include <algorithm>

#include "src/autodiff/adjoints.h"
#include "src/autodiff/tangents.h"
#include "src/graph/body.h"
#include "weft/error.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

/// A node and the tangents of its inputs, empty where there is none.
struct Push {
  Graph& graph;
  std::int32_t index;
  std::vector<Value> inputs, outputs, tangents;

  const Node& node() const { return graph.node(index); }
};

Push push_of(Graph& graph, std::int32_t index) {
  Push p{graph, index, {}, {}, {}};
  for (const Port& port : p.node().inputs) {
    p.inputs.emplace_back(&graph, port.node, port.output);
  }
  for (std::size_t i = 0; i < p.node().outputs.size(); ++i) {
    p.outputs.emplace_back(&graph, index, static_cast<std::int32_t>(i));
  }
  return p;
}

/// An elementwise op's Jacobian is diagonal: it is its own transpose, and the
/// vjp of a tangent is the jvp. Nothing if the vjp sums.
std::vector<Value> by_elements(const Push& p) {
  const Shape& shape = p.outputs[0].shape();
  Value total;
  for (std::size_t i = 0; i < p.inputs.size(); ++i) {
    Value t = p.tangents[i];
    if (!t) continue;
    if (t.shape() != shape) t = expand(t, shape);
    const auto found = p.node().op->vjp(p.inputs, p.outputs, std::vector{t});
    if (i >= found.size() || !found[i]) continue;
    if (found[i].shape() != shape) return {};
    total = total ? total + found[i] : found[i];
  }
  return {total};
}

/// The vjp is linear in the gradients of the outputs; its transpose, which is
/// its own vjp, is the jvp (Townsend 2017). `seeds` stand for the gradients.
std::vector<Value> by_transposing(const Push& p,
                                  const std::vector<Value>& seeds) {
  std::vector<Value> result(p.outputs.size()), grads, us;
  for (std::size_t k = 0; k < seeds.size(); ++k) {
    grads.push_back(seeds[k] ? seeds[k] : zeros_like(p.outputs[k]));
    if (seeds[k]) us.push_back(seeds[k]);
  }
  Graph& inner = us.front().graph();
  const auto found = p.node().op->vjp(p.inputs, p.outputs, grads);
  std::vector<Value> ys, tangents;
  for (std::size_t i = 0; i < p.inputs.size() && i < found.size(); ++i) {
    if (!found[i] || !p.tangents[i]) continue;
    ys.push_back(inner.local(sum_to(found[i], p.inputs[i].shape())));
    tangents.push_back(p.tangents[i]);
  }
  const auto transposed = pull_back(inner, ys, tangents, us);
  for (std::size_t k = 0, n = 0; k < seeds.size(); ++k) {
    if (seeds[k]) result[k] = transposed[n++];
  }
  return result;
}

/// True if something in the body reads one of its first n inputs.
bool reads(const Body& body, std::size_t n) {
  auto among = [&](std::int32_t node) {
    const auto end = body->inputs.begin() + static_cast<std::ptrdiff_t>(n);
    return std::find(body->inputs.begin(), end, node) != end;
  };
  for (std::size_t i = 0; i < body->graph->size(); ++i) {
    for (const Port& p :
         body->graph->node(static_cast<std::int32_t>(i)).inputs) {
      if (among(p.node)) return true;
    }
  }
  return std::any_of(body->outputs.begin(), body->outputs.end(),
                     [&](const Port& p) { return among(p.node); });
}

/// The tangents of a node's outputs. They are made in a body, of which the
/// graph gets only what they need: half of a vjp is for other inputs.
std::vector<Value> push(const Push& p) {
  const Node& node = p.node();
  const TransformRules rules = registry().rules(*node.op);
  if (rules.jvp) {
    return rules.jvp(node.op->object(), p.inputs, p.outputs, p.tangents);
  }
  BodyBuilder builder(p.graph, std::string(node.op->name()));
  std::vector<Value> result;
  std::size_t seeds = 0;
  if (node.op->traits().elementwise) result = by_elements(p);
  if (result.empty()) {
    std::vector<Value> us(p.outputs.size());
    for (std::size_t k = 0; k < us.size(); ++k) {
      if (!is_floating(p.outputs[k].dtype())) continue;
      us[k] = builder.input(p.outputs[k].type());
      ++seeds;
    }
    result = by_transposing(p, us);
  }
  std::vector<Value> made;
  for (const Value& v : result) {
    if (v) made.push_back(v);
  }
  const Body body = builder.finish(made, BodyBuilder::Constants::captured);
  if (reads(body, seeds)) {
    throw GraphError("[jvp] the derivative of " + p.graph.describe(p.index) +
                     " is not linear in the gradient that it is given, so "
                     "that no forward mode follows from it; give the op's "
                     "struct a jvp");
  }
  std::vector<Value> arguments(seeds);
  for (const Value& v : builder.captured()) arguments.push_back(v);
  const std::vector<Value> added = add_body(p.graph, body, arguments);
  for (std::size_t k = 0, n = 0; k < result.size(); ++k) {
    if (result[k]) result[k] = added[n++];
  }
  return result;
}

/// Marks the nodes that ys depend on.
std::vector<bool> needed_for(const Graph& graph, const std::vector<Value>& ys,
                             std::int32_t last) {
  std::vector<bool> needed(static_cast<std::size_t>(last) + 1);
  for (const Value& y : ys) needed[static_cast<std::size_t>(y.node())] = true;
  for (std::int32_t n = last; n >= 0; --n) {
    if (!needed[static_cast<std::size_t>(n)]) continue;
    for (const Port& p : graph.node(n).inputs) {
      needed[static_cast<std::size_t>(p.node)] = true;
    }
  }
  return needed;
}

}  // namespace

std::vector<Value> push_forward(Graph& graph, const std::vector<Value>& ys,
                                const std::vector<Value>& xs,
                                const std::vector<Value>& tangents) {
  std::int32_t last = -1;
  for (const Value& y : ys) last = std::max(last, y.node());
  const std::vector<bool> needed = needed_for(graph, ys, last);
  std::vector<std::vector<Value>> of(needed.size());
  auto add = [&](std::int32_t node, std::size_t output, Value t) {
    auto& list = of[static_cast<std::size_t>(node)];
    list.resize(graph.node(node).outputs.size());
    list[output] = list[output] ? list[output] + t : t;
  };
  auto tangent = [&](Value v) {
    const auto& list = of[static_cast<std::size_t>(v.node())];
    return list.empty() ? Value() : list[static_cast<std::size_t>(v.output())];
  };
  for (std::size_t i = 0; i < xs.size(); ++i) {
    if (xs[i].node() > last) continue;
    add(xs[i].node(), static_cast<std::size_t>(xs[i].output()), tangents[i]);
  }
  for (std::int32_t n = 0; n <= last; ++n) {
    const Node& node = graph.node(n);
    if (!needed[static_cast<std::size_t>(n)] || node.kind != Node::Kind::op) {
      continue;
    }
    const bool moves =
        std::any_of(node.inputs.begin(), node.inputs.end(), [&](const Port& p) {
          return tangent(Value(&graph, p.node, p.output));
        });
    const bool floating =
        std::any_of(node.outputs.begin(), node.outputs.end(),
                    [](const Type& t) { return is_floating(t.dtype); });
    if (!moves || !floating) continue;
    const SourceScope at(graph, n);
    Push p = push_of(graph, n);
    for (const Value& v : p.inputs) p.tangents.push_back(tangent(v));
    const auto found = push(p);
    for (std::size_t k = 0; k < found.size(); ++k) {
      if (found[k]) add(n, k, found[k]);
    }
  }
  std::vector<Value> result;
  for (const Value& y : ys) result.push_back(tangent(y));
  return result;
}

}  // namespace weft
