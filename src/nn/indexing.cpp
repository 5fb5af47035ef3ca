#include "weft/indexing.h"

#include <algorithm>
#include <numeric>

#include "ops/argsort_part.h"
#include "ops/axis_size.h"
#include "ops/kernels/movements.h"
#include "weft/error.h"
#include "weft/graph.h"
#include "weft/ops.h"

namespace weft {

namespace {

int axis_of(const Operand& x, std::int64_t axis, std::string_view op) {
  return normalize_axis(axis, x.value.rank(), op);
}

/// x where keep(row, column) of the last two axes, else 0.
template <class F>
Value masked(const Operand& x, std::string_view op, F keep) {
  const int rank = x.value.rank();
  if (rank < 2) {
    throw ShapeError("[" + std::string(op) + "] takes matrices, got " +
                     to_string(x.value.shape()) + at_line(x.at));
  }
  const std::int64_t m = size_of_axis(x, rank - 2, op);
  const std::int64_t n = size_of_axis(x, rank - 1, op);
  Tensor mask(DType::boolean, {m, n});
  bool* to = mask.data<bool>();
  for (std::int64_t i = 0; i < m; ++i) {
    for (std::int64_t j = 0; j < n; ++j) *to++ = keep(i, j);
  }
  return where(x.value.graph().constant(mask), x, 0);
}

Sorted at_index(const Operand& x, Value index, std::int64_t axis,
                bool keep_dims) {
  const Value values = take_along(x, index, axis);
  if (keep_dims) return {values, index};
  return {squeeze(values, {axis}), squeeze(index, {axis})};
}

/// Where an element of an axis of `size` comes from that lies `i` beyond its
/// start.
std::int64_t source_of(std::int64_t i, std::int64_t size, PadMode mode) {
  if (mode == PadMode::replicate) {
    return std::clamp<std::int64_t>(i, 0, size - 1);
  }
  if (mode == PadMode::circular) return (i % size + size) % size;
  const std::int64_t period = std::max<std::int64_t>(1, 2 * (size - 1));
  const std::int64_t at = (i % period + period) % period;
  return at < size ? at : period - at;
}

}  // namespace

Value select(Operand x, std::int64_t axis, std::int64_t index) {
  const CallScope call(x);
  const int at = axis_of(x, axis, "select");
  const std::int64_t n = size_of_axis(x, at, "select");
  const std::int64_t i = index < 0 ? index + n : index;
  if (i < 0 || i >= n) {
    throw ShapeError("[select] the index " + std::to_string(index) +
                     " is outside axis " + std::to_string(at) + " of " +
                     to_string(x.value.shape()) + at_line(x.at));
  }
  return squeeze(slice(x, at, i, i + 1), {at});
}

Sorted sort(Operand x, std::int64_t axis, bool descending) {
  const CallScope call(x);
  const Value order = argsort(x, axis, descending);
  return {take_along(x, order, axis), order};
}

Sorted top_k(Operand x, std::int64_t k, std::int64_t axis, bool largest) {
  const CallScope call(x);
  const std::int64_t n = size_of_axis(x, axis_of(x, axis, "top_k"), "top_k");
  if (k < 0 || k > n) {
    throw ShapeError("[top_k] k is " + std::to_string(k) + ", the axis has " +
                     std::to_string(n) + " elements" + at_line(x.at));
  }
  return at_index(x, argsort_part(x, 0, k, axis, largest), axis, true);
}

Sorted max_along(Operand x, std::int64_t axis, bool keep_dims) {
  const CallScope call(x);
  return at_index(x, argmax(x, axis, true), axis, keep_dims);
}

Sorted min_along(Operand x, std::int64_t axis, bool keep_dims) {
  const CallScope call(x);
  return at_index(x, argmin(x, axis, true), axis, keep_dims);
}

Sorted median(Operand x, std::int64_t axis, bool keep_dims) {
  const CallScope call(x);
  const std::int64_t n = size_of_axis(x, axis_of(x, axis, "median"), "median");
  if (n == 0) throw ShapeError("[median] the axis is empty" + at_line(x.at));
  const std::int64_t middle = (n - 1) / 2;
  return at_index(x, argsort_part(x, middle, 1, axis, false), axis, keep_dims);
}

Value roll(Operand x, std::vector<std::int64_t> shifts,
           std::vector<std::int64_t> axes) {
  const CallScope call(x);
  if (shifts.size() != axes.size()) {
    throw ShapeError("[roll] " + std::to_string(shifts.size()) +
                     " shifts but " + std::to_string(axes.size()) + " axes" +
                     at_line(x.at));
  }
  Value y = x.value;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::int64_t n = size_of_axis(x, axis_of(x, axes[i], "roll"), "roll");
    const std::int64_t by = n == 0 ? 0 : (shifts[i] % n + n) % n;
    if (by == 0) continue;
    y = roll_axis(y, axis_of(x, axes[i], "roll"), by);
  }
  return y;
}

