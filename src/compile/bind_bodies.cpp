#include <algorithm>
#include <numeric>

#include "ops/bodies.h"
#include "src/compile/body_op.h"
#include "weft/registry.h"

namespace weft::passes {

namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// By value: whether a node or the caller reads it.
std::vector<bool> read_values(const Ir& ir) {
  std::vector<bool> read(ir.values.size());
  for (const IrNode& n : ir.nodes) {
    for (const auto* values : {&n.inputs, &n.after}) {
      for (std::int32_t v : *values) read[at(v)] = true;
    }
  }
  for (std::int32_t v : ir.outputs) read[at(v)] = true;
  for (const IrAssign& a : ir.assigns) read[at(a.value)] = true;
  return read;
}

/// Lets each output have memory of its own, which a node writes.
void separate_outputs(Ir& ir) {
  const OpPtr copy = registry().prototype("copy");
  std::vector<bool> taken(ir.values.size());
  for (std::int32_t& v : ir.outputs) {
    std::int32_t root = v;
    while (ir.value(root).origin == Origin::node) {
      const IrNode& n = ir.nodes[at(ir.value(root).producer)];
      if (!n.op->traits().alias) break;
      root = n.inputs[0];
    }
    if (ir.value(root).origin == Origin::node && !taken[at(root)]) {
      taken[at(root)] = true;
      continue;
    }
    IrValue copied;
    copied.type = ir.value(v).type;
    copied.producer = static_cast<std::int32_t>(ir.nodes.size());
    ir.values.push_back(copied);
    taken.push_back(true);
    const auto id = static_cast<std::int32_t>(ir.values.size() - 1);
    ir.nodes.push_back({copy, {v}, {id}, -1});
    v = id;
  }
}

class Binder {
 public:
  Binder(Ir& ir, IrNode& node, const std::vector<bool>& read,
         const Pass& optimise)
      : ir_(ir),
        node_(node),
        optimise_(optimise),
        made_(std::make_shared<BodyOp>()),
        input_of_(node.inputs.size(), -1) {
    for (std::int32_t v : node.outputs) wanted_.push_back(read[at(v)]);
    output_of_.resize(wanted_.size(), -1);
    for (std::size_t i = 0, k = 0; i < wanted_.size(); ++i) {
      if (wanted_[i]) output_of_[i] = static_cast<std::int32_t>(k++);
    }
  }

  void bind_cond(const Cond& op) {
    use(0);
    for (const Body* body : {&op.then, &op.otherwise}) {
      std::vector<std::size_t> outputs;
      for (std::size_t i = 0; i < wanted_.size(); ++i) {
        if (wanted_[i]) outputs.push_back(i);
      }
      BodyOp::Part part = compile(*body, outputs);
      for (BodyOp::Source& s : part.sources) s.index = use(s.index + 1);
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        part.results.push_back(
            {static_cast<std::int32_t>(i), output_of_[outputs[i]]});
      }
      made_->parts.push_back(std::move(part));
    }
    finish();
  }

  void bind_scan(const Scan& op) {
    made_->is_loop = true;
    made_->reverse = op.reverse;
    std::vector<Type> types;
    for (std::int32_t v : node_.inputs) types.push_back(ir_.value(v).type);
    made_->length = Shape{op.steps(types)};
    const std::vector<bool> kept = needed_carries(op);
    std::vector<std::size_t> outputs;
    std::vector<std::int32_t> carry_of(at(op.carries), -1);
    for (std::size_t i = 0; i < at(op.carries); ++i) {
      if (!kept[i]) continue;
      carry_of[i] = static_cast<std::int32_t>(made_->carries.size());
      BodyOp::Carry c;
      c.first = use(static_cast<std::int32_t>(i));
      c.result = static_cast<std::int32_t>(outputs.size());
      c.last = output_of_[i];
      made_->carries.push_back(c);
      outputs.push_back(i);
    }
    std::vector<BodyOp::Result> results;
    for (std::size_t i = at(op.carries); i < wanted_.size(); ++i) {
      if (!wanted_[i]) continue;
      BodyOp::Carry* c = carry_before(op, i, carry_of);
      if (c && c->history < 0) {
        c->history = output_of_[i];
        continue;
      }
      results.push_back(
          {static_cast<std::int32_t>(outputs.size()), output_of_[i]});
      outputs.push_back(i);
    }
    BodyOp::Part part = compile(op.body, outputs);
    part.results = std::move(results);
    for (BodyOp::Source& s : part.sources) {
      using Kind = BodyOp::Source::Kind;
      const bool carry = s.index < op.carries;
      s.kind = carry                                 ? Kind::carry
               : s.index < op.carries + op.sequences ? Kind::row
                                                     : Kind::whole;
      s.index = carry ? carry_of[at(s.index)] : use(s.index);
    }
    made_->parts.push_back(std::move(part));
    finish();
  }

