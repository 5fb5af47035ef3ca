#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "weft/subgraph.h"

namespace weft {

struct VmapOptions {
  /// The axis of each of xs along which the examples are; nullopt: all examples
  /// get the whole. Empty: axis 0 of all.
  std::vector<std::optional<std::int64_t>> axes;
};

/// f of each example: of the slices of xs along an axis, whose size they share
/// and which may be the symbolic kBatch. The results have the examples along a
/// new first axis. f is called once, on values of one example, and may read any
/// value of the graph around it, such as parameters, which all examples share;
/// in it gradients(), jvp() and vmap() are of one example:
///
///   vmap([&](const std::vector<Value>& e) {
///     return gradients(loss(e[0], e[1]), parameters);
///   }, {x, y})  // the gradients of each example
///
/// What f computes becomes nodes of the graph, each for all examples at once,
/// by a rule that the op has. An op without one, a cond whose condition differs
/// between examples, and a convolution with weights of each of kBatch examples
/// run in a loop over them (scan). What depends on no example is computed once.
/// A random op in f draws other numbers for each example. Results are those of
/// f on each example up to rounding.
///
/// Throws GraphError if there is nothing to map along, or the number of axes is
/// not that of xs; ShapeError if an axis is out of range or the sizes differ.
std::vector<Value> vmap(const Function& f, const std::vector<Value>& xs,
                        const VmapOptions& options = {},
                        Source at = Source::current());
/// The same for a function of one value with one result, along axis 0.
Value vmap(const std::function<Value(Value)>& f, Value x,
           Source at = Source::current());

}  // namespace weft
