#include "weft/graph.h"

#include <utility>

#include "src/core/annotate.h"
#include "src/core/check_size.h"
#include "src/core/cpu.h"
#include "src/core/printable.h"
#include "weft/error.h"

namespace weft {

namespace {

/// Runs f and adds the scope and the line to the Error that it throws.
template <class F>
auto located(const Graph& graph, const Source& at, F f) {
  try {
    return f();
  } catch (const Error&) {
    std::string place = graph.scope();
    const std::string line = to_string(graph.line_of(at));
    if (!line.empty()) place += (place.empty() ? "" : ", ") + line;
    detail::rethrow_with(place.empty() ? "" : " (" + place + ")");
  }
}

std::string_view kind_name(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::input: return "input";
    case Node::Kind::parameter: return "parameter";
    case Node::Kind::buffer: return "buffer";
    case Node::Kind::constant: return "constant";
    case Node::Kind::assign: return "assign";
    case Node::Kind::op: break;
  }
  return "op";
}

}  // namespace

Graph& Value::graph() const {
  if (!graph_) {
    throw GraphError("an empty value was used; it has no graph");
  }
  return *graph_;
}

const Type& Value::type() const {
  return graph().node(node_).outputs[static_cast<std::size_t>(output_)];
}

std::string Value::path() const { return graph().node(node_).name; }

Graph::Graph() { require_cpu(); }

Source Graph::line_of(Source at) const {
  if (source_) return {source_->file.c_str(), source_->line};
  if (parent_ && !call_) return parent_->line_of(at);
  return call_.value_or(at);
}

Value Graph::local(Value v) {
  if (v.graph().is_body_ && !v.graph().parent_) {
    throw GraphError(
        "a value of a body was used outside of it; let its function return it");
  }
  if (&v.graph() == this) return v;
  if (!parent_) throw GraphError("its inputs belong to different graphs");
  const Value outside = parent_->local(v);
  for (const auto& [known, inside] : captured_) {
    if (known == outside) return inside;
  }
  Node added;
  added.kind = Node::Kind::input;
  added.outputs = {outside.type()};
  const Value inside = add_node(std::move(added), Source{});
  captured_.emplace_back(outside, inside);
  return inside;
}

void Graph::warn(Warning warning, Source at) {
  if (parent_) return parent_->warn(std::move(warning), line_of(at));
  warning.where = to_string(line_of(at));
  warnings_.push_back(std::move(warning));
  if (on_warning) on_warning(warnings_.back());
}

std::string to_string(const Warning& w) {
  return w.kind + ": " + w.subject + ". " + w.reason + " " + w.remedy +
         (w.where.empty() ? "" : " (" + w.where + ")");
}

Value Graph::add_node(Node node, Source at) {
  const Source line = line_of(at);
  const std::string_view what =
      node.kind == Node::Kind::op ? node.op->name() : kind_name(node.kind);
  for (const Type& t : node.outputs) check_size(t.shape, what);
  node.file = line.file;
  node.line = line.line;
  const bool unnamed =
      node.kind == Node::Kind::op || node.kind == Node::Kind::constant;
  if (source_ && unnamed) {
    node.name = source_->kind == Node::Kind::op ? source_->name : "";
  }
  nodes_.push_back(std::move(node));
  return Value(this, static_cast<std::int32_t>(nodes_.size() - 1), 0);
}

