#include <algorithm>

#include "ops/kernels/axes.h"
#include "ops/kernels/runs.h"
#include "src/core/convert.h"
#include "weft/batched.h"
#include "weft/error.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

using Sizes = std::vector<std::int64_t>;

std::int64_t tiles_of(const Work& work) {
  return work.outputs[0].shape.elements() / (16 * 1024);
}

/// Walks over the elements of a small array and of a large one around it, axis
/// by axis.
struct Margins {
  const Sizes& before;
  const Shape& small;
  const Shape& large;
  int last = -1;  ///< the last axis with a margin

  Margins(const Sizes& b, const Shape& s, const Shape& l)
      : before(b), small(s), large(l) {
    for (int i = 0; i < s.rank(); ++i) last = s[i] == l[i] ? last : i;
  }
  /// copy(small, large, n) for each run of elements of both, and skip(large, n)
  /// for those of the large one alone; where they begin.
  template <class Copy, class Skip>
  void walk(int axis, std::int64_t in, std::int64_t out, Copy copy,
            Skip skip) const {
    std::int64_t step = 1, inner = 1;
    for (int i = axis + 1; i < small.rank(); ++i) {
      step *= small.dim(i);
      inner *= large.dim(i);
    }
    const std::int64_t n = small.dim(axis);
    const std::int64_t first = before[static_cast<std::size_t>(axis)];
    if (first > 0) skip(out, first * inner);
    out += first * inner;
    if (axis == last) {
      copy(in, out, n * inner);
    } else {
      for (std::int64_t i = 0; i < n; ++i) {
        walk(axis + 1, in + i * step, out + i * inner, copy, skip);
      }
    }
    const std::int64_t after = large.dim(axis) - first - n;
    if (after > 0) skip(out + n * inner, after * inner);
  }
};

struct Pad {
  static constexpr std::string_view name = "pad";
  static constexpr bool throws = false;
  using dtypes = AnyType;
  Sizes before;
  Sizes after;
  double value = 0;
  static constexpr auto fields() {
    return std::tuple{field("before", &Pad::before),
                      field("after", &Pad::after), field("value", &Pad::value)};
  }
  Type infer(const Type& x) const {
    const auto rank = static_cast<std::size_t>(x.shape.rank());
    if (before.size() != rank || after.size() != rank) {
      throw ShapeError("[pad] needs " + std::to_string(rank) +
                       " numbers before and after for " + to_string(x.shape) +
                       ", got " + std::to_string(before.size()) + " and " +
                       std::to_string(after.size()));
    }
    Shape out = x.shape;
    for (std::size_t i = 0; i < rank; ++i) {
      if (before[i] < 0 || after[i] < 0) {
        throw ShapeError("[pad] can't remove elements; use slice");
      }
      Dim& d = out[static_cast<int>(i)];
      d = d + Dim(before[i]) + Dim(after[i]);
    }
    return {x.dtype, out};
  }
  template <class T>
  void forward(View<const T> x, View<T> y) const {
    const T fill = convert<T>(value);
    const Margins m(before, x.shape(), y.shape());
    if (x.size() == 0 || m.last < 0) {
      std::fill(y.begin(), y.end(), fill);
      std::copy(x.begin(), x.end(), y.begin());
      return;
    }
    m.walk(
        0, 0, 0,
        [&](std::int64_t from, std::int64_t to, std::int64_t n) {
          copy_row(x.data() + from, n, y.data() + to);
        },
        [&](std::int64_t to, std::int64_t n) {
          std::fill_n(y.data() + to, n, fill);
        });
  }
  Value vjp(Value x, Value, Value dy) const;
  Value vmap(const Batched& in) const;
  static Samples samples() {
    return {sample(Pad{{1, 0}, {0, 2}, 3}, {Shape{2, 3}}),
            sample(Pad{{0, 1, 0}, {1, 0, 0}, 3}, {Shape{2, 1, 2}}),
            sample(Pad{{1}, {1}, 0}, {Shape{0}})};
  }
};

