#include <cmath>

#include "weft/error.h"
#include "weft/graph.h"
#include "weft/ops.h"
#include "weft/rows.h"

namespace weft {

Value embedding_bag(Operand table, Operand indices, const BagOptions& options) {
  const CallScope call(table);
  const int bags = indices.value.rank() - 1;
  if (bags < 0) {
    throw ShapeError("[embedding_bag] takes a bag of indices, got one index" +
                     at_line(table.at));
  }
  if (options.weights && options.how != Bag::sum) {
    throw GraphError("[embedding_bag] weights are for sums" +
                     at_line(table.at));
  }
  Value rows = lookup(table, indices);
  // The indices with axes for what a row has.
  auto over_rows = [&](Value x) {
    for (int i = bags + 1; i < rows.rank(); ++i) x = unsqueeze(x, -1);
    return x;
  };
  if (options.weights) rows = rows * over_rows(options.weights);
  if (options.padding < 0) {
    if (options.how == Bag::sum) return sum(rows, {bags});
    if (options.how == Bag::mean) return mean(rows, {bags});
    return max(rows, {bags});
  }
  const Value there = not_equal(indices, static_cast<double>(options.padding));
  const Value whole = over_rows(there);
  if (options.how == Bag::max) {
    const Value best = max(where(whole, rows, -HUGE_VAL), {bags});
    return where(equal(best, -HUGE_VAL), 0, best);
  }
  const Value total = sum(where(whole, rows, 0), {bags});
  if (options.how == Bag::sum) return total;
  const Value count = sum(cast(whole, total.dtype()), {bags});
  return total / maximum(count, 1);
}

}  // namespace weft
