// What a node can be in a group, by its op and types.

#include <variant>

#include "src/compile/partition.h"

namespace weft::passes {

namespace {

Shape without_last(const Shape& shape) {
  Shape out;
  for (int i = 0; i + 1 < shape.rank(); ++i) out.push_back(shape[i]);
  return out;
}

}  // namespace

Reduction reduction_of(std::string_view op) {
  if (op == "sum") return Reduction::sum;
  if (op == "max") return Reduction::max;
  return op == "min" ? Reduction::min : Reduction::none;
}

std::vector<std::int64_t> reduced_axes(const Op& op) {
  for (const Attribute& a : op.attributes()) {
    if (a.name == "axes") return std::get<std::vector<std::int64_t>>(a.value);
  }
  return {};
}

Role possible_role(const Ir& ir, const IrNode& n, const FuseOptions& options) {
  if (is_elementwise(*n.op)) return Role::element;
  if (!options.reductions || n.inputs.empty()) return Role::none;
  const std::string_view op = n.op->name();
  const Type& x = ir.value(n.inputs[0]).type;
  if (op == "reshape") {
    const Type& y = ir.value(n.outputs[0]).type;
    return y.shape.rank() == x.shape.rank() + 1 ||
                   x.shape.rank() == y.shape.rank() + 1
               ? Role::row_copy
               : Role::none;
  }
  if (reduction_of(op) == Reduction::none || !is_floating(x.dtype)) {
    return Role::none;
  }
  const std::vector<std::int64_t> axes = reduced_axes(*n.op);
  const int rank = x.shape.rank();
  const auto count = static_cast<int>(axes.size());
  if (rank >= 2 && axes == std::vector<std::int64_t>{rank - 1}) {
    const Dim last = x.shape[rank - 1];
    return !last.is_symbolic() && last.size() >= 2 && last.size() <= kLongestRow
               ? Role::reduce
               : Role::none;
  }
  const bool leading = count == rank - 1 && rank >= 2 && axes.front() == 0 &&
                       axes.back() == rank - 2;
  return op == "sum" && rank >= 1 && (count == rank || leading) ? Role::sink
                                                                : Role::none;
}

bool is_row_shape(const Shape& shape, const Shape& full) {
  if (full.rank() == 0) return false;
  Shape dropped = without_last(full);
  if (shape == dropped) return true;
  dropped.push_back(1);
  return shape == dropped;
}

}  // namespace weft::passes
