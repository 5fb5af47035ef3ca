// Elements of an axis moved round, or repeated.

#include <algorithm>

#include "ops/kernels/axes.h"
#include "ops/kernels/movements.h"
#include "ops/kernels/runs.h"
#include "weft/batched.h"
#include "weft/error.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

std::int64_t tiles_of(const Work& work) {
  return work.outputs[0].shape.elements() / (16 * 1024);
}

struct Roll {
  static constexpr std::string_view name = "roll";
  static constexpr bool throws = false;
  using dtypes = AnyType;
  std::int64_t axis = 0, shift = 0;
  static constexpr auto fields() {
    return std::tuple{field("axis", &Roll::axis), field("shift", &Roll::shift)};
  }
  Type infer(const Type& x) const {
    const int at = normalize_axis(axis, x.shape.rank(), name);
    const Dim n = x.shape[at];
    if (n.is_symbolic() || shift < 0 || shift > n.size()) {
      throw ShapeError("[roll] a shift of " + std::to_string(shift) +
                       " does not fit axis " + std::to_string(at) + " of " +
                       to_string(x.shape));
    }
    return x;
  }
  std::int64_t tiles(const Work& work) const { return tiles_of(work); }
  template <class T>
  void forward(const Context& c, View<const T> x, View<T> y) const {
    const AxisView v(x.shape(), normalize_axis(axis, x.rank(), name));
    const std::int64_t n = v.size * v.inner, first = shift * v.inner;
    for (std::int64_t o = c.begin(v.outer); o < c.end(v.outer); ++o) {
      const T* from = x.data() + o * n;
      T* to = y.data() + o * n;
      copy_row(from + n - first, first, to);
      copy_row(from, n - first, to + first);
    }
  }
  Value vjp(Value x, Value, Value dy) const {
    const std::int64_t n = x.shape().dim(normalize_axis(axis, x.rank(), name));
    return apply(Roll{axis, n - shift}, dy);
  }
  Value vmap(const Batched& in) const {
    return apply(Roll{in.axis(axis), shift}, in[0]);
  }
  static Samples samples() {
    return {sample(Roll{1, 2}, {Shape{2, 3}}),
            sample(Roll{0, 1}, {Shape{2, 3}}),
            sample(Roll{0, 0}, {Shape{0, 3}})};
  }
};

void check_times(std::string_view op, std::int64_t times, std::int64_t least) {
  if (times >= least) return;
  throw ShapeError("[" + std::string(op) + "] " + std::to_string(times) +
                   " times");
}

struct Repeat {
  static constexpr std::string_view name = "repeat";
  static constexpr bool throws = false;
  using dtypes = AnyType;
  std::int64_t axis = 0, times = 1;
  static constexpr auto fields() {
    return std::tuple{field("axis", &Repeat::axis),
                      field("times", &Repeat::times)};
  }
  Type infer(const Type& x) const {
    check_times(name, times, 0);
    Shape out = x.shape;
    Dim& d = out[normalize_axis(axis, out.rank(), name)];
    d = d * Dim(times);
    return {x.dtype, out};
  }
  std::int64_t tiles(const Work& work) const { return tiles_of(work); }
  template <class T>
  void forward(const Context& c, View<const T> x, View<T> y) const {
    const AxisView v(x.shape(), normalize_axis(axis, x.rank(), name));
    const std::int64_t n = v.outer * v.size, begin = c.begin(n);
    const T* from = x.data() + begin * v.inner;
    T* to = y.data() + begin * times * v.inner;
    const std::int64_t count = c.end(n) - begin;
    if (v.inner == 1 && times <= 4) {
      // Of few copies, each in its turn.
      for (std::int64_t k = 0; k < times; ++k) {
        copy_runs(count, 1, from, 1, to + k, times);
      }
      return;
    }
    for (std::int64_t i = 0; i < count; ++i, from += v.inner) {
      if (v.inner == 1) {
        to = std::fill_n(to, times, *from);
        continue;
      }
      for (std::int64_t k = 0; k < times; ++k, to += v.inner) {
        copy_row(from, v.inner, to);
      }
    }
  }
  Value vjp(Value x, Value, Value dy) const;
  Value vmap(const Batched& in) const {
    return apply(Repeat{in.axis(axis), times}, in[0]);
  }
  static Samples samples() {
    return {sample(Repeat{1, 3}, {Shape{2, 3}}),
            sample(Repeat{0, 2}, {Shape{2, 3}}),
            sample(Repeat{0, 6}, {Shape{2}}), sample(Repeat{0, 0}, {Shape{2}}),
            sample(Repeat{0, 2}, {Shape{0, 3}})};
  }
};

