#include <algorithm>
#include <cmath>
#include <functional>

#include "ops/kernels/movements.h"
#include "ops/kernels/windows.h"
#include "weft/error.h"
#include "weft/graph.h"
#include "weft/ops.h"
#include "weft/spatial.h"

namespace weft {

namespace {

using Axes = std::vector<std::int64_t>;

[[noreturn]] void fail(const char* op, const std::string& why,
                       const Operand& x) {
  throw ShapeError("[" + std::string(op) + "] " + why + " for " +
                   to_string(x.value.shape()) + at_line(x.at));
}

/// The number of spatial axes, whose sizes must be numbers.
std::size_t spatial_axes(const char* op, const Operand& x, std::size_t given) {
  const int rank = x.value.rank() - 2;
  if (rank < 1 || rank > 3) fail(op, "takes one to three spatial axes", x);
  for (int i = 2; i < x.value.rank(); ++i) {
    if (x.value.shape()[i].is_symbolic()) {
      fail(op, "spatial sizes must be numbers", x);
    }
  }
  const auto n = static_cast<std::size_t>(rank);
  if (given != 1 && given != n) fail(op, "wrong number of sizes", x);
  return n;
}

std::int64_t of_axis(const char* op, const Axes& numbers, std::size_t i,
                     std::size_t n, const Operand& x) {
  if (numbers.size() != 1 && numbers.size() != n) {
    fail(op, "wrong number of options", x);
  }
  return numbers[numbers.size() == 1 ? 0 : i];
}

/// The windows along one axis, cut to it, and how many elements each would have
/// with its padding.
struct Cut {
  Windows windows;
  std::vector<double> counts;
};

Cut cut(const char* op, const Operand& x, std::size_t i, std::size_t n,
        const Axes& window, const PoolOptions& o) {
  const std::int64_t size = x.value.shape().dim(static_cast<int>(i) + 2);
  const std::int64_t k = of_axis(op, window, i, n, x);
  const std::int64_t s = o.stride.empty() ? k : of_axis(op, o.stride, i, n, x);
  const std::int64_t p = of_axis(op, o.padding, i, n, x);
  const std::int64_t d = of_axis(op, o.dilation, i, n, x);
  if (k < 1 || s < 1 || d < 1 || p < 0 || 2 * p > d * (k - 1) + 1) {
    fail(op, "window, stride and padding don't go together", x);
  }
  const std::int64_t room = size + 2 * p - d * (k - 1) - 1;
  if (room < 0) fail(op, "the window is larger than the image", x);
  std::int64_t count = (o.ceil ? room + s - 1 : room) / s + 1;
  // A last window must begin before the padding at the end.
  if (o.ceil && (count - 1) * s >= size + p) --count;
  Cut made;
  for (std::int64_t j = 0; j < count; ++j) {
    const std::int64_t begin = j * s - p;
    const std::int64_t end = std::min(begin + d * (k - 1) + 1, size + p);
    const std::int64_t skipped = begin < 0 ? (-begin + d - 1) / d * d : 0;
    const std::int64_t low = begin + skipped, high = std::min(end, size);
    made.windows.begins.push_back(low);
    made.windows.ends.push_back(std::max(low, high));
    made.counts.push_back(
        static_cast<double>(o.count_padding ? end - begin : high - low));
  }
  return made;
}

Windows adaptive(const char* op, const Operand& x, std::size_t i,
                 std::int64_t count) {
  const std::int64_t size = x.value.shape().dim(static_cast<int>(i) + 2);
  if (count < 1 || size < 1) fail(op, "sizes must be positive", x);
  Windows w;
  for (std::int64_t j = 0; j < count; ++j) {
    w.begins.push_back(j * size / count);
    w.ends.push_back(((j + 1) * size + count - 1) / count);
  }
  return w;
}

/// x divided by a number for each place along an axis.
Value divided(Value x, int axis, const std::vector<double>& counts) {
  if (std::all_of(counts.begin(), counts.end(),
                  [&](double c) { return c == counts.front(); })) {
    return x / counts.front();
  }
  Shape shape;
  for (int i = 0; i < x.rank(); ++i) shape.push_back(i == axis ? kInfer : 1);
  const auto n = static_cast<std::int64_t>(counts.size());
  const Tensor t = Tensor::from<double>(counts, {n}).to(x.dtype());
  return x / reshape(x.graph().constant(t), shape);
}

}  // namespace

Sorted max_pool(Operand x, const Axes& window, const PoolOptions& options) {
  const CallScope call(x);
  const std::size_t n = spatial_axes("max_pool", x, window.size());
  std::vector<Windows> windows;
  Axes dilation;
  for (std::size_t i = 0; i < n; ++i) {
    windows.push_back(cut("max_pool", x, i, n, window, options).windows);
    dilation.push_back(of_axis("max_pool", options.dilation, i, n, x));
  }
  return window_max(x.value, windows, dilation);
}

Value sum_pool(Operand x, const Axes& window, const PoolOptions& options) {
  const CallScope call(x);
  const std::size_t n = spatial_axes("sum_pool", x, window.size());
  Value y = x.value;
  for (std::size_t i = 0; i < n; ++i) {
    const Cut c = cut("sum_pool", x, i, n, window, options);
    y = window_sum(y, static_cast<int>(i) + 2, c.windows);
  }
  return y;
}

Value avg_pool(Operand x, const Axes& window, const PoolOptions& options) {
  const CallScope call(x);
  const std::size_t n = spatial_axes("avg_pool", x, window.size());
  Value y = x.value;
  for (std::size_t i = 0; i < n; ++i) {
    const Cut c = cut("avg_pool", x, i, n, window, options);
    const int axis = static_cast<int>(i) + 2;
    y = divided(window_sum(y, axis, c.windows), axis, c.counts);
  }
  return y;
}

Value lp_pool(Operand x, double p, const Axes& window,
              const PoolOptions& options) {
  const CallScope call(x);
  const Value total = sum_pool(pow(abs(x), p), window, options);
  const Value none = equal(total, 0);
  return where(none, 0, pow(where(none, 1, total), 1 / p));
}

Value adaptive_avg_pool(Operand x, const Axes& sizes) {
  const CallScope call(x);
  const std::size_t n = spatial_axes("adaptive_avg_pool", x, sizes.size());
  Value y = x.value;
  for (std::size_t i = 0; i < n; ++i) {
    const Windows w = adaptive("adaptive_avg_pool", x, i,
                               of_axis("adaptive_avg_pool", sizes, i, n, x));
    std::vector<double> counts;
    for (std::size_t j = 0; j < w.begins.size(); ++j) {
      counts.push_back(static_cast<double>(w.ends[j] - w.begins[j]));
    }
    const int axis = static_cast<int>(i) + 2;
    y = divided(window_sum(y, axis, w), axis, counts);
  }
  return y;
}

Sorted adaptive_max_pool(Operand x, const Axes& sizes) {
  const CallScope call(x);
  const std::size_t n = spatial_axes("adaptive_max_pool", x, sizes.size());
  std::vector<Windows> windows;
  for (std::size_t i = 0; i < n; ++i) {
    windows.push_back(adaptive("adaptive_max_pool", x, i,
                               of_axis("adaptive_max_pool", sizes, i, n, x)));
  }
  return window_max(x.value, windows, Axes(n, 1));
}

namespace {

/// Windows that must fit images of these sizes.
PatchAxes patch_axes(const char* op, const Operand& x, const Axes& sizes,
                     const Axes& window, const ConvOptions& o) {
  const std::size_t n = sizes.size();
  PatchAxes p;
  for (std::size_t i = 0; i < n; ++i) {
    p.window.push_back(of_axis(op, window, i, n, x));
    p.stride.push_back(of_axis(op, o.stride, i, n, x));
    p.before.push_back(of_axis(op, o.padding, i, n, x));
    p.dilation.push_back(of_axis(op, o.dilation, i, n, x));
    const std::int64_t k = p.window[i], d = p.dilation[i];
    const std::int64_t room = sizes[i] + 2 * p.before[i] - d * (k - 1) - 1;
    if (room < 0 || k < 1 || p.stride[i] < 1 || d < 1 || p.before[i] < 0) {
      fail(op, "the window does not fit", x);
    }
  }
  return p;
}

}  // namespace

Value unfold(Operand x, const Axes& window, const ConvOptions& options) {
  const CallScope call(x);
  const std::size_t n = spatial_axes("unfold", x, window.size());
  Axes sizes;
  for (std::size_t i = 0; i < n; ++i) {
    sizes.push_back(x.value.shape().dim(static_cast<int>(i) + 2));
  }
  return take_patches(x.value, patch_axes("unfold", x, sizes, window, options));
}

Value fold(Operand columns, const Axes& sizes, const Axes& window,
           const ConvOptions& options) {
  const CallScope call(columns);
  const Shape& shape = columns.value.shape();
  const std::size_t n = sizes.size();
  std::int64_t count = 1;
  for (std::size_t i = 0; i < n; ++i) {
    count *= window.size() == 1 ? window[0] : window.at(i);
  }
  if (n < 1 || n > 3 || (window.size() != 1 && window.size() != n) ||
      shape.rank() != 3 || shape[1].is_symbolic() || count < 1 ||
      shape.dim(1) % count != 0) {
    fail("fold", "the window does not fit the rows", columns);
  }
  return sum_patches(columns.value,
                     patch_axes("fold", columns, sizes, window, options),
                     sizes);
}

}  // namespace weft