Value Graph::add_named(Node::Kind kind, std::string_view name,
                       const Shape& shape, OpPtr initializer, DType dtype,
                       Source at) {
  if (parent_) {  // a body has no states and inputs of its own
    struct Borrow {
      std::string& scope;
      std::string before;
      ~Borrow() { scope = std::move(before); }
    } borrow{parent_->scope_, std::exchange(parent_->scope_, scope_)};
    return local(parent_->add_named(kind, name, shape, std::move(initializer),
                                    dtype, line_of(at)));
  }
  return located(*this, at, [&] {
    const std::string what(kind_name(kind));
    if (name.empty()) throw GraphError("[" + what + "] needs a name");
    const std::string path =
        scope_.empty() ? std::string(name) : scope_ + "/" + std::string(name);
    if (by_path_.contains(path)) {
      throw GraphError("[" + what + "] the name '" + path +
                       "' is taken; give it another one, or a Scope");
    }
    for (Dim d : shape) {
      if (d == kInfer) {
        throw ShapeError("[" + what + "] the shape " + to_string(shape) +
                         " of '" + path + "' has a -1; did you mean kBatch?");
      }
    }
    if (kind != Node::Kind::input) {
      if (!shape.is_concrete()) {
        throw ShapeError("[" + what + "] the shape " + to_string(shape) +
                         " of '" + path + "' must not be symbolic");
      }
      if (!initializer) {
        throw GraphError("[" + what + "] '" + path +
                         "' needs an initializer, such as "
                         "initializers::zeros()");
      }
    }
    Node node;
    node.kind = kind;
    node.op = std::move(initializer);
    node.outputs = {Type{dtype, shape}};
    node.name = path;
    const Value v = add_node(std::move(node), at);
    by_path_.emplace(path, v.node());
    return v;
  });
}

Value Graph::input(std::string_view name, const Shape& shape, DType dtype,
                   Source at) {
  return add_named(Node::Kind::input, name, shape, nullptr, dtype, at);
}

Value Graph::parameter(std::string_view name, const Shape& shape,
                       OpPtr initializer, DType dtype, Source at) {
  return add_named(Node::Kind::parameter, name, shape, std::move(initializer),
                   dtype, at);
}

Value Graph::buffer(std::string_view name, const Shape& shape,
                    OpPtr initializer, DType dtype, Source at) {
  return add_named(Node::Kind::buffer, name, shape, std::move(initializer),
                   dtype, at);
}

Value Graph::constant(const Tensor& tensor, Source at) {
  Node node;
  node.kind = Node::Kind::constant;
  node.outputs = {tensor.type()};
  node.name = scope_;
  node.constant = tensor;
  return add_node(std::move(node), at);
}

Value Graph::assign(Value state, Value value, Source at) {
  return located(*this, at, [&] {
    if (parent_ || child_) {
      throw GraphError(
          "[assign] a state can't be written in the body of a scan, cond, "
          "checkpoint or custom derivative; let its function return the value "
          "and assign it outside");
    }
    if (&state.graph() != this || &value.graph() != this) {
      throw GraphError("[assign] state and value must be of this graph");
    }
    const Node::Kind kind = node(state).kind;
    if (kind != Node::Kind::parameter && kind != Node::Kind::buffer) {
      throw GraphError(
          "[assign] only a parameter or buffer can be written, "
          "not " +
          describe(state.node()));
    }
    if (state.type() != value.type()) {
      throw ShapeError("[assign] '" + state.path() + "' is " +
                       to_string(state.type()) + ", the value is " +
                       to_string(value.type()));
    }
    Node added;
    added.kind = Node::Kind::assign;
    added.inputs = {{state.node(), state.output()},
                    {value.node(), value.output()}};
    added.outputs = {state.type()};
    added.name = state.path();
    return add_node(std::move(added), at);
  });
}

std::vector<Value> Graph::add(OpPtr op, std::span<const Value> inputs,
                              Source at) {
  if (child_) return child_->add(std::move(op), inputs, at);
  return located(*this, at, [&] {
    Node node;
    std::vector<Type> types;
    types.reserve(inputs.size());
    for (Value v : inputs) {
      if (&v.graph() != this || is_body_) v = inner(v, op->name());
      types.push_back(v.type());
      node.inputs.push_back({v.node(), v.output()});
    }
    node.outputs = op->infer(types);
    node.op = std::move(op);
    node.name = scope_;
    const std::size_t count = node.outputs.size();
    const Value first = add_node(std::move(node), at);
    std::vector<Value> out;
    out.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      out.emplace_back(this, first.node(), static_cast<std::int32_t>(i));
    }
    return out;
  });
}

Value Graph::inner(Value v, std::string_view op) {
  try {
    return local(v);
  } catch (const GraphError& e) {
    throw GraphError("[" + std::string(op) + "] " + e.what());
  }
}

