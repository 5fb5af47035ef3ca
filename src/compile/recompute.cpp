// Computes cheap values again instead of keeping them.
//
// The values that live when most memory is needed, between their forward and
// their backward readers, are looked through; the largest that elementwise ops
// and row reductions make from what is there anyway dies after its early
// readers, and copies of these ops make it again for the late ones. A copy must
// not run before the gradient arrives that the late reader reads as well:
// otherwise its result would live as long as the value that it replaces.

#include <algorithm>

#include "src/compile/partition.h"

namespace weft::passes {

namespace {

constexpr std::size_t kMostCopies = 96;

class Recompute {
 public:
  Recompute(Ir& ir, const SymbolSizes& sizes)
      : ir_(ir),
        root_(ir.values.size()),
        last_read_(ir.values.size(), -1),
        bytes_(ir.values.size()) {
    for (std::size_t v = 0; v < ir.values.size(); ++v) {
      root_[v] = static_cast<std::int32_t>(v);
    }
    const auto n = static_cast<std::int32_t>(ir.nodes.size());
    for (std::int32_t i = 0; i < n; ++i) {
      const IrNode& node = ir.nodes[at(i)];
      for (std::int32_t v : node.outputs) {
        const Type& t = ir.value(v).type;
        bytes_[at(v)] = t.shape.resolve(sizes).elements() *
                        static_cast<std::int64_t>(size_of(t.dtype));
      }
      if (node.op->traits().alias) {
        root_[at(node.outputs[0])] = root_[at(node.inputs[0])];
      }
      for (std::int32_t v : node.inputs) last_read_[at(root_[at(v)])] = i;
    }
    auto keep = [&](std::int32_t v) { last_read_[at(root_[at(v)])] = n; };
    for (std::int32_t v : ir.outputs) keep(v);
    for (const IrAssign& a : ir.assigns) {
      keep(a.value);
      bytes_[at(a.value)] = 0;  // it is written into the state itself
    }
  }

  bool run() {
    const std::int32_t peak = find_peak();
    std::int32_t best = -1;
    for (std::size_t v = 0; v < ir_.values.size(); ++v) {
      const auto id = static_cast<std::int32_t>(v);
      if (bytes_[v] > 0 && (best < 0 || bytes_[v] > bytes_[at(best)]) &&
          may_die(id, peak)) {
        best = id;
      }
    }
    if (best < 0) return false;
    may_die(best, peak);  // finds its copies again
    replace(best);
    return true;
  }

 private:
  static std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

  std::int32_t find_peak() const {
    std::vector<std::int64_t> change(ir_.nodes.size() + 2);
    for (std::size_t v = 0; v < ir_.values.size(); ++v) {
      if (bytes_[v] == 0 || root_[v] != static_cast<std::int32_t>(v)) continue;
      const auto begin = at(ir_.values[v].producer);
      change[begin] += bytes_[v];
      change[std::max(begin, at(std::max(last_read_[v], 0))) + 1] -= bytes_[v];
    }
    std::int64_t live = 0, most = -1;
    std::int32_t peak = 0;
    for (std::size_t i = 0; i < ir_.nodes.size(); ++i) {
      live += change[i];
      if (live > most) {
        most = live;
        peak = static_cast<std::int32_t>(i);
      }
    }
    return peak;
  }

  bool is_cheap(const IrNode& n) const {
    const Role role = possible_role(ir_, n, FuseOptions{});
    return role == Role::element || role == Role::reduce;
  }

  /// True if v lives across the peak, and can be made again for its readers
  /// after it; finds the first of them and the nodes to copy.
  bool may_die(std::int32_t v, std::int32_t peak) {
    const IrValue& value = ir_.value(v);
    const auto n = static_cast<std::int32_t>(ir_.nodes.size());
    if (root_[at(v)] != v || value.producer >= peak ||
        last_read_[at(v)] <= peak || last_read_[at(v)] == n ||
        !is_cheap(ir_.nodes[at(value.producer)])) {
      return false;
    }
    reader_ = -1;
    for (std::int32_t i = peak + 1; i < n && reader_ < 0; ++i) {
      const auto& inputs = ir_.nodes[at(i)].inputs;
      if (std::find(inputs.begin(), inputs.end(), v) != inputs.end()) {
        reader_ = i;
      }
    }
    if (reader_ < 0) return false;  // read through an alias
    copies_.clear();
    anchor_ = find_anchor(v, peak);
    return anchor_ >= 0 && collect(v) && !reads_aliased(v);
  }

