// Joins elementwise nodes into groups.
//
// Why no cycle can arise: give every value a level, the largest number of other
// (not elementwise) nodes on a path that leads to it. Elementwise nodes of
// equal level and shape may be joined at will: a path between two of them
// through a node outside would have to pass another kind of node, which raises
// the level, or change the shape, and broadcasting never gets back to the
// smaller shape.

#include <algorithm>
#include <map>
#include <numeric>
#include <queue>
#include <set>

#include "src/compile/group.h"
#include "src/compile/ir.h"

namespace weft::passes {

namespace {

constexpr std::size_t kMostInstructions = 256;  // bounds a group's registers

/// Sets of nodes that will be one kernel each.
class Partition {
 public:
  explicit Partition(std::size_t n) : parent_(n) {
    std::iota(parent_.begin(), parent_.end(), 0U);
  }
  std::size_t find(std::size_t n) {
    while (parent_[n] != n) n = parent_[n] = parent_[parent_[n]];
    return n;
  }
  void join(std::size_t a, std::size_t b) { parent_[find(a)] = find(b); }

 private:
  std::vector<std::size_t> parent_;
};

std::vector<int> levels(const Ir& ir) {
  std::vector<int> level(ir.nodes.size());
  for (std::size_t n = 0; n < ir.nodes.size(); ++n) {
    for (std::int32_t v : ir.nodes[n].inputs) {
      const IrValue& value = ir.value(v);
      if (value.origin != Origin::node) continue;
      const auto p = static_cast<std::size_t>(value.producer);
      const int step =
          is_elementwise(*ir.nodes[p].op) && is_elementwise(*ir.nodes[n].op)
              ? 0
              : 1;
      level[n] = std::max(level[n], level[p] + step);
    }
  }
  return level;
}

/// The members of each kernel, in order; kernels of one plain node included.
std::vector<std::vector<std::size_t>> partition(const Ir& ir, bool fuse) {
  const std::vector<int> level = levels(ir);
  Partition sets(ir.nodes.size());
  for (std::size_t n = 0; fuse && n < ir.nodes.size(); ++n) {
    if (!is_elementwise(*ir.nodes[n].op)) continue;
    for (std::int32_t v : ir.nodes[n].inputs) {
      const IrValue& value = ir.value(v);
      if (value.origin != Origin::node) continue;
      const auto p = static_cast<std::size_t>(value.producer);
      if (is_elementwise(*ir.nodes[p].op) && level[p] == level[n] &&
          value.type.shape == ir.value(ir.nodes[n].outputs[0]).type.shape) {
        sets.join(p, n);
      }
    }
  }
  std::map<std::size_t, std::size_t> open;  // set -> kernel being filled
  std::vector<std::vector<std::size_t>> kernels;
  for (std::size_t n = 0; n < ir.nodes.size(); ++n) {
    const std::size_t set = sets.find(n);
    auto at = open.find(set);
    if (at == open.end() || kernels[at->second].size() >= kMostInstructions) {
      kernels.emplace_back();
      open[set] = kernels.size() - 1;
      at = open.find(set);
    }
    kernels[at->second].push_back(n);
  }
  return kernels;
}

/// The kernels in a topological order that follows the nodes' order where it
/// can: each as early as its last member allows.
std::vector<std::size_t> order(
    const Ir& ir, const std::vector<std::vector<std::size_t>>& kernels) {
  std::vector<std::size_t> kernel_of(ir.nodes.size());
  for (std::size_t k = 0; k < kernels.size(); ++k) {
    for (std::size_t n : kernels[k]) kernel_of[n] = k;
  }
  std::vector<std::vector<std::size_t>> successors(kernels.size());
  std::vector<std::size_t> pending(kernels.size());
  for (std::size_t k = 0; k < kernels.size(); ++k) {
    std::set<std::size_t> before;
    for (std::size_t n : kernels[k]) {
      for (std::int32_t v : ir.nodes[n].inputs) {
        const IrValue& value = ir.value(v);
        if (value.origin != Origin::node) continue;
        before.insert(kernel_of[static_cast<std::size_t>(value.producer)]);
      }
    }
    before.erase(k);
    pending[k] = before.size();
    for (std::size_t b : before) successors[b].push_back(k);
  }
  using Entry = std::pair<std::size_t, std::size_t>;  // last member, kernel
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> ready;
  auto push = [&](std::size_t k) { ready.emplace(kernels[k].back(), k); };
  for (std::size_t k = 0; k < kernels.size(); ++k) {
    if (pending[k] == 0) push(k);
  }
  std::vector<std::size_t> result;
  while (!ready.empty()) {
    const std::size_t k = ready.top().second;
    ready.pop();
    result.push_back(k);
    for (std::size_t s : successors[k]) {
      if (--pending[s] == 0) push(s);
    }
  }
  return result;
}

/// Makes one node of the members of a kernel.
class GroupBuilder {
 public:
  GroupBuilder(const Ir& ir, const std::vector<bool>& read_outside)
      : ir_(ir), read_outside_(read_outside) {}

