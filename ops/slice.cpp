#include <algorithm>
#include <limits>

#include "ops/axis_size.h"
#include "ops/kernels/axes.h"
#include "ops/kernels/runs.h"
#include "weft/batched.h"
#include "weft/error.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

/// The last of `count` places from `begin` on, -1 if there is none.
std::int64_t reaches(std::int64_t begin, std::int64_t count,
                     std::int64_t step) {
  std::int64_t last = 0;
  if (count == 0) return -1;
  if (__builtin_mul_overflow(count - 1, step, &last) ||
      __builtin_add_overflow(last, begin, &last)) {
    return std::numeric_limits<std::int64_t>::max();
  }
  return last;
}

std::int64_t tiles_of(const Work& work) {
  return std::max(work.inputs[0].shape.elements(),
                  work.outputs[0].shape.elements()) /
         (16 * 1024);
}

struct Slice {
  static constexpr std::string_view name = "slice";
  static constexpr bool throws = false;
  using dtypes = AnyType;
  std::int64_t axis = 0;
  std::int64_t begin = 0;
  std::int64_t count = 1;
  std::int64_t step = 1;
  static constexpr auto fields() {
    return std::tuple{
        field("axis", &Slice::axis), field("begin", &Slice::begin),
        field("count", &Slice::count), field("step", &Slice::step)};
  }
  Type infer(const Type& x) const {
    const int at = normalize_axis(axis, x.shape.rank(), name);
    const Dim d = x.shape[at];
    const bool fits = !d.is_symbolic() && begin >= 0 && count >= 0 &&
                      step >= 1 && reaches(begin, count, step) < d.size();
    if (!fits) {
      throw ShapeError("[slice] " + std::to_string(count) + " elements from " +
                       std::to_string(begin) + " by steps of " +
                       std::to_string(step) + " don't fit axis " +
                       std::to_string(at) + " of " + to_string(x.shape));
    }
    Shape out = x.shape;
    out[at] = count;
    return {x.dtype, out};
  }
  std::int64_t tiles(const Work& work) const { return tiles_of(work); }
  template <class T>
  void forward(const Context& c, View<const T> x, View<T> y) const {
    const AxisView from(x.shape(), normalize_axis(axis, x.rank(), name));
    const std::int64_t n = step == 1 ? count * from.inner : from.inner;
    const std::int64_t runs = step == 1 ? 1 : count;
    const std::int64_t first = c.begin(from.outer), end = c.end(from.outer);
    if (runs == 1) {  // of all outer axes at once: runs may be single elements
      copy_runs(end - first, n,
                x.data() + (first * from.size + begin) * from.inner,
                from.size * from.inner, y.data() + first * n, n);
      return;
    }
    for (std::int64_t o = first; o < end; ++o) {
      copy_runs(runs, n, x.data() + (o * from.size + begin) * from.inner,
                std::min(step, from.size) * from.inner,
                y.data() + o * count * from.inner, from.inner);
    }
  }
  Value vjp(Value x, Value, Value dy) const;
  Value vmap(const Batched& in) const {
    return apply(Slice{in.axis(axis), begin, count, step}, in[0]);
  }
  static Samples samples() {
    return {sample(Slice{0, 1, 2, 1}, {Shape{3, 2}}),
            sample(Slice{1, 0, 2, 2}, {Shape{2, 4}}),
            sample(Slice{0, 0, 0, 1}, {Shape{3, 2}})};
  }
};

/// Zeros of another shape with x at every step-th place along an axis: the
/// transpose of a slice.
struct Unslice {
  static constexpr std::string_view name = "unslice";
  static constexpr bool throws = false;
  using dtypes = AnyType;
  std::int64_t axis = 0;
  std::int64_t begin = 0;
  std::int64_t size = 1;
  std::int64_t step = 1;
  static constexpr auto fields() {
    return std::tuple{
        field("axis", &Unslice::axis), field("begin", &Unslice::begin),
        field("size", &Unslice::size), field("step", &Unslice::step)};
  }
  Type infer(const Type& x) const {
    const int at = normalize_axis(axis, x.shape.rank(), name);
    const Dim n = x.shape[at];
    const bool fits = !n.is_symbolic() && begin >= 0 && step >= 1 &&
                      begin <= size && reaches(begin, n.size(), step) < size;
    if (!fits) {
      throw ShapeError("[unslice] " + to_string(x.shape) +
                       " does not fit into " + std::to_string(size) +
                       " elements along axis " + std::to_string(at));
    }
    Shape out = x.shape;
    out[at] = size;
    return {x.dtype, out};
  }
  std::int64_t tiles(const Work& work) const { return tiles_of(work); }
  template <class T>
  void forward(const Context& c, View<const T> x, View<T> y) const {
    const AxisView from(x.shape(), normalize_axis(axis, x.rank(), name));
    const std::int64_t n = size * from.inner, used = from.size * from.inner;
    const std::int64_t first = c.begin(from.outer), end = c.end(from.outer);
    if (step > 1) std::fill(y.data() + first * n, y.data() + end * n, T(0));
    for (std::int64_t o = first; o < end; ++o) {
      T* to = y.data() + o * n + begin * from.inner;
      const T* in = x.data() + o * used;
      if (step > 1) {
        copy_runs(from.size, from.inner, in, from.inner, to,
                  std::min(step, size) * from.inner);
        continue;
      }
      std::fill_n(y.data() + o * n, begin * from.inner, T(0));
      copy_row(in, used, to);
      std::fill(to + used, y.data() + (o + 1) * n, T(0));
    }
  }
  Value vjp(Value x, Value, Value dy) const {
    const std::int64_t n = x.shape().dim(normalize_axis(axis, x.rank(), name));
    return apply(Slice{axis, begin, n, step}, dy);
  }
  Value vmap(const Batched& in) const {
    return apply(Unslice{in.axis(axis), begin, size, step}, in[0]);
  }
  static Samples samples() {
    return {sample(Unslice{0, 1, 5, 1}, {Shape{3, 2}}),
            sample(Unslice{1, 0, 4, 2}, {Shape{2, 2}})};
  }
};

Value Slice::vjp(Value x, Value, Value dy) const {
  return apply(
      Unslice{axis, begin, x.shape().dim(normalize_axis(axis, x.rank(), name)),
              step},
      dy);
}

}  // namespace

Value slice(Operand x, std::int64_t axis, std::int64_t begin, std::int64_t end,
            std::int64_t step) {
  const int at = normalize_axis(axis, x.value.rank(), "slice");
  const std::int64_t n = size_of_axis(x, at, "slice");
  if (step < 1) {
    throw ShapeError("[slice] the step must be at least 1, not " +
                     std::to_string(step) + " (" + to_string(x.at) +
                     "); use flip to reverse");
  }
  auto bound = [&](std::int64_t b) {
    if (b == kEnd) return n;
    const std::int64_t i = b < 0 ? b + n : b;
    if (i < 0 || i > n) {
      throw ShapeError("[slice] " + std::to_string(b) + " is outside axis " +
                       std::to_string(at) + " of " +
                       to_string(x.value.shape()) + at_line(x.at));
    }
    return i;
  };
  const std::int64_t b = bound(begin), e = std::max(b, bound(end));
  return apply(Slice{at, b, (e - b + step - 1) / step, step}, x);
}

namespace ops {
void register_slice(Registry& r) {
  r.add<Slice>();
  r.add<Unslice>();
}
}  // namespace ops
}  // namespace weft
