// Constant folding, common subexpressions and algebra. Each is a walk over the
// nodes in topological order that keeps, for every value, the value that now
// stands for it.

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "src/compile/ir.h"
#include "weft/error.h"
#include "weft/registry.h"

namespace weft::passes {

namespace {

/// What stands for each value while a pass rewrites.
class Substitution {
 public:
  explicit Substitution(const Ir& ir) : stands_for_(ir.values.size()) {
    std::iota(stands_for_.begin(), stands_for_.end(), 0);
  }
  std::int32_t operator[](std::int32_t v) const {
    const auto i = static_cast<std::size_t>(v);
    return i < stands_for_.size() ? stands_for_[i] : v;
  }
  void replace(std::int32_t v, std::int32_t by) {
    stands_for_[static_cast<std::size_t>(v)] = (*this)[by];
  }
  void apply_to_inputs(IrNode& node) const {
    for (std::int32_t& v : node.inputs) v = (*this)[v];
    for (std::int32_t& v : node.after) v = (*this)[v];
  }
  void finish(Ir& ir) const {
    for (std::int32_t& v : ir.outputs) v = (*this)[v];
    for (IrAssign& a : ir.assigns) a.value = (*this)[a.value];
    drop_unused(ir);
  }

 private:
  std::vector<std::int32_t> stands_for_;
};

bool is_constant(const Ir& ir, std::int32_t v) {
  return ir.value(v).origin == Origin::constant;
}

}  // namespace

namespace {

/// What going through an array takes: an empty one with a large axis is not
/// done at once.
std::int64_t effort(const Type& type) {
  constexpr std::int64_t kMost = std::int64_t{1} << 30;
  std::int64_t n = 1;
  for (Dim d : type.shape) {
    n *= std::clamp<std::int64_t>(d.size(), 1, kMost);
    n = std::min(n, kMost);
  }
  return n;
}

}  // namespace

void fold_constants(Ir& ir, Evaluate evaluate) {
  constexpr std::int64_t kLargest = 1 << 16;  // elements worth keeping
  // All in all, with the operands: a small file must neither fill the memory
  // with what it folds to, nor go through one constant again and again.
  std::int64_t left = 1 << 22;
  for (const IrNode& node : ir.nodes) {
    const OpTraits traits = node.op->traits();
    bool fold = !traits.random && !traits.has_body;
    for (std::int32_t v : node.inputs) fold = fold && is_constant(ir, v);
    std::vector<Type> types;
    std::int64_t elements = 0;
    for (std::int32_t v : node.inputs) {
      if (fold) elements += effort(ir.value(v).type);
    }
    for (std::int32_t v : node.outputs) {
      const Type& t = ir.value(v).type;
      fold = fold && t.shape.is_concrete() && effort(t) <= kLargest;
      types.push_back(t);
      if (fold) elements += effort(t);
    }
    if (!fold || elements > left) continue;
    left -= elements;
    std::vector<Tensor> inputs;
    for (std::int32_t v : node.inputs) inputs.push_back(ir.value(v).constant);
    std::vector<Tensor> results;
    try {
      results = evaluate(*node.op, inputs, types);
    } catch (const Error&) {
      continue;  // such as an index out of range: the run says it, and where
    }
    for (std::size_t i = 0; i < results.size(); ++i) {
      IrValue& v = ir.value(node.outputs[i]);
      v.origin = Origin::constant;
      v.constant = results[i];
    }
  }
  std::erase_if(ir.nodes, [&](const IrNode& n) {
    return !n.outputs.empty() && is_constant(ir, n.outputs.front());
  });
  drop_unused(ir);
}

namespace {

/// Candidates of one hash that are looked at: a hostile file can have any
/// number of them, and what is not merged is only computed twice.
constexpr int kMostCandidates = 16;

}  // namespace

void merge_common(Ir& ir) {
  Substitution now(ir);
  std::unordered_multimap<std::size_t, std::int32_t> constants;
  for (std::size_t i = 0; i < ir.values.size(); ++i) {
    const auto id = static_cast<std::int32_t>(i);
    const IrValue& v = ir.values[i];
    if (v.origin != Origin::constant || v.constant.size() > 64) continue;
    const std::string_view bytes(static_cast<const char*>(v.constant.raw()),
                                 v.constant.bytes());
    const std::size_t hash = std::hash<std::string_view>{}(bytes);
    bool merged = false;
    int left = kMostCandidates;
    for (auto [at, end] = constants.equal_range(hash); at != end && left-- > 0;
         ++at) {
      if (ir.value(at->second).constant.bits_equal(v.constant)) {
        now.replace(id, at->second);
        merged = true;
        break;
      }
    }
    if (!merged) constants.emplace(hash, id);
  }
  std::unordered_multimap<std::size_t, std::size_t> seen;
  for (std::size_t n = 0; n < ir.nodes.size(); ++n) {
    IrNode& node = ir.nodes[n];
    now.apply_to_inputs(node);
    std::size_t hash = hash_value(*node.op);
    for (std::int32_t v : node.inputs) {
      hash = hash * 1000003 + static_cast<std::size_t>(v);
    }
    bool merged = false;
    int left = kMostCandidates;
    for (auto [at, end] = seen.equal_range(hash); at != end && left-- > 0;
         ++at) {
      const IrNode& other = ir.nodes[at->second];
      if (other.inputs == node.inputs && other.after == node.after &&
          *other.op == *node.op) {
        for (std::size_t i = 0; i < node.outputs.size(); ++i) {
          now.replace(node.outputs[i], other.outputs[i]);
        }
        merged = true;
        break;
      }
    }
    if (!merged) seen.emplace(hash, n);
  }
  now.finish(ir);
}

namespace {

/// True if every element of v is known to be `number`.
bool is_all(const Ir& ir, std::int32_t v, double number) {
  const IrValue& value = ir.value(v);
  if (value.origin == Origin::constant) {
    const Tensor& t = value.constant;
    return t.size() == 1 && t.at(0) == number;
  }
  if (value.origin != Origin::node) return false;
  const Op& op = *ir.nodes[static_cast<std::size_t>(value.producer)].op;
  if (op.name() != "fill") return false;
  for (const Attribute& a : op.attributes()) {
    if (a.name == "value") return std::get<double>(a.value) == number;
  }
  return false;
}

const IrNode* producer(const Ir& ir, std::int32_t v, std::string_view name) {
  const IrValue& value = ir.value(v);
  if (value.origin != Origin::node) return nullptr;
  const IrNode& n = ir.nodes[static_cast<std::size_t>(value.producer)];
  return n.op->name() == name ? &n : nullptr;
}

/// x·1, 1·x, x+0, 0+x, x−0, x÷1: the operand that equals the result, or -1.
std::int32_t neutral(const Ir& ir, const IrNode& n) {
  const std::string_view op = n.op->name();
  const Type& out = ir.value(n.outputs[0]).type;
  auto pick = [&](std::size_t keep, std::size_t other, double number) {
    return ir.value(n.inputs[keep]).type == out &&
                   is_all(ir, n.inputs[other], number)
               ? n.inputs[keep]
               : -1;
  };
  std::int32_t found = -1;
  if (op == "multiply" || op == "add") {
    const double e = op == "add" ? 0 : 1;
    found = pick(0, 1, e);
    if (found < 0) found = pick(1, 0, e);
  } else if (op == "subtract") {
    found = pick(0, 1, 0);
  } else if (op == "divide") {
    found = pick(0, 1, 1);
  }
  return found;
}

/// Elementwise ops broadcast by themselves: an expand before one is dropped
/// where the other operands give the shape.
void skip_expands(Ir& ir, IrNode& n) {
  if (!n.op->traits().elementwise) return;
  for (std::int32_t& v : n.inputs) {
    const IrNode* expand = producer(ir, v, "expand");
    if (!expand) continue;
    std::vector<Type> types;
    for (const std::int32_t& other : n.inputs) {
      types.push_back(ir.value(&other == &v ? expand->inputs[0] : other).type);
    }
    if (n.op->infer(types).front() == ir.value(n.outputs[0]).type) {
      v = expand->inputs[0];
    }
  }
}

/// True if the node swaps the last two axes and no others.
bool swaps_last_axes(const IrNode& transpose) {
  for (const Attribute& a : transpose.op->attributes()) {
    if (a.name != "axes") continue;
    auto axes = std::get<std::vector<std::int64_t>>(a.value);
    if (axes.size() < 2) return false;
    std::swap(axes[axes.size() - 1], axes[axes.size() - 2]);
    for (std::size_t i = 0; i < axes.size(); ++i) {
      if (axes[i] != static_cast<std::int64_t>(i)) return false;
    }
    return true;
  }
  return false;
}

/// A matrix product reads transposed operands where they lie.
void fold_transposes(const Ir& ir, IrNode& product) {
  std::vector<Attribute> attributes = product.op->attributes();
  bool changed = false;
  for (std::size_t k = 0; k < 2; ++k) {
    const IrNode* inner = producer(ir, product.inputs[k], "transpose");
    if (!inner || !swaps_last_axes(*inner)) continue;
    const std::string_view flag = k == 0 ? "transpose_a" : "transpose_b";
    for (Attribute& a : attributes) {
      if (a.name == flag) a.value = !std::get<bool>(a.value);
    }
    product.inputs[k] = inner->inputs[0];
    changed = true;
  }
  if (changed) {
    product.op = registry().make_op_by_name(product.op->name(), attributes);
  }
}

}  // namespace

void simplify_algebra(Ir& ir) {
  Substitution now(ir);
  for (IrNode& node : ir.nodes) {
    now.apply_to_inputs(node);
    skip_expands(ir, node);
    if (node.op->name() == "matmul") fold_transposes(ir, node);
    const std::string_view op = node.op->name();
    std::int32_t same = neutral(ir, node);
    if (op == "stop_gradient") same = node.inputs[0];
    const bool identity =
        (op == "reshape" || op == "expand") &&
        ir.value(node.inputs[0]).type == ir.value(node.outputs[0]).type;
    if (identity) same = node.inputs[0];
    if (op == "negative") {
      const IrNode* inner = producer(ir, node.inputs[0], "negative");
      if (inner) same = inner->inputs[0];
    }
    if (same >= 0) now.replace(node.outputs[0], same);
  }
  now.finish(ir);
}

}  // namespace weft::passes
