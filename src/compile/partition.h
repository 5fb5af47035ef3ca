#pragma once

// Which nodes run together as one kernel.

#include <string_view>
#include <vector>

#include "src/compile/group.h"
#include "src/compile/ir.h"

namespace weft::passes {

/// What a node can be in a group.
enum class Role : std::uint8_t {
  none,      ///< a kernel of its own
  element,   ///< elementwise
  row_copy,  ///< drops or adds the axis of size 1 of a value of one per row
  reduce,    ///< reduces the last axis
  sink       ///< sums over rows or over all; read outside only
};

/// Nodes that run as one kernel, ascending.
struct Cluster {
  std::vector<std::size_t> members;
  Shape shape;               ///< of the group
  bool is_group = false;     ///< else it is one plain node
  std::int32_t host = -1;    ///< the node whose blocks the group may follow
  std::size_t position = 0;  ///< in the order of nodes: that of the last member
};

struct Partition {
  std::vector<Cluster> clusters;
  std::vector<std::size_t> cluster_of;  ///< by node
  std::vector<Role> roles;              ///< by node

  /// The space of a member's result.
  Space space(const Ir& ir, std::size_t node) const;
};

/// True for the two forms that a value of one element per row of `full` has:
/// the last axis of size 1, or without it.
bool is_row_shape(const Shape& shape, const Shape& full);

/// What a node could be by its op and types alone.
Role possible_role(const Ir& ir, const IrNode& n, const FuseOptions& options);
/// Which of those that groups know an op is.
Reduction reduction_of(std::string_view op);
/// The attribute `axes` of a reduction.
std::vector<std::int64_t> reduced_axes(const Op& op);

Partition partition(const Ir& ir, const FuseOptions& options);

}  // namespace weft::passes