/// The transpose of padding with zeros: without the margins.
struct Crop {
  static constexpr std::string_view name = "crop";
  static constexpr bool throws = false;
  using dtypes = AnyType;
  Sizes before;
  Sizes after;
  static constexpr auto fields() {
    return std::tuple{field("before", &Crop::before),
                      field("after", &Crop::after)};
  }
  Type infer(const Type& x) const {
    const auto rank = static_cast<std::size_t>(x.shape.rank());
    bool fits = before.size() == rank && after.size() == rank;
    Shape out = x.shape;
    for (std::size_t i = 0; fits && i < rank; ++i) {
      if (before[i] == 0 && after[i] == 0) continue;
      Dim& d = out[static_cast<int>(i)];
      fits = !d.is_symbolic() && before[i] >= 0 && after[i] >= 0 &&
             before[i] <= d.size() && after[i] <= d.size() - before[i];
      if (fits) d = d.size() - before[i] - after[i];
    }
    if (!fits) {
      throw ShapeError("[crop] the margins don't fit " + to_string(x.shape));
    }
    return {x.dtype, out};
  }
  template <class T>
  void forward(View<const T> x, View<T> y) const {
    if (y.size() == 0) return;
    const Margins m(before, y.shape(), x.shape());
    if (m.last < 0) {
      std::copy(x.begin(), x.end(), y.begin());
      return;
    }
    m.walk(
        0, 0, 0,
        [&](std::int64_t to, std::int64_t from, std::int64_t n) {
          copy_row(x.data() + from, n, y.data() + to);
        },
        [](std::int64_t, std::int64_t) {});
  }
  Value vjp(Value, Value, Value dy) const { return pad(dy, before, after); }
  Value vmap(const Batched& in) const;
  static Samples samples() {
    return {sample(Crop{{1, 0}, {0, 2}}, {Shape{3, 5}}),
            sample(Crop{{0, 1, 0}, {1, 0, 0}}, {Shape{2, 3, 2}}),
            sample(Crop{{1}, {1}}, {Shape{2}})};
  }
};

Value Pad::vjp(Value x, Value, Value dy) const {
  std::vector<int> padded;
  for (int i = 0; i < x.rank(); ++i) {
    const auto a = static_cast<std::size_t>(i);
    if (before[a] != 0 || after[a] != 0) padded.push_back(i);
  }
  if (padded.empty()) return dy;
  if (padded.size() > 1) return apply(Crop{before, after}, dy);
  const std::int64_t first = before[static_cast<std::size_t>(padded[0])];
  return slice(dy, padded[0], first, first + x.shape().dim(padded[0]));
}

/// The same op for examples along a new first axis.
template <class Op>
Value of_all(Op op, const Batched& in) {
  op.before.insert(op.before.begin(), 0);
  op.after.insert(op.after.begin(), 0);
  return apply(op, in[0]);
}
Value Pad::vmap(const Batched& in) const { return of_all(*this, in); }
Value Crop::vmap(const Batched& in) const { return of_all(*this, in); }

struct Flip {
  static constexpr std::string_view name = "flip";
  static constexpr bool throws = false;
  using dtypes = AnyType;
  std::int64_t axis = 0;
  static constexpr auto fields() {
    return std::tuple{field("axis", &Flip::axis)};
  }
  Type infer(const Type& x) const {
    normalize_axis(axis, x.shape.rank(), name);
    return x;
  }
  std::int64_t tiles(const Work& work) const { return tiles_of(work); }
  template <class T>
  void forward(const Context& c, View<const T> x, View<T> y) const {
    const AxisView v(x.shape(), normalize_axis(axis, x.rank(), name));
    const std::int64_t n = v.size * v.inner;
    for (std::int64_t o = c.begin(v.outer); o < c.end(v.outer); ++o) {
      copy_runs(v.size, v.inner, x.data() + (o + 1) * n - v.inner, -v.inner,
                y.data() + o * n, v.inner);
    }
  }
  Value vjp(Value, Value, Value dy) const { return apply(Flip{axis}, dy); }
  Value vmap(const Batched& in) const {
    return apply(Flip{in.axis(axis)}, in[0]);
  }
  static Samples samples() {
    return {sample(Flip{0}, {Shape{3, 2}}), sample(Flip{-1}, {Shape{2, 3}})};
  }
};

}  // namespace

Value pad(Operand x, std::vector<std::int64_t> before,
          std::vector<std::int64_t> after, double value) {
  return apply(Pad{std::move(before), std::move(after), value}, x);
}

Value flip(Operand x, std::vector<std::int64_t> axes) {
  Value y = x.value;
  for (int axis : normalize_axes(axes, x.value.rank(), "flip")) {
    y = apply(Flip{axis}, Operand(y, x.at));
  }
  return y;
}

namespace ops {
void register_pad(Registry& r) {
  r.add<Pad>();
  r.add<Crop>();
  r.add<Flip>();
}
}  // namespace ops
}  // namespace weft
