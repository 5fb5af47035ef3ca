#include "ops/kernels/conv_plan.h"

#include <algorithm>

#include "weft/error.h"

namespace weft {

using Axes = std::vector<std::int64_t>;

void throw_shapes(std::string_view op, const Shape& a, const Shape& b,
                  const std::string& why) {
  throw ShapeError("[" + std::string(op) + "] " + to_string(a) + " and " +
                   to_string(b) + ": " + why);
}

void check_conv(std::string_view op, const ConvAttributes& a, const Shape& left,
                const Shape& right) {
  const int rank = left.rank() - 2;
  const auto n = static_cast<std::size_t>(std::max(rank, 0));
  if (rank < 1 || rank > 3 || right.rank() != left.rank()) {
    throw_shapes(op, left, right, "takes one to three spatial axes");
  }
  if (a.sizes.size() != n || a.stride.size() != n || a.before.size() != n ||
      a.dilation.size() != n || a.groups < 1) {
    throw_shapes(op, left, right, "attributes of another rank");
  }
  for (int i = 2; i < left.rank(); ++i) {
    const auto k = static_cast<std::size_t>(i - 2);
    if (left[i].is_symbolic() || right[i].is_symbolic()) {
      throw_shapes(op, left, right, "spatial sizes must be numbers");
    }
    // No more than sizes, so that places can be computed.
    auto within = [](std::int64_t x, std::int64_t least) {
      return x >= least && x <= Dim::kMaxOffset;
    };
    if (!within(a.stride[k], 1) || !within(a.dilation[k], 1) ||
        !within(a.sizes[k], 0) || !within(a.before[k], -Dim::kMaxOffset)) {
      throw_shapes(op, left, right,
                   "stride and dilation must be positive, and no more than an "
                   "axis can have");
    }
  }
}

PatchPlan plan_of(const ConvAttributes& a, const Shape& x, const Shape& w,
                  const Shape& y) {
  PatchPlan g;
  g.images = x.dim(0);
  g.groups = a.groups;
  g.in_channels = w.dim(1);
  g.out_channels = w.dim(0) / a.groups;
  const int rank = x.rank() - 2;
  for (int i = 0; i < rank; ++i) {
    const auto to = static_cast<std::size_t>(3 - rank + i);
    const auto from = static_cast<std::size_t>(i);
    g.in[to] = x.dim(i + 2);
    g.kernel[to] = w.dim(i + 2);
    g.out[to] = y.dim(i + 2);
    g.stride[to] = a.stride[from];
    g.before[to] = a.before[from];
    g.dilation[to] = a.dilation[from];
  }
  return g;
}

double conv_flops(const PatchPlan& g) {
  return 2.0 * static_cast<double>(g.images * g.groups * g.out_channels) *
         static_cast<double>(g.depth() * g.positions());
}

std::int64_t pieces(const PatchPlan& g, std::int64_t items) {
  constexpr double kTileFlops = 1e6;
  const auto wanted = static_cast<std::int64_t>(conv_flops(g) / kTileFlops);
  return std::clamp<std::int64_t>(wanted, 1, std::max<std::int64_t>(1, items));
}

Shape shape_of(Dim first, Dim second, const Axes& sizes) {
  Shape out{first, second};
  for (std::int64_t n : sizes) out.push_back(n);
  return out;
}

Axes spatial_of(const Shape& shape) {
  Axes sizes;
  for (int i = 2; i < shape.rank(); ++i) sizes.push_back(shape.dim(i));
  return sizes;
}

}  // namespace weft
