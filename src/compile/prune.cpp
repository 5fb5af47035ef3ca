// Keeps what outputs and updates need, and leaves the graph behind: from here
// on the computation is an Ir.

#include "src/compile/ir.h"
#include "weft/error.h"

namespace weft::passes {

namespace {

class Builder {
 public:
  Builder(const Graph& graph, const CompileOptions& options)
      : graph_(graph),
        options_(options),
        needed_(graph.size()),
        first_value_(graph.size(), -1) {
    ir_.graph = &graph;
  }

  Ir build() {
    for (const Value& v : options_.outputs) need(v, "output");
    for (const Value& v : options_.updates) {
      need(v, "update");
      if (graph_.node(v).kind != Node::Kind::assign) {
        throw GraphError(
            "[compile] an update must be the result of assign, "
            "not " +
            graph_.describe(v.node()));
      }
    }
    mark();
    for (std::size_t i = 0; i < graph_.size(); ++i) {
      if (needed_[i]) add(static_cast<std::int32_t>(i));
    }
    for (const Value& v : options_.outputs) {
      ir_.outputs.push_back(id({v.node(), v.output()}));
    }
    for (const Value& v : options_.updates) add_assign(v);
    return std::move(ir_);
  }

 private:
  void need(Value v, const char* what) {
    if (&v.graph() != &graph_) {
      throw GraphError(std::string("[compile] an ") + what +
                       " belongs to another graph");
    }
    needed_[static_cast<std::size_t>(v.node())] = true;
  }

  void mark() {
    for (std::size_t i = graph_.size(); i-- > 0;) {
      if (!needed_[i]) continue;
      for (const Port& p : graph_.node(static_cast<std::int32_t>(i)).inputs) {
        needed_[static_cast<std::size_t>(p.node)] = true;
      }
    }
  }

  std::int32_t id(Port p) const {
    return first_value_[static_cast<std::size_t>(p.node)] + p.output;
  }

  std::int32_t new_value(const Type& type, Origin origin) {
    IrValue v;
    v.type = type;
    v.origin = origin;
    ir_.values.push_back(std::move(v));
    return static_cast<std::int32_t>(ir_.values.size() - 1);
  }

  void add(std::int32_t index) {
    const Node& n = graph_.node(index);
    auto& first = first_value_[static_cast<std::size_t>(index)];
    switch (n.kind) {
      case Node::Kind::assign:
        first = id(n.inputs[1]);  // stands for the written value
        return;
      case Node::Kind::input:
        first = new_value(n.outputs[0], Origin::input);
        ir_.value(first).index = static_cast<std::int32_t>(ir_.inputs.size());
        ir_.inputs.push_back({index, n.name, first});
        return;
      case Node::Kind::parameter:
      case Node::Kind::buffer:
        first = new_value(n.outputs[0], Origin::state);
        ir_.value(first).index = static_cast<std::int32_t>(ir_.states.size());
        ir_.states.push_back({n.name, first});
        return;
      case Node::Kind::constant:
        first = new_value(n.outputs[0], Origin::constant);
        ir_.value(first).constant = n.constant;
        return;
      case Node::Kind::op: break;
    }
    IrNode node;
    node.op = n.op;
    node.source = static_cast<std::int32_t>(ir_.places.size());
    ir_.places.push_back(graph_.describe(index));
    for (const Port& p : n.inputs) node.inputs.push_back(id(p));
    for (const Type& t : n.outputs) {
      const std::int32_t v = new_value(t, Origin::node);
      ir_.value(v).producer = static_cast<std::int32_t>(ir_.nodes.size());
      node.outputs.push_back(v);
    }
    first = node.outputs.empty() ? -1 : node.outputs.front();
    ir_.nodes.push_back(std::move(node));
  }

  void add_assign(Value v) {
    const Node& n = graph_.node(v);
    const std::int32_t state = ir_.value(id(n.inputs[0])).index;
    for (const IrAssign& a : ir_.assigns) {
      if (a.state == state) {
        throw GraphError("[compile] two updates write '" + n.name + "'");
      }
    }
    ir_.assigns.push_back({state, id(n.inputs[1])});
  }

  const Graph& graph_;
  const CompileOptions& options_;
  std::vector<bool> needed_;
  std::vector<std::int32_t> first_value_;
  Ir ir_;
};

}  // namespace

Ir prune(const Graph& graph, const CompileOptions& options) {
  return Builder(graph, options).build();
}

std::vector<int> count_uses(const Ir& ir) {
  std::vector<int> uses(ir.values.size());
  auto use = [&](std::int32_t v) { ++uses[static_cast<std::size_t>(v)]; };
  for (const IrNode& n : ir.nodes) {
    for (std::int32_t v : n.inputs) use(v);
  }
  for (std::int32_t v : ir.outputs) use(v);
  for (const IrAssign& a : ir.assigns) use(a.value);
  return uses;
}

void drop_unused(Ir& ir) {
  std::vector<bool> live(ir.values.size());
  for (std::int32_t v : ir.outputs) live[static_cast<std::size_t>(v)] = true;
  for (const IrAssign& a : ir.assigns) {
    live[static_cast<std::size_t>(a.value)] = true;
  }
  std::vector<bool> keep(ir.nodes.size());
  for (std::size_t n = ir.nodes.size(); n-- > 0;) {
    for (std::int32_t v : ir.nodes[n].outputs) {
      keep[n] = keep[n] || live[static_cast<std::size_t>(v)];
    }
    if (!keep[n]) continue;
    for (const auto* values : {&ir.nodes[n].inputs, &ir.nodes[n].after}) {
      for (std::int32_t v : *values) live[static_cast<std::size_t>(v)] = true;
    }
  }
  std::vector<IrNode> kept;
  for (std::size_t n = 0; n < ir.nodes.size(); ++n) {
    if (!keep[n]) continue;
    for (std::int32_t v : ir.nodes[n].outputs) {
      ir.value(v).producer = static_cast<std::int32_t>(kept.size());
    }
    std::erase_if(ir.nodes[n].after, [&](std::int32_t v) {
      const IrValue& value = ir.value(v);
      return value.origin != Origin::node || !live[static_cast<std::size_t>(v)];
    });
    kept.push_back(std::move(ir.nodes[n]));
  }
  ir.nodes = std::move(kept);
}

}  // namespace weft::passes
