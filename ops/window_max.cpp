// The greatest element of each window, with its place, and the transpose of
// taking it.

#include <algorithm>

#include "ops/kernels/window_places.h"
#include "ops/kernels/windows.h"
#include "weft/batched.h"
#include "weft/error.h"
#include "weft/indexing.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

using Axes = std::vector<std::int64_t>;

/// x with its last n axes as one.
Value flat(Value x, std::size_t n) {
  Shape shape;
  const int kept = x.rank() - static_cast<int>(n);
  std::int64_t last = 1;
  for (int i = 0; i < x.rank(); ++i) {
    if (i < kept) {
      shape.push_back(x.shape()[i]);
    } else {
      last *= x.shape().dim(i);
    }
  }
  shape.push_back(last);
  return reshape(x, shape);
}

/// Images of the last axes' `sizes`, zero but where the places say: there the
/// elements of x are added, in order.
struct WindowPut {
  static constexpr std::string_view name = "window_put";
  using dtypes = Numbers;
  Axes sizes;
  static constexpr auto fields() {
    return std::tuple{field("sizes", &WindowPut::sizes)};
  }
  Type infer(const Type& x, const Type& places) const {
    const auto n = static_cast<int>(sizes.size());
    const bool positive = std::all_of(sizes.begin(), sizes.end(),
                                      [](std::int64_t s) { return s >= 0; });
    if (x.shape != places.shape || n < 1 || n > x.shape.rank() || !positive) {
      throw ShapeError("[window_put] the places " + to_string(places.shape) +
                       " don't fit " + to_string(x.shape) + " and " +
                       std::to_string(n) + " sizes");
    }
    Shape out = x.shape;
    for (int i = 0; i < n; ++i) {
      if (x.shape[x.shape.rank() - n + i].is_symbolic()) {
        throw ShapeError("[window_put] sizes of the last axes of " +
                         to_string(x.shape) + " must be numbers");
      }
      out[x.shape.rank() - n + i] = sizes[static_cast<std::size_t>(i)];
    }
    return {x.dtype, out};
  }
  std::int64_t tiles(const Work& work) const {
    return std::max<std::int64_t>(
        1, work.outputs[0].shape.elements() / (16 * 1024));
  }
  /// Whole images.
  Block block(const Work& work, std::int64_t tile) const {
    const Shape& x = work.inputs[0].shape;
    std::int64_t images = 1, rows = 1;
    for (int i = 0; i < x.rank() - static_cast<int>(sizes.size()); ++i) {
      images *= x.dim(i);
    }
    for (std::size_t i = 0; i + 1 < sizes.size(); ++i) rows *= sizes[i];
    const std::int64_t n = tiles(work), first = images * tile / n * rows;
    return {first, images * (tile + 1) / n * rows - first, 0, sizes.back()};
  }
  double flops(const Work& work) const {
    return 20.0 * static_cast<double>(work.outputs[0].shape.elements());
  }
  template <class T>
  void forward(const Context& c, View<const T> x,
               View<const std::int32_t> places, View<T> y) const {
    if (x.size() == 0 && y.size() == 0) return;
    std::int64_t pixels = 1, count = 1, images = 1;
    for (std::int64_t s : sizes) pixels *= s;
    const int kept = x.rank() - static_cast<int>(sizes.size());
    for (int i = 0; i < x.rank(); ++i) (i < kept ? images : count) *= x.dim(i);
    T* const all = c.block_of(y.data(), 0, 0, sizes.back()).first;
    for (std::int64_t o = c.begin(images); o < c.end(images); ++o) {
      const T* from = x.data() + o * count;
      const std::int32_t* at = places.data() + o * count;
      T* to = all + o * pixels;
      std::fill_n(to, pixels, T(0));
      for (std::int64_t i = 0; i < count; ++i) {
        if (at[i] < 0 || at[i] >= pixels) {
          throw DataError("[window_put] the place " + std::to_string(at[i]) +
                          " is outside 0 to " + std::to_string(pixels - 1));
        }
        to[at[i]] = static_cast<T>(to[at[i]] + from[i]);
      }
    }
  }
  Grads<2> vjp(Value x, Value places, Value, Value dy) const {
    const Value taken =
        take_along(flat(dy, sizes.size()), flat(places, sizes.size()), -1);
    return {reshape(taken, x.shape()), Value()};
  }
  Value vmap(const Batched& in) const { return apply(*this, in[0], in[1]); }
  static Samples samples() {
    return {sample(WindowPut{{5}},
                   {Shape{2, 3}, SampleInput::integers(Shape{2, 3}, 5)}),
            sample(WindowPut{{2, 4}},
                   {Shape{3, 2, 2}, SampleInput::integers(Shape{3, 2, 2}, 8)}),
            sample(WindowPut{{3}},
                   {Shape{0, 2}, SampleInput::integers(Shape{0, 2}, 3)})};
  }
};

/// counts[i] windows along each of the last axes, of elements begin, begin +
/// dilation, … before end: their greatest elements, and where these are.
struct WindowMax : WindowAttributes {
  static constexpr std::string_view name = "window_max";
  static constexpr bool throws = false;
  using dtypes = Numbers;
  static constexpr auto fields() { return window_fields<WindowMax>(); }
  std::vector<Type> infer(const Type& x) const {
    const Shape out = windows_shape(name, *this, x.shape, 1);
    return {{x.dtype, out}, {DType::i32, out}};
  }
  std::int64_t tiles(const Work& work) const {
    return work.inputs[0].shape.elements() / (16 * 1024);
  }
  template <class T>
  void forward(const Context& c, View<const T> x, View<T> y,
               View<std::int32_t> places) const {
    find_greatest(c, *this, x, places, y.data());
  }
  std::vector<Value> vjp(std::span<const Value> in, std::span<const Value> out,
                         std::span<const Value> grads) const {
    if (!grads[0]) return {Value()};
    WindowPut put;
    const auto n = static_cast<int>(counts.size());
    for (int i = 0; i < n; ++i) {
      put.sizes.push_back(in[0].shape().dim(in[0].rank() - n + i));
    }
    return {apply(put, grads[0], out[1])};
  }
  std::vector<Value> vmap(const Batched& in) const {
    return apply_all(*this, {in[0]});
  }
  static Samples samples() {
    return {sample(WindowMax{{{2}, {0, 1}, {2, 4}, {1}}}, {Shape{3, 4}}),
            sample(WindowMax{{{2, 1}, {0, 1, 0}, {3, 4, 3}, {2, 1}}},
                   {Shape{2, 4, 3}})};
  }
};

}  // namespace

Sorted window_max(Value x, const std::vector<Windows>& windows,
                  const Axes& dilation) {
  WindowMax op;
  op.dilation = dilation;
  for (const Windows& w : windows) {
    op.counts.push_back(static_cast<std::int64_t>(w.begins.size()));
    op.begins.insert(op.begins.end(), w.begins.begin(), w.begins.end());
    op.ends.insert(op.ends.end(), w.ends.begin(), w.ends.end());
  }
  const std::vector<Value> found = apply_all(op, {x});
  return {found[0], found[1]};
}

namespace ops {
void register_window_max(Registry& r) {
  r.add<WindowMax>();
  r.add<WindowPut>();
}
}  // namespace ops
}  // namespace weft
