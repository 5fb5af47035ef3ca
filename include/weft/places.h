#pragma once

#include <vector>

#include "weft/indexing.h"

namespace weft {

// More of indexing.h: places of several axes, masks, segments. Any number type;
// indices are i32 or i64, and one out of range is a DataError when the program
// runs. Errors are those of ops.h.

/// x with values added at places that index tensors of one shape name along the
/// leading axes, all of them where places repeat: y[i, j, …] += values.
/// Negative indices count from the end. The values have the shape of
/// take_at(x, indices).
Value add_at(Operand x, const std::vector<Value>& indices, Operand values);
/// x with values put there; where places repeat, the last one counts, and it
/// alone has a gradient.
Value put_at(Operand x, const std::vector<Value>& indices, Operand values);

struct Selected {
  Value values;  ///< (most)
  Value
      indices;  ///< i32 (most): places in x, counted row by row; −1 at the end
  Value count;  ///< i32: true elements of the mask, which may be more
};
/// The elements of x where the mask, of the same shape, is true: the first
/// `most` in order, then zeros, for shapes do not depend on values. Throws
/// ShapeError unless x has a number of elements, and 0 ≤ most.
Selected masked_select(Operand x, Operand mask, std::int64_t most);

/// What becomes of values that have the same place.
enum class Reduce { sum, mean, max, min };
/// x with values that are reduced at their places along an axis, as add_along
/// adds them: y[i, indices[i, j, k], k] is the sum, mean, greatest or least of
/// what is put there and, with `include`, of x. Where nothing is put it is x.
/// Equal greatest and least ones share the gradient. f32 f64; shapes must be
/// numbers.
Value reduce_along(Operand x, Operand indices, Operand values,
                   std::int64_t axis, Reduce how, bool include = true);

// ---- by segment: rows x[i] go to segment segments[i] of 0 … count − 1, in any
// order; segments has the shape of x's first axes
/// Sums of rows: (…, rest) → (count, rest). 0 without rows. f32 f64.
Value segment_sum(Operand x, Operand segments, std::int64_t count);
/// Means of rows; 0 without rows. f32 f64.
Value segment_mean(Operand x, Operand segments, std::int64_t count);
/// The greatest of the rows, element by element; −∞ without rows (the least
/// number of a dtype of integers). Equal ones share the gradient.
Value segment_max(Operand x, Operand segments, std::int64_t count);
/// The least of the rows, likewise.
Value segment_min(Operand x, Operand segments, std::int64_t count);

}  // namespace weft