Value repeat(Operand x, std::int64_t times, std::int64_t axis) {
  const CallScope call(x);
  const int at = axis_of(x, axis, "repeat");
  if (times < 0) {
    throw ShapeError("[repeat] " + std::to_string(times) + " times" +
                     at_line(x.at));
  }
  return repeat_axis(x.value, at, times);
}

Value tile(Operand x, std::vector<std::int64_t> times) {
  const CallScope call(x);
  const auto rank = static_cast<std::size_t>(x.value.rank());
  const std::size_t wanted = std::max(rank, times.size());
  times.insert(times.begin(), wanted - times.size(), 1);
  Shape narrow, wide, flat;
  for (std::size_t i = 0; i < wanted; ++i) {
    const Dim d = i + rank < wanted
                      ? Dim(1)
                      : x.value.shape()[static_cast<int>(i + rank - wanted)];
    if (times[i] < 0) {
      throw ShapeError("[tile] " + std::to_string(times[i]) + " times" +
                       at_line(x.at));
    }
    if (times[i] != 1) {
      narrow.push_back(1);
      wide.push_back(times[i]);
    }
    narrow.push_back(d);
    wide.push_back(d);
    flat.push_back(d * Dim(times[i]));
  }
  return reshape(expand(reshape(x, narrow), wide), flat);
}

Value pad(Operand x, const std::vector<std::int64_t>& before,
          const std::vector<std::int64_t>& after, PadMode mode) {
  const CallScope call(x);
  const auto rank = static_cast<std::size_t>(x.value.rank());
  if (before.size() != rank || after.size() != rank) {
    throw ShapeError("[pad] needs " + std::to_string(rank) +
                     " numbers before and after for " +
                     to_string(x.value.shape()) + at_line(x.at));
  }
  Value y = x.value;
  for (std::size_t i = 0; i < rank; ++i) {
    if (before[i] == 0 && after[i] == 0) continue;
    const int axis = static_cast<int>(i);
    const std::int64_t n = size_of_axis(x, axis, "pad");
    const std::int64_t most = mode == PadMode::reflect    ? n - 1
                              : mode == PadMode::circular ? n
                              : n == 0                    ? 0
                                                          : INT32_MAX;
    const std::int64_t size = n + before[i] + after[i];
    if (before[i] > most || after[i] > most || size < 0) {
      throw ShapeError("[pad] " + std::to_string(before[i]) + " before and " +
                       std::to_string(after[i]) + " after don't fit axis " +
                       std::to_string(axis) + " of " +
                       to_string(x.value.shape()) + at_line(x.at));
    }
    Samplings s;
    s.counts.assign(static_cast<std::size_t>(size), 1);
    for (std::int64_t k = 0; k < size; ++k) {
      s.add(source_of(k - before[i], n, mode), 1);
    }
    y = resample(y, axis, s);
  }
  return y;
}

Value tril(Operand x, std::int64_t offset) {
  const CallScope call(x);
  return masked(x, "tril", [offset](std::int64_t i, std::int64_t j) {
    return j - i <= offset;
  });
}

Value triu(Operand x, std::int64_t offset) {
  const CallScope call(x);
  return masked(x, "triu", [offset](std::int64_t i, std::int64_t j) {
    return j - i >= offset;
  });
}

Value diagonal(Operand x, std::int64_t offset, std::int64_t axis1,
               std::int64_t axis2) {
  const CallScope call(x);
  const int a = axis_of(x, axis1, "diagonal"),
            b = axis_of(x, axis2, "diagonal");
  if (a == b) throw ShapeError("[diagonal] takes two axes" + at_line(x.at));
  size_of_axis(x, a, "diagonal");
  size_of_axis(x, b, "diagonal");
  std::vector<std::int64_t> order;
  for (int i = 0; i < x.value.rank(); ++i) {
    if (i != a && i != b) order.push_back(i);
  }
  order.push_back(a);
  order.push_back(b);
  const bool there = std::is_sorted(order.begin(), order.end());
  return take_diagonal(there ? x.value : transpose(x, order), offset);
}

Value diag_embed(Operand x, std::int64_t offset) {
  const CallScope call(x);
  const std::int64_t size =
      size_of_axis(x, axis_of(x, -1, "diag_embed"), "diag_embed") +
      std::abs(offset);
  return put_diagonal(x.value, offset, size, size);
}

Value trace(Operand x) {
  const CallScope call(x);
  return sum(diagonal(x), {-1});
}

}  // namespace weft
