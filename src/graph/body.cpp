#include "src/graph/body.h"

#include <algorithm>
#include <map>
#include <utility>

#include "weft/error.h"

namespace weft {

namespace {

bool same_node(const Node& a, const Node& b) {
  if (a.kind != b.kind || a.inputs != b.inputs || a.outputs != b.outputs) {
    return false;
  }
  if (a.kind == Node::Kind::constant) return a.constant.bits_equal(b.constant);
  return a.kind != Node::Kind::op || *a.op == *b.op;
}

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

/// Constants of as many elements are copied into the bodies that read them.
constexpr std::int64_t kSmall = 64;

/// Constants that stand for inputs of a graph, by node.
using Replaced = std::map<std::int32_t, const Node*>;

/// Copies what the outputs of a body need into a graph of its own.
class Copy {
 public:
  Copy(const Graph& from, std::string op, Replaced constants = {})
      : from_(from),
        op_(std::move(op)),
        constants_(std::move(constants)),
        now_(from.size()) {}

  Body make(std::span<const Value> inputs, std::span<const Value> outputs) {
    auto content = std::make_shared<BodyContent>();
    auto graph = std::make_shared<Graph>();
    std::vector<bool> needed(from_.size());
    for (const Value& v : outputs) needed[at(v.node())] = true;
    for (std::size_t i = from_.size(); i-- > 0;) {
      if (!needed[i]) continue;
      for (const Port& p : from_.node(static_cast<std::int32_t>(i)).inputs) {
        needed[at(p.node)] = true;
      }
    }
    for (const Value& v : inputs) {
      Node n;
      n.kind = Node::Kind::input;
      n.outputs = {v.type()};
      n.name = std::to_string(content->inputs.size());
      content->inputs.push_back(static_cast<std::int32_t>(graph->size()));
      now_[at(v.node())] = {
          Value(graph.get(), static_cast<std::int32_t>(graph->size()), 0)};
      graph->restore(std::move(n));
    }
    for (std::size_t i = 0; i < from_.size(); ++i) {
      const auto node = static_cast<std::int32_t>(i);
      if (needed[i] && now_[i].empty()) add(*graph, node);
    }
    for (const Value& v : outputs) {
      const Value to = now_[at(v.node())][at(v.output())];
      content->outputs.push_back({to.node(), to.output()});
    }
    content->graph = std::move(graph);
    return Body(std::move(content));
  }

 private:
  void add(Graph& to, std::int32_t node) {
    const auto constant = constants_.find(node);
    if (constant != constants_.end()) {
      now_[at(node)] = {Value(&to, static_cast<std::int32_t>(to.size()), 0)};
      to.restore(*constant->second);
      return;
    }
    const Node::Kind kind = from_.node(node).kind;
    if (kind != Node::Kind::op && kind != Node::Kind::constant) {
      throw GraphError("[" + op_ + "] its body reads " + from_.describe(node) +
                       ", which is none of its inputs");
    }
    copy_node(to, from_, node, now_);
  }

