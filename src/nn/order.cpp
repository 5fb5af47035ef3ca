// What the order of elements tells of them.

#include <numeric>

#include "ops/axis_size.h"
#include "src/nn/layer_parts.h"
#include "weft/error.h"
#include "weft/graph.h"
#include "weft/indexing.h"
#include "weft/ops.h"
#include "weft/statistics.h"

namespace weft {

Sorted mode(Operand x, std::int64_t axis, bool keep_dims) {
  const CallScope call(x);
  const std::int64_t n = size_of_axis(x, axis, "mode");
  if (n == 0) {
    throw ShapeError("[mode] axis " + std::to_string(axis) + " of " +
                     to_string(x.value.shape()) + " has no elements" +
                     at_line(x.at));
  }
  const Sorted sorted = sort(x, axis);
  Tensor numbers(DType::f64, {n});
  std::iota(numbers.values<double>().begin(), numbers.values<double>().end(),
            0.0);
  const int at = normalize_axis(axis, x.value.rank(), "mode");
  const Value place =
      expand(detail::along_axis(x.value.graph().constant(numbers), at, x.value),
             x.value.shape());
  // Where equal elements begin, and for each how many come before it.
  const Value late = slice(sorted.values, at, 1);
  const Value other = not_equal(late, slice(sorted.values, at, 0, n - 1));
  const Value begin = concat(
      {slice(place, at, 0, 1), where(other, slice(place, at, 1), 0)}, at);
  const Value most = argmax(place - cummax(begin, at), at, true);
  const Value values = take_along(sorted.values, most, at);
  const Value indices = take_along(sorted.indices, most, at);
  if (keep_dims) return {values, indices};
  return {squeeze(values, {at}), squeeze(indices, {at})};
}

Value searchsorted(Operand sorted, Operand values, bool right) {
  const CallScope call(sorted);
  const Shape& rows = sorted.value.shape();
  const Shape& wanted = values.value.shape();
  bool fits = rows.rank() >= 1;
  if (rows.rank() > 1) {
    fits = wanted.rank() == rows.rank();
    for (int i = 0; fits && i + 1 < rows.rank(); ++i) {
      fits = rows[i] == wanted[i];
    }
  }
  if (!fits) {
    throw ShapeError("[searchsorted] values " + to_string(wanted) +
                     " among the sorted " + to_string(rows) +
                     "; leading axes must be the same" + at_line(sorted.at));
  }
  const Value each = unsqueeze(values, -1);
  const Value of = rows.rank() > 1 ? unsqueeze(sorted, -2) : sorted.value;
  const Value above = right ? greater(of, each) : greater_equal(of, each);
  return sum(cast(logical_not(above), DType::i32), {-1});
}

}  // namespace weft
