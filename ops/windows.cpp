// Sums and greatest elements of windows, which any pooling is made of.

#include "ops/kernels/windows.h"

#include <algorithm>

#include "ops/kernels/axes.h"
#include "ops/kernels/window_places.h"
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

/// to = the sum of rows begin … end − 1 of n elements.
template <class T>
void sum_rows(const T* from, std::int64_t begin, std::int64_t end,
              std::int64_t n, T* to) {
  if (n == 1) {
    T sum(0);
    for (std::int64_t k = begin; k < end; ++k) sum += from[k];
    *to = sum;
    return;
  }
  if (end - begin == 2) {
    const T *first = from + begin * n, *second = first + n;
    for (std::int64_t i = 0; i < n; ++i) to[i] = (T(0) + first[i]) + second[i];
    return;
  }
  std::fill_n(to, n, T(0));
  for (std::int64_t k = begin; k < end; ++k) {
    for (std::int64_t i = 0; i < n; ++i) to[i] += from[k * n + i];
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
        sum_rows(from, begins[j], ends[j], v.inner, to);
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

/// The places of window_max alone.
struct WindowArgmax : WindowAttributes {
  static constexpr std::string_view name = "window_argmax";
  static constexpr bool throws = false;
  using dtypes = Numbers;
  static constexpr auto fields() { return window_fields<WindowArgmax>(); }
  Type infer(const Type& x) const {
    return {DType::i32, windows_shape(name, *this, x.shape, 0)};
  }
  std::int64_t tiles(const Work& work) const {
    return work.inputs[0].shape.elements() / (16 * 1024);
  }
  template <class T>
  void forward(const Context& c, View<const T> x,
               View<std::int32_t> places) const {
    find_greatest<T>(c, *this, x, places, nullptr);
  }
  Value vmap(const Batched& in) const { return apply(*this, in[0]); }
  static Samples samples() {
    return {sample(WindowArgmax{{{2}, {0, 1}, {2, 4}, {1}}}, {Shape{3, 4}}),
            sample(WindowArgmax{{{2, 1}, {0, 1, 0}, {3, 4, 3}, {2, 1}}},
                   {Shape{2, 4, 3}})};
  }
};

}  // namespace

Value window_sum(Value x, int axis, const Windows& windows) {
  return apply(WindowSum{axis, windows.begins, windows.ends}, x);
}

namespace ops {
void register_windows(Registry& r) {
  r.add<WindowSum>();
  r.add<WindowSpread>();
  r.add<WindowArgmax>();
}
}  // namespace ops
}  // namespace weft