  const Graph& from_;
  std::string op_;
  Replaced constants_;
  std::vector<std::vector<Value>> now_;
};

}  // namespace

bool operator==(const Body& a, const Body& b) {
  if (a.content_ == b.content_) return true;
  if (!a || !b || a->inputs != b->inputs || a->outputs != b->outputs ||
      a->graph->size() != b->graph->size()) {
    return false;
  }
  for (std::size_t i = 0; i < a->graph->size(); ++i) {
    const auto node = static_cast<std::int32_t>(i);
    if (!same_node(a->graph->node(node), b->graph->node(node))) return false;
  }
  return true;
}

std::string to_string(const Body& body) {
  if (!body) return "{}";
  const std::size_t nodes = body->graph->size() - body->inputs.size();
  return "{" + std::to_string(nodes) + (nodes == 1 ? " node}" : " nodes}");
}

Body make_body(const Graph& graph, std::span<const Value> inputs,
               std::span<const Value> outputs, const std::string& op) {
  return Copy(graph, op).make(inputs, outputs);
}

Body with_outputs(const Body& body, std::span<const std::size_t> outputs) {
  auto* graph = const_cast<Graph*>(body->graph.get());  // only to name values
  std::vector<Value> in, out;
  for (std::int32_t n : body->inputs) in.emplace_back(graph, n, 0);
  for (std::size_t i : outputs) {
    out.emplace_back(graph, body->outputs[i].node, body->outputs[i].output);
  }
  return make_body(*graph, in, out, "body");
}

Body with_inputs(const Body& body, std::span<const Type> types,
                 std::span<const std::size_t> place) {
  Graph wide;
  std::vector<Value> in, out;
  for (const Type& t : types) {
    in.push_back(
        wide.input(std::to_string(in.size()), t.shape, t.dtype, Source{}));
  }
  std::vector<std::vector<Value>> now(body->graph->size());
  for (std::size_t i = 0; i < place.size(); ++i) {
    now[at(body->inputs[i])] = {in[place[i]]};
  }
  for (std::size_t i = 0; i < now.size(); ++i) {
    const auto node = static_cast<std::int32_t>(i);
    if (now[i].empty()) copy_node(wide, *body->graph, node, now);
  }
  for (const Port& p : body->outputs) {
    out.push_back(now[at(p.node)][at(p.output)]);
  }
  return make_body(wide, in, out, "body");
}

void copy_node(Graph& to, const Graph& from, std::int32_t node,
               std::vector<std::vector<Value>>& now) {
  Node n = from.node(node);
  for (Port& p : n.inputs) {
    const Value v = now[at(p.node)][at(p.output)];
    p = {v.node(), v.output()};
  }
  const auto index = static_cast<std::int32_t>(to.size());
  auto& made = now[at(node)];
  made.clear();
  for (std::size_t k = 0; k < n.outputs.size(); ++k) {
    made.emplace_back(&to, index, static_cast<std::int32_t>(k));
  }
  to.restore(std::move(n));
}

std::vector<Value> add_body(Graph& graph, const Body& body,
                            std::span<const Value> arguments) {
  std::vector<std::vector<Value>> now(body->graph->size());
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    now[at(body->inputs[i])] = {arguments[i]};
  }
  for (std::size_t i = 0; i < now.size(); ++i) {
    const Node& n = body->graph->node(static_cast<std::int32_t>(i));
    const Source line{n.file.c_str(), n.line};
    if (n.kind == Node::Kind::constant) {
      now[i] = {graph.constant(n.constant, line)};
    } else if (n.kind == Node::Kind::op) {
      std::vector<Value> inputs;
      for (const Port& p : n.inputs) {
        inputs.push_back(now[at(p.node)][at(p.output)]);
      }
      now[i] = graph.add(n.op, inputs, line);
    }
  }
  std::vector<Value> outputs;
  for (const Port& p : body->outputs) {
    outputs.push_back(now[at(p.node)][at(p.output)]);
  }
  return outputs;
}

void check_arguments(std::string_view op, const Body& body,
                     std::span<const Type> types) {
  const std::string name(op);
  if (!body) throw GraphError("[" + name + "] has no body");
  if (types.size() != body->inputs.size()) {
    throw GraphError("[" + name + "] takes " +
                     std::to_string(body->inputs.size()) + " inputs, got " +
                     std::to_string(types.size()));
  }
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (types[i] == body->input(i)) continue;
    const std::string text = "[" + name + "] input " + std::to_string(i) +
                             " of its body is " + to_string(body->input(i)) +
                             ", got " + to_string(types[i]);
    if (types[i].dtype != body->input(i).dtype) throw TypeError(text);
    throw ShapeError(text);
  }
}

