#include <algorithm>

#include "ops/kernels/axes.h"
#include "weft/batched.h"
#include "weft/error.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

struct Pad {
  static constexpr std::string_view name = "pad";
  static constexpr bool throws = false;
  using dtypes = AnyType;
  std::vector<std::int64_t> before;
  std::vector<std::int64_t> after;
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
    std::fill(y.begin(), y.end(), static_cast<T>(value));
    if (x.size() == 0) return;
    const auto strides = strides_of(y.shape());
    const int rank = x.rank();
    const std::int64_t run = rank == 0 ? 1 : x.dim(rank - 1);
    for (std::int64_t o = 0; o < x.size() / run; ++o) {
      std::int64_t rest = o, to = rank == 0 ? 0 : before.back();
      for (int i = rank - 1; i-- > 0;) {
        const auto a = static_cast<std::size_t>(i);
        to += (rest % x.dim(i) + before[a]) * strides[a];
        rest /= x.dim(i);
      }
      std::copy_n(x.data() + o * run, run, y.data() + to);
    }
  }
  Value vjp(Value x, Value, Value dy) const {
    Value g = dy;
    for (int i = 0; i < x.rank(); ++i) {
      const auto a = static_cast<std::size_t>(i);
      if (before[a] == 0 && after[a] == 0) continue;
      g = slice(g, i, before[a], before[a] + x.shape().dim(i));
    }
    return g;
  }
  Value vmap(const Batched& in) const {
    Pad op = *this;
    op.before.insert(op.before.begin(), 0);
    op.after.insert(op.after.begin(), 0);
    return apply(op, in[0]);
  }
  static Samples samples() {
    return {sample(Pad{{1, 0}, {0, 2}, 3}, {Shape{2, 3}}),
            sample(Pad{{1}, {1}, 0}, {Shape{0}})};
  }
};

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
  template <class T>
  void forward(View<const T> x, View<T> y) const {
    const AxisView v(x.shape(), normalize_axis(axis, x.rank(), name));
    for (std::int64_t o = 0; o < v.outer; ++o) {
      for (std::int64_t i = 0; i < v.size; ++i) {
        std::copy_n(x.data() + (o * v.size + i) * v.inner, v.inner,
                    y.data() + (o * v.size + v.size - 1 - i) * v.inner);
      }
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
  r.add<Flip>();
}
}  // namespace ops
}  // namespace weft