  /// The gradient that meets v, or what is made of it, first: it arrives before
  /// the late reader, or -1 is returned.
  std::int32_t find_anchor(std::int32_t v, std::int32_t peak) const {
    std::vector<bool> made_of(ir_.values.size());  // of v and early values
    made_of[at(v)] = true;
    std::vector<bool> early(ir_.values.size());
    for (std::size_t i = at(peak + 1); i < ir_.nodes.size(); ++i) {
      const IrNode& node = ir_.nodes[i];
      bool reads = false, is_early = true;
      std::int32_t gradient = -1;
      for (std::int32_t u : node.inputs) {
        const IrValue& x = ir_.value(u);
        reads = reads || made_of[at(u)];
        if (x.origin != Origin::node || x.producer < peak || early[at(u)]) {
          continue;
        }
        is_early = false;
        gradient = u;
      }
      if (reads && !is_early) {
        return ir_.value(gradient).producer < reader_ ? gradient : -1;
      }
      for (std::int32_t u : node.outputs) {
        early[at(u)] = is_early;
        made_of[at(u)] = reads;
      }
    }
    return -1;
  }

  /// An alias of v would keep it alive.
  bool reads_aliased(std::int32_t v) const {
    for (std::size_t u = 0; u < root_.size(); ++u) {
      if (root_[u] == v && static_cast<std::int32_t>(u) != v) return true;
    }
    return false;
  }

  /// Adds the nodes that make v from what is there at the reader, in order.
  bool collect(std::int32_t v) {
    const IrValue& value = ir_.value(v);
    const std::int32_t p = value.producer;
    if (std::find(copies_.begin(), copies_.end(), p) != copies_.end()) {
      return true;
    }
    if (!is_cheap(ir_.nodes[at(p)]) || copies_.size() >= kMostCopies) {
      return false;
    }
    for (std::int32_t u : ir_.nodes[at(p)].inputs) {
      const IrValue& input = ir_.value(u);
      const bool there = input.origin != Origin::node ||
                         last_read_[at(root_[at(u)])] >= reader_ ||
                         bytes_[at(u)] <= 64;
      if (!there && !collect(u)) return false;
    }
    copies_.push_back(p);
    return true;
  }

  /// Puts the copies before the late reader and lets it and those after it read
  /// them.
  void replace(std::int32_t v) {
    std::vector<std::int32_t> now(ir_.values.size());
    for (std::size_t i = 0; i < now.size(); ++i) {
      now[i] = static_cast<std::int32_t>(i);
    }
    std::vector<IrNode> made;
    for (std::int32_t p : copies_) {
      IrNode copy = ir_.nodes[at(p)];
      for (std::int32_t& u : copy.inputs) u = now[at(u)];
      IrValue value = ir_.value(copy.outputs[0]);
      now[at(copy.outputs[0])] = static_cast<std::int32_t>(ir_.values.size());
      copy.outputs = {static_cast<std::int32_t>(ir_.values.size())};
      copy.after = {anchor_};
      ir_.values.push_back(std::move(value));
      made.push_back(std::move(copy));
    }
    for (std::size_t i = at(reader_); i < ir_.nodes.size(); ++i) {
      for (std::int32_t& u : ir_.nodes[i].inputs) {
        if (u == v) u = now[at(v)];
      }
    }
    ir_.nodes.insert(ir_.nodes.begin() + reader_,
                     std::make_move_iterator(made.begin()),
                     std::make_move_iterator(made.end()));
    drop_unused(ir_);  // numbers producers anew
  }

  Ir& ir_;
  std::vector<std::int32_t> root_;  ///< by value: whose memory it has
  std::vector<std::int32_t>
      last_read_;  ///< by root: a node; their number: kept
  std::vector<std::int64_t> bytes_;
  std::int32_t reader_ = -1;  ///< the first late one
  std::int32_t anchor_ = -1;  ///< what it reads besides
  std::vector<std::int32_t> copies_;
};

}  // namespace

bool recompute_one(Ir& ir, const SymbolSizes& sizes) {
  return Recompute(ir, sizes).run();
}

}  // namespace weft::passes