namespace {

/// The node up to `last` whose body has a copy of the constant, or -1.
std::int32_t node_with_copy(const Graph& graph, std::int32_t last,
                            std::int32_t constant) {
  for (std::int32_t i = 0; i <= last; ++i) {
    const Node& n = graph.node(i);
    if (n.kind != Node::Kind::op || !n.op->traits().has_body) continue;
    for (const Attribute& a : n.op->attributes()) {
      const Body* body = std::get_if<Body>(&a.value);
      if (!body || !*body) continue;
      const std::vector<std::int32_t>& copied = (*body)->copied;
      if (std::find(copied.begin(), copied.end(), constant) != copied.end()) {
        return i;
      }
    }
  }
  return -1;
}

/// Whether any node that y is made of has a body.
bool depends_on_bodies(const Graph& graph, std::int32_t y) {
  std::vector<bool> needed(at(y) + 1);
  needed[at(y)] = true;
  for (std::int32_t i = y; i >= 0; --i) {
    const Node& n = graph.node(i);
    if (!needed[at(i)]) continue;
    if (n.kind == Node::Kind::op && n.op->traits().has_body) return true;
    for (const Port& p : n.inputs) needed[at(p.node)] = true;
  }
  return false;
}

}  // namespace

void check_no_copies(std::string_view function, Value y,
                     std::span<const Value> xs, const Source& at) {
  const Graph& graph = y.graph();
  for (const Value& x : xs) {
    if (&x.graph() != &graph) continue;
    const Node& n = graph.node(x.node());
    if (n.kind != Node::Kind::constant || n.constant.size() > kSmall) continue;
    // Bodies of derivatives have copies that come from those of others.
    const std::int32_t found = node_with_copy(graph, y.node(), x.node());
    if (found < 0 || !depends_on_bodies(graph, y.node())) continue;
    throw GraphError("[" + std::string(function) + "] the body of " +
                     graph.describe(found) + " has a copy of the constant " +
                     graph.describe(x.node()) +
                     ", which has no derivative; make it an input, a parameter "
                     "or a buffer" +
                     at_line(at));
  }
}

Graph& BodyBuilder::innermost(Graph& graph) {
  Graph* found = &graph;
  while (found->child_) found = found->child_;
  return *found;
}

BodyBuilder::BodyBuilder(Graph& outer, std::string op)
    : outer_(innermost(outer)),
      op_(std::move(op)),
      graph_(std::make_shared<Graph>()) {
  graph_->parent_ = &outer_;
  graph_->is_body_ = true;
  graph_->scope_ = outer_.scope_;
  outer_.child_ = graph_.get();
}

BodyBuilder::~BodyBuilder() { end(); }

void BodyBuilder::end() {
  if (!graph_->parent_) return;
  graph_->parent_ = nullptr;
  outer_.child_ = nullptr;
}

Value BodyBuilder::input(const Type& type) {
  Node n;
  n.kind = Node::Kind::input;
  n.outputs = {type};
  inputs_.push_back(graph_->add_node(std::move(n), Source{}));
  return inputs_.back();
}

std::vector<Value> BodyBuilder::inputs(std::span<const Value> like) {
  std::vector<Value> made;
  for (const Value& v : like) made.push_back(input(v.type()));
  return made;
}

Body BodyBuilder::finish(std::span<const Value> outputs, Constants constants) {
  std::vector<Value> local;
  for (const Value& v : outputs) {
    if (!v) throw GraphError("[" + op_ + "] its function returned no value");
    local.push_back(graph_->local(v));
  }
  std::vector<Value> all = inputs_;
  Replaced copies;
  std::vector<std::int32_t> copied;
  for (const auto& [outside, inside] : graph_->captured_) {
    const Node& n = outer_.node(outside);
    if (constants != Constants::captured && n.kind == Node::Kind::constant &&
        n.constant.size() <= kSmall) {
      copies.emplace(inside.node(), &n);
      if (constants == Constants::copied) copied.push_back(outside.node());
    } else {
      all.push_back(inside);
      outside_.push_back(outside);
    }
  }
  end();
  const Body body = Copy(*graph_, op_, copies).make(all, local);
  auto content = std::make_shared<BodyContent>(*body);
  content->keep = graph_;
  content->copied = std::move(copied);
  return Body(std::move(content));
}

}  // namespace weft