/// The transpose: sums of so many neighbours.
struct RepeatSum {
  static constexpr std::string_view name = "repeat_sum";
  static constexpr bool throws = false;
  std::int64_t axis = 0, times = 1;
  static constexpr auto fields() {
    return std::tuple{field("axis", &RepeatSum::axis),
                      field("times", &RepeatSum::times)};
  }
  Type infer(const Type& x) const {
    check_times(name, times, 1);
    Shape out = x.shape;
    const int at = normalize_axis(axis, out.rank(), name);
    const Dim d = out[at];
    if (d.is_symbolic() ? d.multiple() % times != 0 || d.offset() % times != 0
                        : d.size() % times != 0) {
      throw ShapeError("[repeat_sum] axis " + std::to_string(at) + " of " +
                       to_string(x.shape) + " is no multiple of " +
                       std::to_string(times));
    }
    out[at] = d.is_symbolic() ? Dim::affine(d.symbol_id(), d.multiple() / times,
                                            d.offset() / times)
                              : Dim(d.size() / times);
    return {x.dtype, out};
  }
  std::int64_t tiles(const Work& work) const {
    return work.inputs[0].shape.elements() / (16 * 1024);
  }
  template <class T>
  void forward(const Context& c, View<const T> x, View<T> y) const {
    const AxisView v(y.shape(), normalize_axis(axis, y.rank(), name));
    const std::int64_t n = v.outer * v.size, begin = c.begin(n);
    const T* from = x.data() + begin * times * v.inner;
    T* to = y.data() + begin * v.inner;
    const std::int64_t count = c.end(n) - begin;
    if (v.inner == 1) {
      sum_neighbours(from, count, to);
      return;
    }
    for (std::int64_t i = 0; i < count; ++i, to += v.inner) {
      copy_row(from, v.inner, to);
      from += v.inner;
      for (std::int64_t k = 1; k < times; ++k, from += v.inner) {
        for (std::int64_t j = 0; j < v.inner; ++j) to[j] += from[j];
      }
    }
  }
  template <class T>
  void sum_neighbours(const T* from, std::int64_t count, T* to) const {
    auto sum = [=](auto n) {
      for (std::int64_t i = 0; i < count; ++i) {
        T total = from[i * n];
        for (std::int64_t k = 1; k < n; ++k) total += from[i * n + k];
        to[i] = total;
      }
    };
    switch (times) {
      case 2: return sum(std::integral_constant<std::int64_t, 2>());
      case 3: return sum(std::integral_constant<std::int64_t, 3>());
      case 4: return sum(std::integral_constant<std::int64_t, 4>());
      default: sum(times);
    }
  }
  Value vjp(Value, Value, Value dy) const {
    return apply(Repeat{axis, times}, dy);
  }
  Value vmap(const Batched& in) const {
    return apply(RepeatSum{in.axis(axis), times}, in[0]);
  }
  static Samples samples() {
    return {sample(RepeatSum{1, 3}, {Shape{2, 6}}),
            sample(RepeatSum{0, 2}, {Shape{4, 3}}),
            sample(RepeatSum{0, 6}, {Shape{6}}),
            sample(RepeatSum{0, 2}, {Shape{0, 3}})};
  }
};

Value Repeat::vjp(Value x, Value, Value dy) const {
  return times == 0 ? zeros_like(x) : apply(RepeatSum{axis, times}, dy);
}

}  // namespace

Value roll_axis(Value x, int axis, std::int64_t shift) {
  return apply(Roll{axis, shift}, x);
}

Value repeat_axis(Value x, int axis, std::int64_t times) {
  return apply(Repeat{axis, times}, x);
}

namespace ops {
void register_repetition(Registry& r) {
  r.add<Roll>();
  r.add<Repeat>();
  r.add<RepeatSum>();
}
}  // namespace ops
}  // namespace weft