 private:
  /// The carry whose value before the step is output i of the body.
  BodyOp::Carry* carry_before(const Scan& op, std::size_t i,
                              const std::vector<std::int32_t>& carry_of) {
    for (std::size_t c = 0; c < carry_of.size(); ++c) {
      if (carry_of[c] >= 0 && op.body->outputs[i].node == op.body->inputs[c]) {
        return &made_->carries[at(carry_of[c])];
      }
    }
    return nullptr;
  }

  /// Those that what is read depends on.
  std::vector<bool> needed_carries(const Scan& op) const {
    const Graph& g = *op.body->graph;
    std::vector<bool> needed(g.size()), kept(at(op.carries));
    for (std::size_t i = 0; i < wanted_.size(); ++i) {
      if (!wanted_[i]) continue;
      if (i < kept.size()) kept[i] = true;
      needed[at(op.body->outputs[i].node)] = true;
    }
    for (bool changed = true; changed;) {
      changed = false;
      for (std::size_t n = g.size(); n-- > 0;) {
        if (!needed[n]) continue;
        for (const Port& p : g.node(static_cast<std::int32_t>(n)).inputs) {
          needed[at(p.node)] = true;
        }
      }
      for (std::size_t c = 0; c < kept.size(); ++c) {
        const std::size_t result = at(op.body->outputs[c].node);
        const bool keep = kept[c] || needed[at(op.body->inputs[c])];
        changed = changed || (keep && (!kept[c] || !needed[result]));
        kept[c] = keep;
        if (keep) needed[result] = true;
      }
    }
    return kept;
  }

  /// The place of input i among those that the node keeps.
  std::int32_t use(std::int32_t i) {
    std::int32_t& place = input_of_[at(i)];
    if (place < 0) {
      place = static_cast<std::int32_t>(inputs_.size());
      inputs_.push_back(node_.inputs[at(i)]);
    }
    return place;
  }

  BodyOp::Part compile(const Body& body,
                       const std::vector<std::size_t>& outputs) {
    const Body fewer = with_outputs(body, outputs);
    Ir inner = body_ir(fewer);
    optimise_(inner);
    BodyOp::Part part;
    for (const IrInput& x : inner.inputs) {
      const auto& nodes = fewer->inputs;
      const auto i = std::find(nodes.begin(), nodes.end(), x.node);
      BodyOp::Source source;
      source.index = static_cast<std::int32_t>(i - nodes.begin());
      part.sources.push_back(source);
    }
    for (const IrNode& n : inner.nodes) {
      made_->may_throw = made_->may_throw || n.op->traits().throws;
    }
    part.ir = std::make_shared<const Ir>(std::move(inner));
    return part;
  }

  void finish() {
    std::vector<std::int32_t> outputs;
    for (std::size_t i = 0; i < wanted_.size(); ++i) {
      if (wanted_[i]) outputs.push_back(node_.outputs[i]);
    }
    node_.op = std::move(made_);
    node_.inputs = std::move(inputs_);
    node_.outputs = std::move(outputs);
  }

  Ir& ir_;
  IrNode& node_;
  const Pass& optimise_;
  std::shared_ptr<BodyOp> made_;
  std::vector<bool> wanted_;             ///< by output
  std::vector<std::int32_t> output_of_;  ///< by output: its place, or -1
  std::vector<std::int32_t> input_of_;   ///< by input: its place, or -1
  std::vector<std::int32_t> inputs_;
};

}  // namespace

void bind_bodies(Ir& ir, const Pass& optimise, const Pass& fuse) {
  const auto is_body = [](const IrNode& n) {
    return n.op->name() == Scan::name || n.op->name() == Cond::name;
  };
  if (std::none_of(ir.nodes.begin(), ir.nodes.end(), is_body)) return;
  const Pass whole = [&](Ir& body) {
    optimise(body);
    separate_outputs(body);
    fuse(body);
  };
  // From the last to the first: what one no longer reads need not be made.
  for (std::size_t n = ir.nodes.size(); n-- > 0;) {
    IrNode& node = ir.nodes[n];
    if (!is_body(node)) continue;
    const std::vector<bool> read = read_values(ir);
    Binder binder(ir, node, read, whole);
    if (node.op->name() == Scan::name) {
      binder.bind_scan(*static_cast<const Scan*>(node.op->object()));
    } else {
      binder.bind_cond(*static_cast<const Cond*>(node.op->object()));
    }
  }
  drop_unused(ir);
}

}  // namespace weft::passes
