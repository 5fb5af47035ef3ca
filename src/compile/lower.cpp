// Replaces nodes by their definition in other ops, such as a softmax along the
// last axis by a maximum, an exponential, a sum and a quotient: parts that can
// join their neighbours' groups.

#include "src/compile/group.h"
#include "src/compile/ir.h"

namespace weft::passes {

namespace {

/// The definition of a node as a computation of its own, without nodes if there
/// is none that can be fused.
Ir definition(const Ir& ir, const IrNode& node) {
  if (!node.op->traits().lowers || node.inputs.size() != 1) return {};
  const Shape& shape = ir.value(node.inputs[0]).type.shape;
  if (shape.rank() < 2) return {};
  const Dim last = shape[shape.rank() - 1];
  if (last.is_symbolic() || last.size() < 2 || last.size() > kLongestRow) {
    return {};
  }
  Graph g;
  const Value x = g.input("x", shape, ir.value(node.inputs[0]).type.dtype);
  const Value y = node.op->lower({&x, 1});
  if (!y) return {};
  CompileOptions options;
  options.outputs = {y};
  return prune(g, options);
}

/// Appends the nodes of `body` for `node`; its last value becomes the node's.
void splice(Ir& ir, const IrNode& node, Ir body, std::vector<IrNode>& out) {
  std::vector<std::int32_t> id(body.values.size(), -1);
  for (const IrInput& x : body.inputs) {
    id[static_cast<std::size_t>(x.value)] = node.inputs[0];
  }
  id[static_cast<std::size_t>(body.outputs[0])] = node.outputs[0];
  for (std::size_t v = 0; v < body.values.size(); ++v) {
    if (id[v] >= 0) continue;
    id[v] = static_cast<std::int32_t>(ir.values.size());
    ir.values.push_back(std::move(body.values[v]));
  }
  for (IrNode& n : body.nodes) {
    for (std::int32_t& v : n.inputs) v = id[static_cast<std::size_t>(v)];
    for (std::int32_t& v : n.outputs) v = id[static_cast<std::size_t>(v)];
    n.source = node.source;
    if (n.inputs == node.inputs) n.after = node.after;
    out.push_back(std::move(n));
  }
}

}  // namespace

void lower(Ir& ir) {
  std::vector<IrNode> nodes;
  for (const IrNode& node : ir.nodes) {
    Ir body = definition(ir, node);
    if (body.nodes.empty()) {
      nodes.push_back(node);
    } else {
      splice(ir, node, std::move(body), nodes);
    }
  }
  ir.nodes = std::move(nodes);
  drop_unused(ir);
}

}  // namespace weft::passes