std::vector<Value> Graph::parameters() const {
  std::vector<Value> found;
  for (const Value& v : state()) {
    if (v.graph().node(v).kind == Node::Kind::parameter) found.push_back(v);
  }
  return found;
}

namespace {
Value handle(const Graph* graph, std::size_t index) {
  return Value(const_cast<Graph*>(graph), static_cast<std::int32_t>(index), 0);
}
}  // namespace

std::vector<Value> Graph::state() const {
  if (parent_) return parent_->state();
  std::vector<Value> found;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].kind == Node::Kind::parameter ||
        nodes_[i].kind == Node::Kind::buffer) {
      found.push_back(handle(this, i));
    }
  }
  return found;
}

std::vector<Value> Graph::inputs() const {
  std::vector<Value> found;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].kind == Node::Kind::input) found.push_back(handle(this, i));
  }
  return found;
}

Value Graph::find(std::string_view path) const {
  if (parent_) {
    const Value outside = parent_->find(path);
    return outside ? const_cast<Graph*>(this)->local(outside) : outside;
  }
  const auto at = by_path_.find(path);
  if (at == by_path_.end()) return {};
  return handle(this, static_cast<std::size_t>(at->second));
}

void Graph::add_step_update(Value assign) {
  if (node(assign).kind != Node::Kind::assign) {
    throw GraphError("[add_step_update] takes the result of assign, not " +
                     describe(assign.node()));
  }
  step_updates_.push_back(assign);
}

std::string Graph::describe(std::int32_t index) const {
  const Node& n = node(index);
  std::string text(n.op && n.kind == Node::Kind::op ? n.op->name()
                                                    : kind_name(n.kind));
  std::string place = n.name;
  const std::string line = to_string(Source{n.file.c_str(), n.line});
  if (!line.empty()) place += (place.empty() ? "" : ", ") + line;
  return place.empty() ? text : text + " (" + place + ")";
}

void Graph::restore(Node node) {
  const bool named = node.kind == Node::Kind::input ||
                     node.kind == Node::Kind::parameter ||
                     node.kind == Node::Kind::buffer;
  if (named) {
    const auto index = static_cast<std::int32_t>(nodes_.size());
    if (!by_path_.emplace(node.name, index).second) {
      throw FormatError("two nodes have the name '" +
                        detail::printable(node.name) + "'");
    }
  }
  nodes_.push_back(std::move(node));
}

Scope::Scope(Graph& graph, std::string_view name)
    : graph_(graph), before_(graph.scope_) {
  if (!name.empty()) {
    if (!graph.scope_.empty()) graph.scope_ += "/";
    graph.scope_ += name;
  }
}

Scope::~Scope() { graph_.scope_ = before_; }

CallScope::CallScope(Graph& graph, const Source& at)
    : graph_(graph), outermost_(!graph.call_) {
  if (outermost_) graph.call_ = at;
}

CallScope::CallScope(const Operand& x) : CallScope(x.value.graph(), x.at) {}

CallScope::~CallScope() {
  if (outermost_) graph_.call_.reset();
}

SourceScope::SourceScope(Graph& graph, std::int32_t node)
    : graph_(graph), before_(graph.source_) {
  graph.source_ = &graph.node(node);
}

SourceScope::~SourceScope() { graph_.source_ = before_; }

namespace detail {

std::vector<Value> apply_op(OpPtr op, std::vector<Operand> inputs) {
  const Operand* first = nullptr;
  for (const Operand& o : inputs) {
    if (o.value && !first) first = &o;
  }
  if (!first) {
    throw GraphError("[" + std::string(op->name()) +
                     "] needs at least one value of a graph");
  }
  Graph& graph = first->value.graph();
  std::vector<Value> values;
  values.reserve(inputs.size());
  for (const Operand& o : inputs) {
    values.push_back(
        o.value ? o.value
                : graph.constant(Tensor::scalar(o.number, first->value.dtype()),
                                 o.at));
  }
  return graph.add(std::move(op), values, inputs.front().at);
}

}  // namespace detail
}  // namespace weft
