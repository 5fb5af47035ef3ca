#pragma once

#include <vector>

#include "weft/op.h"

namespace weft {

// Elements chosen by number, order or place. Any number type; indices are i32
// or i64, and one out of range is a DataError when the program runs. Axes count
// from the end when negative. Errors are those of ops.h.

// ---- one element for each index, along an axis
/// y[i, j, k] = x[i, indices[i, j, k], k] for axis 1. The indices have the rank
/// of x, and off the axis at most its sizes.
Value take_along(Operand x, Operand indices, std::int64_t axis);
/// x with values added: y[i, indices[i, j, k], k] += values[i, j, k] for
/// axis 1.
Value add_along(Operand x, Operand indices, Operand values, std::int64_t axis);
/// x with values put in their places; where indices repeat, the last one
/// counts, and it alone has a gradient.
Value put_along(Operand x, Operand indices, Operand values, std::int64_t axis);
/// x[i, j, …]: elements at the places that index tensors of one shape name
/// along the leading axes; further axes are kept whole. Negative indices count
/// from the end.
Value take_at(Operand x, const std::vector<Value>& indices);
/// The part at `index` of an axis, without the axis.
Value select(Operand x, std::int64_t axis, std::int64_t index);

// ---- order
/// Indices (i32) that sort along an axis. Equal elements keep their order; NaN
/// counts as greatest. No gradient.
Value argsort(Operand x, std::int64_t axis = -1, bool descending = false);
struct Sorted {
  Value values;
  Value indices;  ///< i32, of the values in x
};
/// Sorted along an axis, as argsort() does it.
Sorted sort(Operand x, std::int64_t axis = -1, bool descending = false);
/// The k greatest (or least) elements along an axis, best first.
Sorted top_k(Operand x, std::int64_t k, std::int64_t axis = -1,
             bool largest = true);
/// The greatest element along an axis and its first index. Unlike max, the
/// gradient goes to that element alone.
Sorted max_along(Operand x, std::int64_t axis = -1, bool keep_dims = false);
/// The least element along an axis, likewise.
Sorted min_along(Operand x, std::int64_t axis = -1, bool keep_dims = false);
/// The lower median along an axis, and its index.
Sorted median(Operand x, std::int64_t axis = -1, bool keep_dims = false);
/// The most frequent element along an axis, the least of several, and the last
/// of its indices. NaN equals nothing.
Sorted mode(Operand x, std::int64_t axis = -1, bool keep_dims = false);
/// Where each value (…, m) belongs among `sorted` (…, n), ascending: the number
/// (i32) of elements below it, or with `right` not above it. Of a vector
/// `sorted`, values have any shape. NaN is above all. No gradient; every value
/// is compared with every element, which is meant for few of them.
Value searchsorted(Operand sorted, Operand values, bool right = false);

// ---- copies
/// Elements moved on by `shifts[i]` along axes[i]; the last come first.
Value roll(Operand x, std::vector<std::int64_t> shifts,
           std::vector<std::int64_t> axes);
/// Every element `times` times in a row along an axis.
Value repeat(Operand x, std::int64_t times, std::int64_t axis);
/// The whole of x `times[i]` times along axis i; missing ones are 1, and more
/// than x has axes lead.
Value tile(Operand x, std::vector<std::int64_t> times);
enum class PadMode { reflect, replicate, circular };
/// `before[i]` and `after[i]` elements around axis i: mirrored without the
/// border, the border itself, or from the other end. Negative numbers remove.
Value pad(Operand x, const std::vector<std::int64_t>& before,
          const std::vector<std::int64_t>& after, PadMode mode);

// ---- diagonals of the last two axes, which must not be symbolic
/// x up to the diagonal `offset` to the right of the main one; 0 above it.
Value tril(Operand x, std::int64_t offset = 0);
/// x from that diagonal on; 0 below it.
Value triu(Operand x, std::int64_t offset = 0);
/// The diagonal of two axes, as a new last axis.
Value diagonal(Operand x, std::int64_t offset = 0, std::int64_t axis1 = -2,
               std::int64_t axis2 = -1);
/// Square matrices with x's last axis on that diagonal, 0 elsewhere.
Value diag_embed(Operand x, std::int64_t offset = 0);
/// The sum of the main diagonal.
Value trace(Operand x);

}  // namespace weft