  IrNode build(const std::vector<std::size_t>& members) {
    auto group = std::make_shared<Group>();
    IrNode fused;
    fused.source = ir_.nodes[members.back()].source;
    std::map<std::int32_t, std::int32_t> inside, outside;
    for (std::size_t n : members) {
      const IrNode& node = ir_.nodes[n];
      Instruction in;
      in.op = instruction_op(node.op);
      in.dtype = ir_.value(node.outputs[0]).type.dtype;
      for (std::int32_t v : node.inputs) {
        const auto at = inside.find(v);
        if (at != inside.end()) {
          in.operands.push_back({false, at->second});
          continue;
        }
        const auto [ext, added] = outside.try_emplace(
            v, static_cast<std::int32_t>(fused.inputs.size()));
        if (added) {
          fused.inputs.push_back(v);
          group->inputs.push_back(ir_.value(v).type.dtype);
        }
        in.operands.push_back({true, ext->second});
      }
      const auto id = static_cast<std::int32_t>(group->code.size());
      inside.emplace(node.outputs[0], id);
      group->code.push_back(std::move(in));
      if (read_outside_[static_cast<std::size_t>(node.outputs[0])]) {
        group->results.push_back(id);
        fused.outputs.push_back(node.outputs[0]);
      }
    }
    group->shape = ir_.value(ir_.nodes[members[0]].outputs[0]).type.shape;
    fused.op = std::move(group);
    return fused;
  }

 private:
  const Ir& ir_;
  const std::vector<bool>& read_outside_;
};

}  // namespace

void fuse_elementwise(Ir& ir, bool fuse) {
  const auto kernels = partition(ir, fuse);
  std::vector<std::size_t> kernel_of(ir.nodes.size());
  for (std::size_t k = 0; k < kernels.size(); ++k) {
    for (std::size_t n : kernels[k]) kernel_of[n] = k;
  }
  std::vector<bool> read_outside(ir.values.size());
  for (std::int32_t v : ir.outputs) {
    read_outside[static_cast<std::size_t>(v)] = true;
  }
  for (const IrAssign& a : ir.assigns) {
    read_outside[static_cast<std::size_t>(a.value)] = true;
  }
  for (std::size_t n = 0; n < ir.nodes.size(); ++n) {
    for (std::int32_t v : ir.nodes[n].inputs) {
      const IrValue& value = ir.value(v);
      if (value.origin == Origin::node &&
          kernel_of[static_cast<std::size_t>(value.producer)] != kernel_of[n]) {
        read_outside[static_cast<std::size_t>(v)] = true;
      }
    }
  }
  std::vector<IrNode> nodes;
  for (std::size_t k : order(ir, kernels)) {
    const IrNode& first = ir.nodes[kernels[k].front()];
    nodes.push_back(is_elementwise(*first.op)
                        ? GroupBuilder(ir, read_outside).build(kernels[k])
                        : first);
  }
  ir.nodes = std::move(nodes);
  for (std::size_t n = 0; n < ir.nodes.size(); ++n) {
    for (std::int32_t v : ir.nodes[n].outputs) {
      ir.value(v).producer = static_cast<std::int32_t>(n);
    }
  }
}

}  // namespace weft::passes
