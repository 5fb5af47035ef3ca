// Chooses what is joined into groups.
//
// Why no cycle can arise: give every node a level, the largest number of other
// than fusable steps on a path that leads to it. Only nodes of equal level are
// joined, so a path that leaves a group and comes back stays on that level, and
// all its nodes are in groups; the few groups of the level are searched.
// A matrix product of the level below may become the host of a group that reads
// it. All products that a group reads, also through others, must then come
// earlier than its host: hosts ascend along every path, so it never closes.

#include "src/compile/partition.h"

#include <algorithm>

namespace weft::passes {

namespace {

constexpr std::size_t kMostInstructions = 256;  // bounds a group's registers
constexpr std::size_t kMostVisited = 2048;      // bounds a search for a path

/// Nodes joined so far.
struct Set {
  std::vector<std::size_t> members;
  Shape full;
  int level = 0;
  bool rows = false;         ///< holds values of one element per row
  bool is_free = true;       ///< depends on no other node
  bool is_read = false;      ///< by a node outside
  bool column_sums = false;  ///< holds a sum over rows
  std::size_t first = 0, last = 0;
};

class Grouping {
 public:
  Grouping(const Ir& ir, const FuseOptions& options)
      : ir_(ir),
        options_(options),
        set_of_(ir.nodes.size(), -1),
        level_(ir.nodes.size()) {
    result_.roles.resize(ir.nodes.size());
  }

  Partition run() {
    for (std::size_t n = 0; n < ir_.nodes.size(); ++n) add(n);
    make_clusters();
    if (options_.epilogues) choose_hosts();
    return std::move(result_);
  }

 private:
  std::int32_t producer(std::int32_t value) const {
    const IrValue& v = ir_.value(value);
    return v.origin == Origin::node ? v.producer : -1;
  }
  const Shape& shape_of(std::size_t n) const {
    return ir_.value(ir_.nodes[n].outputs[0]).type.shape;
  }
  Set& set(std::size_t n) {
    return sets_[static_cast<std::size_t>(set_of_[n])];
  }
  /// True if other members of its group may read node n.
  bool feeds_group(std::size_t n) const {
    return result_.roles[n] != Role::none && result_.roles[n] != Role::sink;
  }

  int level_as(std::size_t n, Role role) const {
    // A node that depends on no other is on no path from a group.
    int level = role == Role::none ? -1 : 0;
    for (std::int32_t v : ir_.nodes[n].inputs) {
      const std::int32_t p = producer(v);
      if (p < 0) continue;
      const auto i = static_cast<std::size_t>(p);
      const bool same = role != Role::none && feeds_group(i);
      level = std::max(level, level_[i] + (same ? 0 : 1));
    }
    for (std::int32_t v : ir_.nodes[n].after) {
      const std::int32_t p = producer(v);
      if (p < 0) continue;
      level = std::max(level, level_[static_cast<std::size_t>(p)] + 1);
    }
    return level;
  }

  void add(std::size_t n) {
    const Role role = possible_role(ir_, ir_.nodes[n], options_);
    result_.roles[n] = role;
    level_[n] = level_as(n, role);
    if (role == Role::none) {
      mark_read(n);
      return;
    }
    open(n);
    for (std::int32_t v : ir_.nodes[n].inputs) {
      const std::int32_t p = producer(v);
      if (p < 0 || !options_.fuse) continue;
      lift(static_cast<std::size_t>(p), level_[n]);
      join(static_cast<std::size_t>(p), n);
    }
    for (std::int32_t v : ir_.nodes[n].inputs) {
      const std::int32_t p = producer(v);
      if (p >= 0 && set_of_[static_cast<std::size_t>(p)] != set_of_[n]) {
        set(n).is_free = false;
      }
    }
    const bool needs_group = role == Role::sink || role == Role::row_copy;
    if (needs_group && set(n).members.size() == 1) {
      sets_.pop_back();
      set_of_[n] = -1;
      result_.roles[n] = Role::none;
      level_[n] = level_as(n, Role::none);
    }
    mark_read(n);
  }

  /// What depends on nothing and was read by nobody may run later, with its
  /// first reader: random masks above all.
  void lift(std::size_t p, int level) {
    if (!feeds_group(p) || level_[p] >= level) return;
    Set& s = set(p);
    if (!s.is_free || s.is_read) return;
    s.level = level;
    for (std::size_t m : s.members) level_[m] = level;
  }

  void mark_read(std::size_t n) {
    for (const auto* values : {&ir_.nodes[n].inputs, &ir_.nodes[n].after}) {
      for (std::int32_t v : *values) {
        const std::int32_t p = producer(v);
        if (p < 0 || set_of_[static_cast<std::size_t>(p)] < 0) continue;
        Set& s = set(static_cast<std::size_t>(p));
        if (set_of_[n] < 0 || &s != &set(n)) s.is_read = true;
      }
    }
  }

