// Makes one node of each group that the partition chose.

#include <algorithm>
#include <map>
#include <numeric>
#include <queue>

#include "src/compile/group.h"
#include "src/compile/ir.h"
#include "src/compile/partition.h"
#include "weft/error.h"

namespace weft::passes {

namespace {

/// When clusters should run: twice the position of their last member. What only
/// makes results that nobody reads (new states above all) comes right after
/// what it depends on, and after the readers of the states that it writes and
/// what may throw: so gradients live no longer than until their updates.
class Times {
 public:
  Times(const Ir& ir, const Partition& p)
      : ir_(ir),
        p_(p),
        read_elsewhere_(ir.values.size()),
        last_read_(ir.values.size()),
        written_after_(ir.values.size()) {
    note_reads(writers());
    for (const IrAssign& a : ir.assigns) {
      const std::int32_t old = ir.states[at(a.state)].value;
      auto& time = written_after_[at(a.value)];
      time = std::max({time, last_throw_, last_read_[at(old)]});
    }
  }

  std::size_t of(const Cluster& c) const {
    bool result = c.is_group;
    std::size_t earliest = 0;
    for (std::size_t n : c.members) {
      for (std::int32_t v : ir_.nodes[n].outputs) {
        result = result && !read_elsewhere_[at(v)];
        earliest = std::max(earliest, written_after_[at(v)]);
      }
      for (const auto* values : {&ir_.nodes[n].inputs, &ir_.nodes[n].after}) {
        for (std::int32_t v : *values) {
          if (ir_.value(v).origin != Origin::node) continue;
          const Cluster& from = p_.clusters[maker(v)];
          if (&from != &c) earliest = std::max(earliest, from.position);
        }
      }
    }
    return result ? 2 * std::min(earliest, c.position) + 1 : 2 * c.position;
  }

 private:
  static std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }
  /// The cluster that makes v.
  std::size_t maker(std::int32_t v) const {
    return p_.cluster_of[at(ir_.value(v).producer)];
  }

  /// By value: the cluster that writes the state of that value, or -1.
  std::vector<std::int32_t> writers() const {
    std::vector<std::int32_t> found(ir_.values.size(), -1);
    for (const IrAssign& a : ir_.assigns) {
      if (ir_.value(a.value).origin != Origin::node) continue;
      found[at(ir_.states[at(a.state)].value)] =
          static_cast<std::int32_t>(maker(a.value));
    }
    return found;
  }

  void note_reads(const std::vector<std::int32_t>& writer) {
    std::vector<std::int32_t> root(ir_.values.size());
    std::iota(root.begin(), root.end(), 0);
    for (std::size_t n = 0; n < ir_.nodes.size(); ++n) {
      const IrNode& node = ir_.nodes[n];
      const OpTraits traits = node.op->traits();
      const std::size_t own = p_.cluster_of[n];
      const std::size_t position = p_.clusters[own].position;
      if (traits.throws) last_throw_ = std::max(last_throw_, position);
      for (std::int32_t v : node.inputs) {
        const std::size_t r = at(root[at(v)]);
        if (writer[r] != static_cast<std::int32_t>(own)) {
          last_read_[r] = std::max(last_read_[r], position);
        }
        if (ir_.value(v).origin == Origin::node && maker(v) != own) {
          read_elsewhere_[at(v)] = true;
        }
      }
      if (traits.alias) root[at(node.outputs[0])] = root[at(node.inputs[0])];
    }
  }

  const Ir& ir_;
  const Partition& p_;
  std::vector<bool> read_elsewhere_;        ///< by value: by another cluster
  std::vector<std::size_t> last_read_;      ///< by root
  std::vector<std::size_t> written_after_;  ///< by new value of a state
  std::size_t last_throw_ = 0;
};

/// The clusters in a topological order that follows these times.
std::vector<std::size_t> order(const Ir& ir, const Partition& p) {
  const std::size_t count = p.clusters.size();
  std::vector<std::vector<std::size_t>> successors(count);
  std::vector<std::size_t> pending(count);
  std::vector<std::size_t> seen_by(count, count);
  for (std::size_t c = 0; c < count; ++c) {
    for (std::size_t n : p.clusters[c].members) {
      const IrNode& node = ir.nodes[n];
      for (const auto* values : {&node.inputs, &node.after}) {
        for (std::int32_t v : *values) {
          const IrValue& value = ir.value(v);
          if (value.origin != Origin::node) continue;
          const std::size_t before =
              p.cluster_of[static_cast<std::size_t>(value.producer)];
          if (before == c || seen_by[before] == c) continue;
          seen_by[before] = c;
          successors[before].push_back(c);
          ++pending[c];
        }
      }
    }
  }
  using Entry = std::pair<std::size_t, std::size_t>;  // time, cluster
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> ready;
  const Times times(ir, p);
  auto push = [&](std::size_t c) { ready.emplace(times.of(p.clusters[c]), c); };
  for (std::size_t c = 0; c < count; ++c) {
    if (pending[c] == 0) push(c);
  }
  std::vector<std::size_t> result;
  while (!ready.empty()) {
    const std::size_t c = ready.top().second;
    ready.pop();
    result.push_back(c);
    for (std::size_t s : successors[c]) {
      if (--pending[s] == 0) push(s);
    }
  }
  if (result.size() != count) {
    throw Error("[compile] groups wait for each other; please report this");
  }
  return result;
}

/// Makes one node of the members of a group.
class GroupBuilder {
 public:
  GroupBuilder(const Ir& ir, const Partition& partition, const Cluster& cluster,
               const std::vector<bool>& read_outside)
      : ir_(ir),
        partition_(partition),
        cluster_(cluster),
        read_outside_(read_outside),
        group_(std::make_shared<Group>()) {}

