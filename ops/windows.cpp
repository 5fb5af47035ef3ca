// Sums and greatest elements of windows, which any pooling is made of.

#include "ops/kernels/windows.h"

#include <algorithm>

#include "ops/kernels/axes.h"
#include "ops/kernels/greatest.h"
#include "weft/batched.h"
#include "weft/error.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

using Axes = std::vector<std::int64_t>;

void check_windows(std::string_view op, const Shape& shape, std::int64_t axis,
                   const Axes& begins, const Axes& ends, std::int64_t size) {
  bool fits = begins.size() == ends.size() &&
              !shape[static_cast<int>(axis)].is_symbolic();
  for (std::size_t i = 0; fits && i < begins.size(); ++i) {
    fits = begins[i] >= 0 && begins[i] <= ends[i] && ends[i] <= size;
  }
  if (!fits) {
    throw ShapeError("[" + std::string(op) + "] the windows don't fit axis " +
                     std::to_string(axis) + " of " + to_string(shape));
  }
}

struct WindowSum {
  static constexpr std::string_view name = "window_sum";
  static constexpr bool throws = false;
  std::int64_t axis = 0;
  Axes begins, ends;
  static constexpr auto fields() {
    return std::tuple{field("axis", &WindowSum::axis),
                      field("begins", &WindowSum::begins),
                      field("ends", &WindowSum::ends)};
  }
  Type infer(const Type& x) const {
    const int at = normalize_axis(axis, x.shape.rank(), name);
    check_windows(name, x.shape, at, begins, ends,
                  x.shape[at].is_symbolic() ? 0 : x.shape.dim(at));
    Shape out = x.shape;
    out[at] = static_cast<std::int64_t>(begins.size());
    return {x.dtype, out};
  }
  std::int64_t tiles(const Work& work) const {
    return work.inputs[0].shape.elements() / (16 * 1024);
  }
  template <class T>
  void forward(const Context& c, View<const T> x, View<T> y) const {
    const AxisView v(x.shape(), normalize_axis(axis, x.rank(), name));
    T* to = y.data() + c.begin(v.outer) *
                           static_cast<std::int64_t>(begins.size()) * v.inner;
    for (std::int64_t o = c.begin(v.outer); o < c.end(v.outer); ++o) {
      const T* from = x.data() + o * v.size * v.inner;
      for (std::size_t j = 0; j < begins.size(); ++j, to += v.inner) {
        std::fill_n(to, v.inner, T(0));
        for (std::int64_t k = begins[j]; k < ends[j]; ++k) {
          for (std::int64_t i = 0; i < v.inner; ++i) {
            to[i] += from[k * v.inner + i];
          }
        }
      }
    }
  }
  Value vjp(Value x, Value y, Value dy) const;
  Value vmap(const Batched& in) const {
    WindowSum op = *this;
    op.axis = in.axis(axis);
    return apply(op, in[0]);
  }
  static Samples samples() {
    return {sample(WindowSum{0, {0, 1}, {2, 4}}, {Shape{4, 3}}),
            sample(WindowSum{-1, {0, 0, 2}, {0, 3, 3}}, {Shape{2, 3}})};
  }
};

/// The transpose: each element is added to all places of its window.
struct WindowSpread {
  static constexpr std::string_view name = "window_spread";
  static constexpr bool throws = false;
  std::int64_t axis = 0;
  Axes begins, ends;
  std::int64_t size = 0;
  static constexpr auto fields() {
    return std::tuple{field("axis", &WindowSpread::axis),
                      field("begins", &WindowSpread::begins),
                      field("ends", &WindowSpread::ends),
                      field("size", &WindowSpread::size)};
  }
  Type infer(const Type& x) const {
    const int at = normalize_axis(axis, x.shape.rank(), name);
    check_windows(name, x.shape, at, begins, ends, size);
    if (x.shape[at] != Dim(static_cast<std::int64_t>(begins.size()))) {
      throw ShapeError("[window_spread] " + std::to_string(begins.size()) +
                       " windows for " + to_string(x.shape));
    }
    Shape out = x.shape;
    out[at] = size;
    return {x.dtype, out};
  }
  std::int64_t tiles(const Work& work) const {
    return work.outputs[0].shape.elements() / (16 * 1024);
  }
  template <class T>
  void forward(const Context& c, View<const T> x, View<T> y) const {
    const AxisView v(x.shape(), normalize_axis(axis, x.rank(), name));
    for (std::int64_t o = c.begin(v.outer); o < c.end(v.outer); ++o) {
      T* to = y.data() + o * size * v.inner;
      std::fill_n(to, size * v.inner, T(0));
      const T* from = x.data() + o * v.size * v.inner;
      for (std::size_t j = 0; j < begins.size(); ++j, from += v.inner) {
        for (std::int64_t k = begins[j]; k < ends[j]; ++k) {
          for (std::int64_t i = 0; i < v.inner; ++i) {
            to[k * v.inner + i] += from[i];
          }
        }
      }
    }
  }
  Value vjp(Value, Value, Value dy) const {
    return apply(WindowSum{axis, begins, ends}, dy);
  }
  Value vmap(const Batched& in) const {
    WindowSpread op = *this;
    op.axis = in.axis(axis);
    return apply(op, in[0]);
  }
  static Samples samples() {
    return {sample(WindowSpread{0, {0, 1}, {2, 4}, 4}, {Shape{2, 3}}),
            sample(WindowSpread{-1, {0, 0, 2}, {0, 3, 3}, 3}, {Shape{2, 3}})};
  }
};

