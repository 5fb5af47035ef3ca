// Puts the nodes of the bodies of checkpoints and custom derivatives in their
// place. A checkpoint's backward computes the forward again: its nodes wait for
// the gradients, and equal nodes that do not are no reason to drop them.

#include <numeric>

#include "ops/bodies.h"
#include "src/compile/ir.h"

namespace weft::passes {

namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

class Inliner {
 public:
  explicit Inliner(Ir& ir) : ir_(ir), now_(ir.values.size()) {
    std::iota(now_.begin(), now_.end(), 0);
  }

  void run() {
    std::vector<IrNode> nodes = std::move(ir_.nodes);
    for (IrNode& node : nodes) {
      for (auto* values : {&node.inputs, &node.after}) {
        for (std::int32_t& v : *values) v = now_[at(v)];
      }
      if (node.op->name() == Checkpoint::name) {
        const auto& op = *static_cast<const Checkpoint*>(node.op->object());
        splice(node, op.body, static_cast<std::size_t>(op.waits));
      } else if (node.op->name() == CustomVjp::name) {
        splice(node, static_cast<const CustomVjp*>(node.op->object())->body, 0);
      } else {
        made_.push_back(std::move(node));
      }
    }
    ir_.nodes = std::move(made_);
    for (std::int32_t& v : ir_.outputs) v = now_[at(v)];
    for (IrAssign& a : ir_.assigns) a.value = now_[at(a.value)];
    drop_unused(ir_);
  }

 private:
  void splice(const IrNode& call, const Body& body, std::size_t waits) {
    Ir inner = body_ir(body);
    inline_bodies(inner);
    std::vector<std::int32_t> id(inner.values.size(), -1);
    for (const IrInput& x : inner.inputs) {
      for (std::size_t i = 0; i < body->inputs.size(); ++i) {
        if (body->inputs[i] == x.node) id[at(x.value)] = call.inputs[i];
      }
    }
    const std::size_t outside = ir_.values.size();
    for (std::size_t v = 0; v < inner.values.size(); ++v) {
      if (id[v] >= 0) continue;
      id[v] = static_cast<std::int32_t>(ir_.values.size());
      now_.push_back(id[v]);
      ir_.values.push_back(std::move(inner.values[v]));
    }
    std::vector<std::int32_t> anchors = last_backward_;
    anchors.insert(anchors.end(),
                   call.inputs.end() - static_cast<std::ptrdiff_t>(waits),
                   call.inputs.end());
    const auto first_place = static_cast<std::int32_t>(ir_.places.size());
    ir_.places.insert(ir_.places.end(), inner.places.begin(),
                      inner.places.end());
    std::vector<bool> from_outside(ir_.values.size());
    for (std::size_t v = 0; v < from_outside.size(); ++v) {
      from_outside[v] = v < outside;
    }
    for (IrNode& n : inner.nodes) {
      bool first = true;  // reads only what was there before the call
      for (auto* values : {&n.inputs, &n.after, &n.outputs}) {
        for (std::int32_t& v : *values) v = id[at(v)];
      }
      for (std::int32_t v : n.inputs) {
        first = first && (from_outside[at(v)] ||
                          ir_.value(v).origin == Origin::constant);
      }
      if (first && waits > 0) {
        n.after.insert(n.after.end(), anchors.begin(), anchors.end());
        if (n.op->traits().alias) from_outside[at(n.outputs[0])] = true;
      }
      n.source += first_place;
      made_.push_back(std::move(n));
    }
    for (std::size_t i = 0; i < call.outputs.size(); ++i) {
      now_[at(call.outputs[i])] = id[at(inner.outputs[i])];
    }
    if (waits == 0) return;
    last_backward_.clear();
    for (std::int32_t v : inner.outputs) last_backward_.push_back(id[at(v)]);
  }

  Ir& ir_;
  std::vector<std::int32_t> now_;  ///< by value: what stands for it
  std::vector<IrNode> made_;
  /// The gradients of the last backward of a checkpoint. The next one waits for
  /// them too: threads that work on both at a time need the memory of both.
  std::vector<std::int32_t> last_backward_;
};

}  // namespace

Ir body_ir(const Body& body) {
  auto* graph = const_cast<Graph*>(body->graph.get());  // only to name values
  CompileOptions options;
  for (const Port& p : body->outputs) {
    options.outputs.emplace_back(graph, p.node, p.output);
  }
  return prune(*graph, options);
}

void inline_bodies(Ir& ir) {
  for (const IrNode& n : ir.nodes) {
    if (n.op->name() == Checkpoint::name || n.op->name() == CustomVjp::name) {
      Inliner(ir).run();
      return;
    }
  }
}

}  // namespace weft::passes