  void open(std::size_t n) {
    const Role role = result_.roles[n];
    Set s;
    s.members = {n};
    s.full = role == Role::element
                 ? shape_of(n)
                 : ir_.value(ir_.nodes[n].inputs[0]).type.shape;
    s.level = level_[n];
    s.rows = role == Role::reduce;
    s.column_sums = role == Role::sink && sums_columns(n);
    s.is_free = ir_.nodes[n].after.empty();
    for (std::int32_t v : ir_.nodes[n].inputs) {
      const std::int32_t p = producer(v);
      if (p < 0) continue;
      const auto q = static_cast<std::size_t>(p);
      s.is_free = s.is_free && feeds_group(q) && set(q).is_free;
    }
    s.first = s.last = n;
    set_of_[n] = static_cast<std::int32_t>(sets_.size());
    sets_.push_back(std::move(s));
  }

  bool sums_columns(std::size_t n) const {
    const Shape& x = ir_.value(ir_.nodes[n].inputs[0]).type.shape;
    return static_cast<int>(reduced_axes(*ir_.nodes[n].op).size()) < x.rank();
  }

  /// Joins the sets of p and of n, which reads p and is the newest node.
  void join(std::size_t p, std::size_t n) {
    if (!feeds_group(p) || level_[p] != level_[n] || set_of_[p] == set_of_[n]) {
      return;
    }
    Set& a = set(p);
    Set& b = set(n);
    if (a.members.size() + b.members.size() > kMostInstructions) return;
    Shape full;
    if (!common_shape(a, b, p, n, full)) return;
    if (!operands_fit(a, n, full) || path_outside(a, b)) return;
    merge(set_of_[p], set_of_[n], full);
  }

  /// The shape of the joined group, if there is one.
  bool common_shape(const Set& a, const Set& b, std::size_t p, std::size_t n,
                    Shape& full) const {
    if (result_.roles[n] == Role::row_copy) {
      full = a.full;
      return b.members.size() == 1 && a.rows &&
             is_row_shape(shape_of(p), full) &&
             is_row_shape(shape_of(n), full) && shape_of(p) != full;
    }
    auto rows_of = [](const Set& small, const Set& large) {
      return large.rows && !small.rows && !small.column_sums &&
             is_row_shape(small.full, large.full);
    };
    full = rows_of(b, a) ? a.full : b.full;
    return a.full == b.full || rows_of(a, b) || rows_of(b, a);
  }

  /// A value of one element per row is broadcast along rows only if it still
  /// has the last axis.
  bool operands_fit(const Set& a, std::size_t n, const Shape& full) {
    if (result_.roles[n] != Role::element || shape_of(n) != full) return true;
    for (std::int32_t v : ir_.nodes[n].inputs) {
      const std::int32_t p = producer(v);
      if (p < 0) continue;
      const auto q = static_cast<std::size_t>(p);
      const bool member =
          set_of_[q] >= 0 && (&set(q) == &a || set_of_[q] == set_of_[n]);
      if (member && shape_of(q) != full && shape_of(q).rank() != full.rank()) {
        return false;
      }
    }
    return true;
  }

  void merge(std::int32_t from, std::int32_t to, const Shape& full) {
    Set& a = sets_[static_cast<std::size_t>(from)];
    Set& b = sets_[static_cast<std::size_t>(to)];
    // The larger set keeps its place; that of n stays the last in the list.
    const bool swap = a.members.size() > b.members.size();
    Set& kept = swap ? a : b;
    Set& gone = swap ? b : a;
    for (std::size_t m : gone.members) set_of_[m] = swap ? from : to;
    kept.members.insert(kept.members.end(), gone.members.begin(),
                        gone.members.end());
    kept.full = full;
    kept.rows = kept.rows || gone.rows;
    kept.is_free = kept.is_free && gone.is_free;
    kept.is_read = kept.is_read || gone.is_read;
    kept.column_sums = kept.column_sums || gone.column_sums;
    kept.first = std::min(kept.first, gone.first);
    kept.last = std::max(kept.last, gone.last);
    gone.members.clear();
  }

  /// True if a path leads from one of the sets, through others, to one of them,
  /// or if that is too costly to know.
  bool path_outside(const Set& a, const Set& b) {
    const std::size_t first = std::min(a.first, b.first);
    begin_search();
    auto inside = [&](std::size_t m) { return &set(m) == &a || &set(m) == &b; };
    std::vector<const Set*> open{&b};
    if (b.members.size() > 1) open.push_back(&a);
    std::size_t cost = 0;
    while (!open.empty()) {
      const Set& s = *open.back();
      open.pop_back();
      const bool from_inside = &s == &a || &s == &b;
      for (std::size_t m : s.members) {
        if (!from_inside && ++cost > kMostVisited) return true;
        for (std::int32_t v : ir_.nodes[m].inputs) {
          const std::int32_t p = producer(v);
          if (p < 0) continue;
          const auto q = static_cast<std::size_t>(p);
          if (!feeds_group(q) || level_[q] != a.level) continue;
          if (inside(q)) {
            if (!from_inside) return true;
          } else if (set(q).last > first && mark(set_of_[q])) {
            open.push_back(&set(q));
          }
        }
      }
    }
    return false;
  }

