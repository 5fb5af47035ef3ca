#include "src/autodiff/mapping.h"

#include <algorithm>
#include <string_view>

#include "weft/batched.h"
#include "weft/ops.h"
#include "weft/registry.h"
#include "weft/subgraph.h"

namespace weft {

namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

/// An elementwise op broadcasts: the axes of one example are aligned behind
/// that of the examples.
std::vector<Value> by_elements(const OpPtr& op, const Batched& in,
                               const Source& line) {
  int rank = 0;
  for (std::size_t i = 0; i < in.size(); ++i) {
    rank = std::max(rank, in.one(i).rank());
  }
  std::vector<Value> aligned;
  for (std::size_t i = 0; i < in.size(); ++i) {
    aligned.push_back(in.aligned(i, rank));
  }
  return in.graph().add(op, aligned, line);
}

/// Any op, one example after the other.
std::vector<Value> by_loop(const OpPtr& op, const Batched& in,
                           const Source& line) {
  std::vector<Value> xs;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (in.mapped(i)) xs.push_back(in.shared(i));
  }
  auto step = [&](const std::vector<Value>&, const std::vector<Value>& rows) {
    std::vector<Value> inputs;
    for (std::size_t i = 0, k = 0; i < in.size(); ++i) {
      inputs.push_back(in.mapped(i) ? rows[k++] : in.shared(i));
    }
    return Scanned{{}, in.graph().add(op, inputs, line)};
  };
  // A step needs something to run over: of a random op, its number.
  if (xs.empty()) {
    xs.push_back(fill(in.graph(), Shape{in.count()}, 0, DType::i32, line));
  }
  return scan(step, {}, xs, {}, line).ys;
}

std::vector<Value> apply_mapped(const OpPtr& op, const Batched& in,
                                const Source& line) {
  if (op->traits().elementwise) return by_elements(op, in, line);
  const TransformRules rules = registry().rules(*op);
  if (rules.vmap) {
    std::vector<Value> found = rules.vmap(op->object(), in);
    if (!found.empty()) return found;
  }
  return by_loop(op, in, line);
}

/// What a node's scope has after that in which its function is mapped.
std::string_view inner_scope(std::string_view name, std::string_view around) {
  if (around.empty()) return name;
  if (!name.starts_with(around)) return {};
  name.remove_prefix(around.size());
  return name.starts_with('/') ? name.substr(1) : std::string_view();
}

bool differs(const Node& n, const std::vector<bool>& marks) {
  return n.op->traits().random ||
         std::any_of(n.inputs.begin(), n.inputs.end(),
                     [&](const Port& p) { return marks[at(p.node)]; });
}

/// Marks the nodes of a body that differ between examples.
std::vector<bool> mark(const Body& body, const std::vector<bool>& inputs) {
  std::vector<bool> marks(body->graph->size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    marks[at(body->inputs[i])] = inputs[i];
  }
  for (std::size_t i = 0; i < marks.size(); ++i) {
    const Node& n = body->graph->node(static_cast<std::int32_t>(i));
    if (n.kind == Node::Kind::op) marks[i] = differs(n, marks);
  }
  return marks;
}

}  // namespace

std::vector<bool> mapped_outputs(const Body& body,
                                 const std::vector<bool>& inputs) {
  const std::vector<bool> marks = mark(body, inputs);
  std::vector<bool> outputs;
  for (const Port& p : body->outputs) outputs.push_back(marks[at(p.node)]);
  return outputs;
}

std::vector<Lane> add_mapped(Graph& graph, const Body& body,
                             const std::vector<Lane>& arguments, Dim count) {
  std::vector<std::vector<Value>> now(body->graph->size());
  std::vector<bool> inputs;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    now[at(body->inputs[i])] = {arguments[i].value};
    inputs.push_back(arguments[i].mapped);
  }
  const std::vector<bool> marks = mark(body, inputs);
  for (std::size_t i = 0; i < now.size(); ++i) {
    const Node& n = body->graph->node(static_cast<std::int32_t>(i));
    const Source line{n.file.c_str(), n.line};
    if (n.kind == Node::Kind::constant) {
      now[i] = {graph.constant(n.constant, line)};
    }
    if (n.kind != Node::Kind::op) continue;
    std::vector<Value> values;
    std::vector<bool> mapped;
    for (const Port& p : n.inputs) {
      values.push_back(now[at(p.node)][at(p.output)]);
      mapped.push_back(marks[at(p.node)]);
    }
    const CallScope call(graph, line);
    const Scope scope(graph, inner_scope(n.name, graph.scope()));
    now[i] = marks[i] ? apply_mapped(n.op, {graph, count, values, mapped}, line)
                      : graph.add(n.op, values, line);
  }
  std::vector<Lane> outputs;
  for (const Port& p : body->outputs) {
    outputs.push_back({now[at(p.node)][at(p.output)], marks[at(p.node)]});
  }
  return outputs;
}

Body mapped_body(const Body& body, const std::vector<bool>& inputs,
                 const std::vector<bool>& outputs, Dim count, const char* op) {
  Graph graph;
  const Batched batch(graph, count, {}, {});
  std::vector<Lane> arguments;
  std::vector<Value> in, out;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Type& t = body->input(i);
    in.push_back(graph.input(std::to_string(i),
                             inputs[i] ? batch.shape(t.shape) : t.shape,
                             t.dtype, Source{}));
    arguments.push_back({in.back(), inputs[i]});
  }
  const std::vector<Lane> found = add_mapped(graph, body, arguments, count);
  for (std::size_t k = 0; k < found.size(); ++k) {
    const bool lacks = outputs[k] && !found[k].mapped;
    out.push_back(lacks ? batch.repeat(found[k].value) : found[k].value);
  }
  return make_body(graph, in, out, op);
}

}  // namespace weft
