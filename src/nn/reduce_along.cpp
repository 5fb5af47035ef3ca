#include <cmath>
#include <limits>
#include <numeric>

#include "ops/indices.h"
#include "ops/rearrange.h"
#include "weft/error.h"
#include "weft/graph.h"
#include "weft/ops.h"
#include "weft/places.h"

namespace weft {

namespace {

/// For each index its element's place in x, counted row by row.
Value places(Value indices, const Shape& x, int axis) {
  const Shape& shape = indices.shape();
  Tensor others(DType::i32, shape);
  std::int64_t step = 1, inner = 1, along = 1;
  for (int d = shape.rank() - 1; d >= 0; --d) {
    const std::int64_t n = shape.dim(d);
    if (d == axis) along = step;
    for (std::int64_t i = 0; d != axis && i < others.size(); ++i) {
      others.data<std::int32_t>()[i] +=
          static_cast<std::int32_t>(i / inner % n * step);
    }
    inner *= n;
    step *= x.dim(d);
  }
  // One that is beyond its own axis must not be a place of another line.
  const Value at =
      indices * static_cast<double>(along) + indices.graph().constant(others);
  return where(outside(indices, x.dim(axis)), kNoPlace, at);
}

/// The greatest of x and the values at each place.
Value greatest(Value x, Value indices, Value values, int axis) {
  const std::int64_t n = x.shape().elements();
  Tensor own(DType::i32, {n});
  std::iota(own.values<std::int32_t>().begin(),
            own.values<std::int32_t>().end(), 0);
  const Value all =
      concat({reshape(x, {kInfer}), reshape(values, {kInfer})}, 0);
  const Value at = concat({x.graph().constant(own),
                           reshape(places(indices, x.shape(), axis), {kInfer})},
                          0);
  return reshape(segment_max(all, at, n), x.shape());
}

}  // namespace

Value reduce_along(Operand x, Operand indices, Operand values,
                   std::int64_t axis, Reduce how, bool include) {
  const CallScope call(x);
  const Value index = as_i32(indices).value;
  Value base = x.value;
  const int at = normalize_axis(axis, base.rank(), "reduce_along");
  if (values.value.shape() != index.shape() || index.rank() != base.rank() ||
      !base.shape().is_concrete() || !index.shape().is_concrete()) {
    throw ShapeError("[reduce_along] values " +
                     to_string(values.value.shape()) + " at indices " +
                     to_string(index.shape()) + " of " +
                     to_string(base.shape()) +
                     "; indices must have the shape of the values and the "
                     "rank of x, all of numbers" +
                     at_line(x.at));
  }
  const Value count = add_along(zeros_like(base), index, ones_like(values), at);
  if (!include) {
    const double none = how == Reduce::max   ? -HUGE_VAL
                        : how == Reduce::min ? HUGE_VAL
                                             : 0;
    base = where(greater(count, 0), none, base);
  }
  if (how == Reduce::max) return greatest(base, index, values.value, at);
  if (how == Reduce::min) {
    return reversed(
        greatest(reversed(base), index, reversed(values.value), at));
  }
  const Value total = add_along(base, index, values, at);
  if (how == Reduce::sum) return total;
  return total / (include ? count + 1 : maximum(count, 1));
}

}  // namespace weft
