#pragma once

// The form in which passes see a computation: a list of nodes in topological
// order, each with the ids of its input and output values. A pass takes an Ir
// and leaves a valid, equivalent one.

#include <string>
#include <vector>

#include "weft/body.h"
#include "weft/graph.h"
#include "weft/program.h"

namespace weft::passes {

/// Where a value comes from.
enum class Origin : std::uint8_t { input, state, constant, node };

struct IrValue {
  Type type;
  Origin origin = Origin::node;
  std::int32_t producer = -1;  ///< index into Ir::nodes, if from a node
  std::int32_t index = -1;     ///< index into inputs or states
  Tensor constant;
};

struct IrNode {
  OpPtr op;
  std::vector<std::int32_t> inputs;
  std::vector<std::int32_t> outputs;
  std::int32_t source = -1;  ///< the graph's node, for messages
  /// Values that must be there before the node runs, though it reads them not.
  std::vector<std::int32_t> after = {};
};

struct IrInput {
  std::int32_t node;  ///< of the graph
  std::string name;
  std::int32_t value;
};

struct IrState {
  std::string path;
  std::int32_t value;
};

/// `value` is written into the state when all its readers are done.
struct IrAssign {
  std::int32_t state;  ///< index into Ir::states
  std::int32_t value;
};

struct Ir {
  const Graph* graph = nullptr;  ///< whose values feeds must be; only compared
  std::vector<IrValue> values;
  std::vector<IrNode> nodes;
  std::vector<IrInput> inputs;
  std::vector<IrState> states;
  std::vector<IrAssign> assigns;
  std::vector<std::int32_t> outputs;
  std::vector<std::string> places;  ///< by IrNode::source: for messages

  IrValue& value(std::int32_t id) {
    return values[static_cast<std::size_t>(id)];
  }
  const IrValue& value(std::int32_t id) const {
    return values[static_cast<std::size_t>(id)];
  }
};

/// The part of the graph that outputs and updates need.
Ir prune(const Graph& graph, const CompileOptions& options);

/// A body as a computation: IrInput::node says which of its inputs it reads.
Ir body_ir(const Body& body);
/// Puts the nodes of checkpoints and custom derivatives in their place.
void inline_bodies(Ir& ir);

/// Joins scans of the same inputs where one has all results of the other.
void merge_scans(Ir& ir);

/// Drops nodes whose results nobody reads, and renumbers producers.
void drop_unused(Ir& ir);

/// Computes an op on constants; used to fold. Throws what the kernel throws.
using Evaluate = std::vector<Tensor> (*)(const Op& op,
                                         const std::vector<Tensor>& inputs,
                                         const std::vector<Type>& outputs);

/// Replaces nodes that depend on constants alone by their values.
void fold_constants(Ir& ir, Evaluate evaluate);
/// Replaces equal nodes with equal inputs by the first of them.
void merge_common(Ir& ir);
/// Rewrites that change no value beyond rounding: x·1, x+0, double transposes,
/// transposes into matrix products, broadcasts before elementwise ops.
void simplify_algebra(Ir& ir);
/// Replaces nodes that have a definition in other ops by it, where all of those
/// can then be joined into groups.
void lower(Ir& ir);

/// How many nodes, outputs and assignments read each value.
std::vector<int> count_uses(const Ir& ir);
/// Joins products with the sums that alone read them.
void contract(Ir& ir);
/// Joins comparisons of numbers with the choices that alone read them.
void join_choices(Ir& ir);

/// Lets one long-lived value that is cheap to compute die early, by computing
/// it again before its late readers. False if there is none at the time of the
/// highest need.
bool recompute_one(Ir& ir, const SymbolSizes& sizes);

struct FuseOptions {
  bool fuse = true;  ///< else every elementwise node is a group of its own
  bool reductions = true;  ///< groups may reduce rows and end in sums
  bool epilogues = true;   ///< groups may follow the blocks of a product
};
/// Joins elementwise nodes and reductions into groups that run as one kernel.
void fuse(Ir& ir, const FuseOptions& options);

}  // namespace weft::passes
