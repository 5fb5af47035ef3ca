// Statistics of several variables, and what an axis bounds or measures.

#include <algorithm>

#include "ops/axis_size.h"
#include "src/nn/layer_parts.h"
#include "weft/error.h"
#include "weft/graph.h"
#include "weft/indexing.h"
#include "weft/ops.h"
#include "weft/statistics.h"

namespace weft {

namespace {

Value off_mean(const Operand& x, const char* op) {
  if (x.value.rank() < 2) {
    throw ShapeError("[" + std::string(op) +
                     "] takes variables as rows of a matrix, got " +
                     to_string(x.value.shape()) + at_line(x.at));
  }
  return x.value - mean(x, {-1}, true);
}

/// Sums of neighbours along an axis, or their differences.
Value neighbours(Value x, std::int64_t axis, std::int64_t n, bool differ) {
  const Value early = slice(x, axis, 0, std::max<std::int64_t>(0, n - 1));
  const Value late = slice(x, axis, std::min<std::int64_t>(1, n), n);
  return differ ? late - early : late + early;
}

}  // namespace

Value covariance(Operand x, double correction) {
  const CallScope call(x);
  const Value off = off_mean(x, "covariance");
  const Value n = dim_product(off.graph(), Shape{off.shape()[off.rank() - 1]},
                              off.dtype(), x.at);
  return matmul(off, off, false, true) / maximum(n - correction, 0);
}

Value correlation(Operand x) {
  const CallScope call(x);
  const Value off = off_mean(x, "correlation");
  const Value one = off / sqrt(sum(square(off), {-1}, true));
  return clamp(matmul(one, one, false, true), -1, 1);
}

Value trapezoid(Operand y, double step, std::int64_t axis) {
  const CallScope call(y);
  const std::int64_t n = size_of_axis(y, axis, "trapezoid");
  return sum(neighbours(y.value, axis, n, false), {axis}) * (0.5 * step);
}

Value trapezoid(Operand y, Operand x, std::int64_t axis) {
  const CallScope call(y);
  const std::int64_t n = size_of_axis(y, axis, "trapezoid");
  const int rank = y.value.rank();
  const int last = normalize_axis(axis, rank, "trapezoid") - rank;
  const bool is_line = x.value.rank() == 1;
  const Value at =
      is_line ? detail::along_axis(x.value, last, y.value) : x.value;
  if ((!is_line && at.rank() != rank) ||
      size_of_axis(at, last, "trapezoid") != n) {
    throw ShapeError("[trapezoid] positions " + to_string(x.value.shape()) +
                     " of values " + to_string(y.value.shape()) +
                     " along axis " + std::to_string(axis) + at_line(y.at));
  }
  const Value widths = neighbours(at, last, n, true);
  return 0.5 * sum(neighbours(y.value, axis, n, false) * widths, {axis});
}

Value renorm(Operand x, double p, std::int64_t axis, double most,
             double epsilon) {
  const CallScope call(x);
  if (!(p > 0) || !(most >= 0)) {
    throw GraphError(
        "[renorm] p must be positive and the greatest norm not "
        "negative, not " +
        std::to_string(p) + " and " + std::to_string(most) + at_line(x.at));
  }
  const int kept = normalize_axis(axis, x.value.rank(), "renorm");
  std::vector<std::int64_t> axes;
  for (int i = 0; i < x.value.rank(); ++i) {
    if (i != kept) axes.push_back(i);
  }
  // No axes would be all of them.
  const Value size = axes.empty() ? abs(x) : norm(x, p, axes, true);
  const Value beyond = greater(size, most);
  return x.value * where(beyond, most / (size + epsilon), 1);
}

}  // namespace weft