Value WindowSum::vjp(Value x, Value, Value dy) const {
  const int at = normalize_axis(axis, x.rank(), name);
  return apply(WindowSpread{axis, begins, ends, x.shape().dim(at)}, dy);
}

/// The place of the greatest element of each window over the last axes:
/// counts[i] windows along axis i, of elements begin, begin + dilation, …
/// before end.
struct WindowArgmax {
  static constexpr std::string_view name = "window_argmax";
  static constexpr bool throws = false;
  using dtypes = Numbers;
  Axes counts, begins, ends, dilation;
  static constexpr auto fields() {
    return std::tuple{field("counts", &WindowArgmax::counts),
                      field("begins", &WindowArgmax::begins),
                      field("ends", &WindowArgmax::ends),
                      field("dilation", &WindowArgmax::dilation)};
  }
  Type infer(const Type& x) const {
    const auto n = static_cast<int>(counts.size());
    if (n < 1 || n > 3 || n > x.shape.rank() ||
        dilation.size() != counts.size()) {
      throw ShapeError("[window_argmax] takes one to three axes, not " +
                       std::to_string(n) + " of " + to_string(x.shape));
    }
    Shape out = x.shape;
    std::size_t first = 0;
    for (int i = 0; i < n; ++i) {
      const int axis = x.shape.rank() - n + i;
      const auto k =
          static_cast<std::size_t>(counts[static_cast<std::size_t>(i)]);
      if (x.shape[axis].is_symbolic() || first + k > begins.size() ||
          begins.size() != ends.size() ||
          dilation[static_cast<std::size_t>(i)] < 1) {
        throw ShapeError("[window_argmax] the windows don't fit " +
                         to_string(x.shape));
      }
      const auto from = static_cast<std::ptrdiff_t>(first);
      const auto to = static_cast<std::ptrdiff_t>(first + k);
      check_windows(
          name, x.shape, axis, Axes(begins.begin() + from, begins.begin() + to),
          Axes(ends.begin() + from, ends.begin() + to), x.shape.dim(axis));
      out[axis] = static_cast<std::int64_t>(k);
      first += k;
    }
    return {DType::i32, out};
  }
  std::int64_t tiles(const Work& work) const {
    return work.inputs[0].shape.elements() / (16 * 1024);
  }
  template <class T>
  void forward(const Context& c, View<const T> x, View<std::int32_t> y) const {
    // Three axes: what is missing is one window of one element.
    const std::int64_t zero = 0, one = 1;
    WindowAxis axes[3] = {
        {1, 1, 1, &zero, &one}, {1, 1, 1, &zero, &one}, {1, 1, 1, &zero, &one}};
    const std::size_t n = counts.size();
    std::int64_t first = 0;
    for (std::size_t i = 0; i < n; ++i) {
      axes[3 - n + i] = {x.dim(x.rank() - static_cast<int>(n - i)), counts[i],
                         dilation[i], begins.data() + first,
                         ends.data() + first};
      first += counts[i];
    }
    const auto& [depth, height, width] = axes;
    const WindowStretch stretch = longest_windows(width);
    const std::int64_t pixels = depth.size * height.size * width.size;
    const std::int64_t rows = depth.count * height.count;
    const std::int64_t images =
        rows * width.count == 0 ? 0 : y.size() / (rows * width.count);
    for (std::int64_t o = c.begin(images); o < c.end(images); ++o) {
      std::int32_t* to = y.data() + o * rows * width.count;
      for (std::int64_t i = 0; i < rows; ++i, to += width.count) {
        const std::int64_t a = i / height.count, b = i % height.count;
        const WindowRows<T> under{
            x.data() + o * pixels, height.size, width.size,      depth.begin[a],
            depth.end[a],          depth.step,  height.begin[b], height.end[b],
            height.step,           width.step};
        greatest_of_row(under, width, stretch, to);
      }
    }
  }
  Value vmap(const Batched& in) const { return apply(*this, in[0]); }
  static Samples samples() {
    return {sample(WindowArgmax{{2}, {0, 1}, {2, 4}, {1}}, {Shape{3, 4}}),
            sample(WindowArgmax{{2, 1}, {0, 1, 0}, {3, 4, 3}, {2, 1}},
                   {Shape{2, 4, 3}})};
  }
};

}  // namespace

Value window_sum(Value x, int axis, const Windows& windows) {
  return apply(WindowSum{axis, windows.begins, windows.ends}, x);
}

Value window_argmax(Value x, const std::vector<Windows>& windows,
                    const Axes& dilation) {
  WindowArgmax op;
  op.dilation = dilation;
  for (const Windows& w : windows) {
    op.counts.push_back(static_cast<std::int64_t>(w.begins.size()));
    op.begins.insert(op.begins.end(), w.begins.begin(), w.begins.end());
    op.ends.insert(op.ends.end(), w.ends.begin(), w.ends.end());
  }
  return apply(op, x);
}

namespace ops {
void register_windows(Registry& r) {
  r.add<WindowSum>();
  r.add<WindowSpread>();
  r.add<WindowArgmax>();
}
}  // namespace ops
}  // namespace weft
