// Images read at places between their elements.

#include "weft/elementary.h"
#include "weft/error.h"
#include "weft/graph.h"
#include "weft/ops.h"
#include "weft/spatial.h"

namespace weft {

namespace {

/// A place from −1…1 in elements of an axis of n, and into the image.
Value place(Value at, std::int64_t n, const SampleOptions& o) {
  const auto size = static_cast<double>(n);
  const Value x =
      o.align_corners ? (at + 1) * ((size - 1) / 2) : ((at + 1) * size - 1) / 2;
  if (o.outside == Outside::zeros) return x;
  if (o.outside == Outside::border) return clamp(x, 0, size - 1);
  // Mirrored at the corners' centres, or at the image's edges.
  const double low = o.align_corners ? 0 : -0.5;
  const double span = o.align_corners ? size - 1 : size;
  if (span == 0) return 0 * x;
  const Value turns = remainder(x - low, 2 * span);
  const Value back = where(greater(turns, span), 2 * span - turns, turns);
  return clamp(back + low, 0, size - 1);
}

/// Element (row, column) of each channel of x (batch, h·w, c), 0 outside.
Value element(Value x, Value row, Value column, double h, double w) {
  const Value inside = logical_and(
      logical_and(greater_equal(row, 0), less_equal(row, h - 1)),
      logical_and(greater_equal(column, 0), less_equal(column, w - 1)));
  const Value at = where(inside, row * w + column, 0);
  const Shape& s = at.shape();
  const Value flat = unsqueeze(reshape(at, {s[0], s[1] * s[2]}), -1);
  const Value index =
      expand(cast(flat, DType::i32), {s[0], s[1] * s[2], x.shape()[2]});
  const Value y =
      reshape(take_along(x, index, 1), {s[0], s[1], s[2], x.shape()[2]});
  return where(unsqueeze(inside, -1), y, 0);
}

void check(const Operand& x, const Operand& grid) {
  const Shape &s = x.value.shape(), &g = grid.value.shape();
  const bool fits = s.rank() == 4 && g.rank() == 4 && s[0] == g[0] &&
                    g[3] == Dim(2) && !s[2].is_symbolic() &&
                    !s[3].is_symbolic() && s.dim(2) > 0 && s.dim(3) > 0;
  if (fits) return;
  throw ShapeError("[grid_sample] " + to_string(s) + " and places " +
                   to_string(g) +
                   "; they must be (batch, channels, h, w) and (batch, m, n, "
                   "2), h and w numbers above 0" +
                   at_line(x.at));
}

}  // namespace

Value grid_sample(Operand x, Operand grid, const SampleOptions& options) {
  const CallScope call(x);
  check(x, grid);
  const Shape& s = x.value.shape();
  const std::int64_t h = s.dim(2), w = s.dim(3);
  const Value column = place(select(grid, 3, 0), w, options);
  const Value row = place(select(grid, 3, 1), h, options);
  const Value pixels = transpose(reshape(x, {s[0], s[1], h * w}), {0, 2, 1});
  auto read = [&](Value i, Value j) {
    return element(pixels, i, j, static_cast<double>(h),
                   static_cast<double>(w));
  };
  if (options.nearest) {
    return transpose(read(round(row), round(column)), {0, 3, 1, 2});
  }
  const Value top = stop_gradient(floor(row)),
              left = stop_gradient(floor(column));
  const Value down = unsqueeze(row - top, -1),
              right = unsqueeze(column - left, -1);
  const Value upper =
      (1 - right) * read(top, left) + right * read(top, left + 1);
  const Value lower =
      (1 - right) * read(top + 1, left) + right * read(top + 1, left + 1);
  return transpose((1 - down) * upper + down * lower, {0, 3, 1, 2});
}

Value affine_grid(Operand matrices, std::int64_t height, std::int64_t width,
                  bool align_corners) {
  const CallScope call(matrices);
  const Shape& s = matrices.value.shape();
  if (s.rank() != 3 || s[1] != Dim(2) || s[2] != Dim(3) || height < 1 ||
      width < 1) {
    throw ShapeError("[affine_grid] matrices " + to_string(s) + " and " +
                     std::to_string(height) + " by " + std::to_string(width) +
                     " places; they must be (batch, 2, 3) and sizes above 0" +
                     at_line(matrices.at));
  }
  auto at = [&](std::int64_t i, std::int64_t n) {
    const auto k = static_cast<double>(i), size = static_cast<double>(n);
    if (!align_corners) return (2 * k + 1) / size - 1;
    return n == 1 ? 0 : 2 * k / (size - 1) - 1;
  };
  Tensor base(DType::f64, {height * width, 3});
  double* p = base.data<double>();
  for (std::int64_t i = 0; i < height * width; ++i, p += 3) {
    p[0] = at(i % width, width);
    p[1] = at(i / width, height);
    p[2] = 1;
  }
  const Value places =
      matrices.value.graph().constant(base.to(matrices.value.dtype()));
  const Value grid = matmul(unsqueeze(places, 0), matrices, false, true);
  return reshape(grid, {s[0], height, width, 2});
}

}  // namespace weft