  void begin_search() {
    ++search_;
    seen_.resize(sets_.size());
  }
  bool mark(std::int32_t s) {
    auto& seen = seen_[static_cast<std::size_t>(s)];
    if (seen == search_) return false;
    seen = search_;
    return true;
  }

  void make_clusters() {
    result_.cluster_of.resize(ir_.nodes.size());
    cluster_of_set_.assign(sets_.size(), -1);
    for (std::size_t n = 0; n < ir_.nodes.size(); ++n) {
      const std::int32_t s = set_of_[n];
      std::int32_t found =
          s < 0 ? -1 : cluster_of_set_[static_cast<std::size_t>(s)];
      if (found < 0) {
        found = static_cast<std::int32_t>(result_.clusters.size());
        Cluster c;
        c.is_group = s >= 0;
        if (s >= 0) {
          c.shape = set(n).full;
          cluster_of_set_[static_cast<std::size_t>(s)] = found;
        }
        result_.clusters.push_back(std::move(c));
      }
      Cluster& c = result_.clusters[static_cast<std::size_t>(found)];
      c.members.push_back(n);
      c.position = n;
      result_.cluster_of[n] = static_cast<std::size_t>(found);
    }
  }

  void choose_hosts() {
    for (std::size_t c = 0; c < result_.clusters.size(); ++c) {
      if (!result_.clusters[c].is_group) continue;
      const std::int32_t h = host_of(set(result_.clusters[c].members.front()));
      if (h < 0) continue;
      const auto host = static_cast<std::size_t>(h);
      Cluster& own = result_.clusters[result_.cluster_of[host]];
      own.members.clear();
      Cluster& group = result_.clusters[c];
      group.host = h;
      group.members.push_back(host);
      std::sort(group.members.begin(), group.members.end());
      result_.cluster_of[host] = c;
    }
    // A hosted node's own cluster is empty now.
    std::vector<std::size_t> moved(result_.clusters.size());
    std::size_t kept = 0;
    for (std::size_t c = 0; c < result_.clusters.size(); ++c) {
      moved[c] = kept;
      if (result_.clusters[c].members.empty()) continue;
      if (kept != c) result_.clusters[kept] = std::move(result_.clusters[c]);
      ++kept;
    }
    result_.clusters.resize(kept);
    for (std::size_t& c : result_.cluster_of) c = moved[c];
  }

  /// The product that s may follow, or -1.
  std::int32_t host_of(const Set& s) {
    begin_search();
    std::vector<const Set*> open{&s};
    std::int32_t latest = -1;
    bool direct = false, indirect = false;
    std::size_t cost = 0;
    while (!open.empty()) {
      const Set& from = *open.back();
      open.pop_back();
      for (std::size_t m : from.members) {
        if (++cost > kMostVisited || !ir_.nodes[m].after.empty()) return -1;
        for (std::int32_t v : ir_.nodes[m].inputs) {
          const std::int32_t p = producer(v);
          if (p < 0) continue;
          const auto q = static_cast<std::size_t>(p);
          if (feeds_group(q)) {
            if (level_[q] == s.level && &set(q) != &s && mark(set_of_[q])) {
              open.push_back(&set(q));
            }
            continue;
          }
          const bool could_host = ir_.nodes[q].op->traits().blocks;
          if (!could_host || level_[q] + 1 != s.level || p < latest) continue;
          if (p > latest) direct = indirect = false;
          latest = p;
          (&from == &s ? direct : indirect) = true;
        }
      }
    }
    if (latest < 0 || !direct || indirect) return -1;
    const auto h = static_cast<std::size_t>(latest);
    const Cluster& own = result_.clusters[result_.cluster_of[h]];
    const bool free = own.members.size() == 1 && own.host < 0;
    return free && shape_of(h) == s.full ? latest : -1;
  }

  const Ir& ir_;
  const FuseOptions& options_;
  Partition result_;
  std::vector<Set> sets_;
  std::vector<std::int32_t> set_of_;  ///< by node; -1: not in a group
  std::vector<int> level_;            ///< by node
  std::vector<std::int32_t> cluster_of_set_;
  std::vector<std::uint32_t> seen_;  ///< by set: the search that saw it
  std::uint32_t search_ = 0;
};

}  // namespace

Space Partition::space(const Ir& ir, std::size_t node) const {
  const Role role = roles[node];
  if (role == Role::reduce || role == Role::row_copy) return Space::row;
  const Shape& shape = ir.value(ir.nodes[node].outputs[0]).type.shape;
  return shape == clusters[cluster_of[node]].shape ? Space::full : Space::row;
}

Partition partition(const Ir& ir, const FuseOptions& options) {
  return Grouping(ir, options).run();
}

}  // namespace weft::passes
