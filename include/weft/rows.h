#pragma once

#include "weft/op.h"

namespace weft {

// Rows of a table by number: what training needs to touch those rows alone. A
// row is all that stands at one index of the first axis, whose size must be a
// number. Indices have any shape; i64 ones are made i32. Errors are those of
// ops.h.

/// gather(table, indices, 0) for a table that `minimize` shall train by rows:
/// if the loss reads a parameter through lookups alone (in no body of a scan or
/// cond), a step computes
/// gradients of the rows looked up, runs the optimiser's rule on those rows of
/// parameter and moments, and writes them in place. Time and memory of a step
/// then do not depend on the size of the table. What that changes is at
/// `EmbeddingOptions::sparse`; `gradients()` is dense for it as for any op.
/// Throws DataError at a run for an index outside of the table.
Value lookup(Operand table, Operand indices);

/// How a bag's rows become one; of padding alone it is 0.
enum class Bag { sum, mean, max };
struct BagOptions {
  Bag how = Bag::mean;
  /// Factors of the rows in a sum, of the shape of the indices.
  Value weights = {};
  /// An index that stands for no row, to fill up bags; it must be one of the
  /// table's. None if negative.
  std::int64_t padding = -1;
};
/// Rows of a table by number, a bag of them for each last axis of the indices:
/// (n, …), (…, k) → (…, …), as `lookup` reads them. Bags of unequal sizes are
/// filled up with `padding`, or are segments: segment_sum(lookup(table,
/// indices), bags, count). Throws GraphError for weights without a sum.
Value embedding_bag(Operand table, Operand indices,
                    const BagOptions& options = {});

/// x's rows, and zeros for a number that is none of its rows, such as −1:
/// (n, …), (…) → (…, …).
Value take_rows(Operand x, Operand rows);

/// x with rows replaced by those of `values`, which has the shape of
/// `take_rows(x, rows)`. Numbers that are none of x's rows are left out; where
/// rows repeat, the last one counts, and it alone has a gradient. Assigned to
/// the parameter or buffer x, and read by nothing else, it writes these rows
/// alone, in place.
Value put_rows(Operand x, Operand rows, Operand values);

struct IndexSums {
  Value indices;  ///< i32, of the shape of the given ones: ascending, then −1
  Value sums;     ///< of the shape of the values; 0 where the index is −1
};
/// Sums of the values that have the same index, each in their order, as
/// `scatter_add` makes them for a table of `count` rows, without the rows that
/// no index names. Indices outside 0 … count − 1 are left out. Shapes are
/// fixed: there is room for as many different indices as are given.
IndexSums sum_by_index(Operand values, Operand indices, std::int64_t count);

}  // namespace weft