  IrNode build() {
    group_->shape = cluster_.shape;
    for (std::size_t n : cluster_.members) {
      if (static_cast<std::int32_t>(n) == cluster_.host) continue;
      fused_.source = ir_.nodes[n].source;
      const auto& after = ir_.nodes[n].after;
      fused_.after.insert(fused_.after.end(), after.begin(), after.end());
      if (partition_.roles[n] == Role::sink) {
        add_sink(ir_.nodes[n]);
      } else {
        add(n);
      }
    }
    if (cluster_.host >= 0) {
      const std::int32_t v =
          ir_.nodes[static_cast<std::size_t>(cluster_.host)].outputs[0];
      group_->host_input = outside_.at({v, false});
      group_->host_is_local = !read_outside_[static_cast<std::size_t>(v)];
    }
    fused_.op = std::move(group_);
    return std::move(fused_);
  }

 private:
  void add(std::size_t n) {
    const IrNode& node = ir_.nodes[n];
    const Type& out = ir_.value(node.outputs[0]).type;
    Instruction in;
    in.dtype = out.dtype;
    in.space = partition_.space(ir_, n);
    const Role role = partition_.roles[n];
    if (role == Role::element) in.op = instruction_op(node.op);
    if (role == Role::reduce) in.reduction = reduction_of(node.op->name());
    const bool dropped = role == Role::element && in.space == Space::row &&
                         out.shape.rank() < group_->shape.rank();
    for (std::int32_t v : node.inputs) {
      in.operands.push_back(operand(v, dropped));
    }
    const auto id = static_cast<std::int32_t>(group_->code.size());
    inside_.emplace(node.outputs[0], id);
    group_->code.push_back(std::move(in));
    add_result(node.outputs[0], id, Extent::all);
  }

  void add_sink(const IrNode& node) {
    const std::int32_t of = inside_.at(node.inputs[0]);
    const Shape& x = ir_.value(node.inputs[0]).type.shape;
    const Shape& y = ir_.value(node.outputs[0]).type.shape;
    const bool row =
        group_->code[static_cast<std::size_t>(of)].space == Space::row;
    const bool columns = !row && x.rank() > 1 && y.rank() > 0 &&
                         y[y.rank() - 1] == x[x.rank() - 1];
    add_result(node.outputs[0], of, columns ? Extent::columns : Extent::total);
  }

  void add_result(std::int32_t value, std::int32_t instruction, Extent extent) {
    if (!read_outside_[static_cast<std::size_t>(value)]) return;
    group_->results.push_back({instruction, extent});
    fused_.outputs.push_back(value);
  }

  Operand operand(std::int32_t v, bool dropped) {
    const auto at = inside_.find(v);
    if (at != inside_.end()) return {false, at->second};
    const auto [external, added] = outside_.try_emplace(
        {v, dropped}, static_cast<std::int32_t>(fused_.inputs.size()));
    if (added) {
      fused_.inputs.push_back(v);
      group_->inputs.push_back({ir_.value(v).type.dtype, dropped});
    }
    return {true, external->second};
  }

  const Ir& ir_;
  const Partition& partition_;
  const Cluster& cluster_;
  const std::vector<bool>& read_outside_;
  std::shared_ptr<Group> group_;
  IrNode fused_;
  std::map<std::int32_t, std::int32_t> inside_;  // value -> instruction
  std::map<std::pair<std::int32_t, bool>, std::int32_t> outside_;
};

/// For each value whether another cluster or the caller reads it.
std::vector<bool> values_read_outside(const Ir& ir, const Partition& p) {
  std::vector<bool> read(ir.values.size());
  for (std::int32_t v : ir.outputs) read[static_cast<std::size_t>(v)] = true;
  for (const IrAssign& a : ir.assigns) {
    read[static_cast<std::size_t>(a.value)] = true;
  }
  for (std::size_t n = 0; n < ir.nodes.size(); ++n) {
    const IrNode& node = ir.nodes[n];
    for (const auto* values : {&node.inputs, &node.after}) {
      for (std::int32_t v : *values) {
        const IrValue& value = ir.value(v);
        if (value.origin == Origin::node &&
            p.cluster_of[static_cast<std::size_t>(value.producer)] !=
                p.cluster_of[n]) {
          read[static_cast<std::size_t>(v)] = true;
        }
      }
    }
  }
  return read;
}

}  // namespace

void fuse(Ir& ir, const FuseOptions& options) {
  const Partition p = partition(ir, options);
  const std::vector<bool> read_outside = values_read_outside(ir, p);
  std::vector<IrNode> nodes;
  for (std::size_t c : order(ir, p)) {
    const Cluster& cluster = p.clusters[c];
    if (cluster.host >= 0) {
      nodes.push_back(ir.nodes[static_cast<std::size_t>(cluster.host)]);
    }
    nodes.push_back(cluster.is_group
                        ? GroupBuilder(ir, p, cluster, read_outside).build()
                        : ir.nodes[cluster.members.front()]);
  }
  ir.nodes = std::move(nodes);
  // What is now inside a group has no producer.
  for (IrValue& v : ir.values) {
    if (v.origin == Origin::node) v.producer = -1;
  }
  for (std::size_t n = 0; n < ir.nodes.size(); ++n) {
    for (std::int32_t v : ir.nodes[n].outputs) {
      ir.value(v).producer = static_cast<std::int32_t>(n);
    }
  }
}

}  // namespace weft::passes
