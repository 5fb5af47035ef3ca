#include "weft/statistics.h"

#include <cmath>

#include "ops/axis_size.h"
#include "ops/pair_distances.h"
#include "weft/elementary.h"
#include "weft/error.h"
#include "weft/graph.h"
#include "weft/indexing.h"
#include "weft/ops.h"

namespace weft {

namespace {

using Axes = std::vector<std::int64_t>;

/// The number of elements that a reduction over the axes takes together.
Value count_of(const Operand& x, const Axes& axes) {
  const Value v = x.value;
  Shape dims;
  if (axes.empty()) dims = v.shape();
  for (std::int64_t a : axes) {
    dims.push_back(v.shape()[normalize_axis(a, v.rank(), "variance")]);
  }
  return dim_product(v.graph(), dims, v.dtype(), x.at);
}

/// √s for s ≥ 0, whose derivative at 0 is 0.
Value root(Value s) {
  const Value none = equal(s, 0);
  return where(none, 0, sqrt(where(none, 1, s)));
}

/// True for rows of one length in arrays that need no broadcasting.
bool are_alike(const Type& a, const Type& b) {
  const int rank = a.shape.rank();
  if (rank < 2 || b.shape.rank() != rank || a.dtype != b.dtype) return false;
  for (int i = 0; i < rank; ++i) {
    if (i != rank - 2 && a.shape[i] != b.shape[i]) return false;
  }
  return is_floating(a.dtype);
}

}  // namespace

Value nansum(Operand x, Axes axes, bool keep_dims) {
  const CallScope call(x);
  return sum(where(equal(x, x), x, 0), axes, keep_dims);
}

Value nanmean(Operand x, Axes axes, bool keep_dims) {
  const CallScope call(x);
  const Value numbers = cast(equal(x, x), x.value.dtype());
  return nansum(x, axes, keep_dims) / sum(numbers, axes, keep_dims);
}

Value variance(Operand x, Axes axes, double correction, bool keep_dims) {
  const CallScope call(x);
  const Value n = count_of(x, axes);
  const Value off = x.value - mean(x, axes, true);
  return sum(square(off), axes, keep_dims) / maximum(n - correction, 0);
}

Value standard_deviation(Operand x, Axes axes, double correction,
                         bool keep_dims) {
  const CallScope call(x);
  return root(variance(x, axes, correction, keep_dims));
}

Value norm(Operand x, double p, Axes axes, bool keep_dims) {
  const CallScope call(x);
  if (p == 2) return root(sum(square(x), axes, keep_dims));
  const Value size = abs(x);
  if (p == 1) return sum(size, axes, keep_dims);
  if (p == HUGE_VAL) return max(size, axes, keep_dims);
  if (p == -HUGE_VAL) return min(size, axes, keep_dims);
  if (p == 0) {
    return sum(cast(not_equal(x, 0), x.value.dtype()), axes, keep_dims);
  }
  if (std::isnan(p)) throw ShapeError("[norm] p is NaN" + at_line(x.at));
  const Value total = sum(pow(size, p), axes, keep_dims);
  const Value none = equal(total, 0);
  return where(none, 0, pow(where(none, 1, total), 1 / p));
}

Value normalize(Operand x, double p, std::int64_t axis, double epsilon) {
  const CallScope call(x);
  return x.value / maximum(norm(x, p, {axis}, true), epsilon);
}

Value distances(Operand a, Operand b, double p) {
  const CallScope call(a);
  if (p == 2 && are_alike(a.value.type(), b.value.type())) {
    return pair_distances(a, b);
  }
  return norm(unsqueeze(a, -2) - unsqueeze(b, -3), p, {-1});
}

Value logcumsumexp(Operand x, std::int64_t axis) {
  const CallScope call(x);
  const std::int64_t n = size_of_axis(x, axis, "logcumsumexp");
  // Combined with all before it, in steps of 1, 2, 4, … elements.
  Value y = x.value;
  for (std::int64_t step = 1; step < n; step *= 2) {
    const Value early = slice(y, axis, 0, n - step);
    const Value late = slice(y, axis, step);
    y = concat({slice(y, axis, 0, step), logaddexp(early, late)}, axis);
  }
  return y;
}

Value outer(Operand a, Operand b) {
  const CallScope call(a);
  if (a.value.rank() != 1 || b.value.rank() != 1) {
    throw ShapeError("[outer] takes vectors, got " +
                     to_string(a.value.shape()) + " and " +
                     to_string(b.value.shape()) + at_line(a.at));
  }
  return unsqueeze(a, 1) * unsqueeze(b, 0);
}

Value kron(Operand a, Operand b) {
  const CallScope call(a);
  const int rank = a.value.rank();
  if (b.value.rank() != rank) {
    throw ShapeError("[kron] " + to_string(a.value.shape()) + " and " +
                     to_string(b.value.shape()) + " differ in rank" +
                     at_line(a.at));
  }
  Shape left, right, flat;
  for (int i = 0; i < rank; ++i) {
    const Dim m = a.value.shape()[i], n = b.value.shape()[i];
    left.push_back(m);
    left.push_back(1);
    right.push_back(1);
    right.push_back(n);
    flat.push_back(m * n);
  }
  return reshape(reshape(a, left) * reshape(b, right), flat);
}

}  // namespace weft
