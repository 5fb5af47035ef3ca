#include "ops/kernels/reduce.h"

#include <algorithm>
#include <cmath>

#include "ops/kernels/axes.h"
#include "ops/running.h"
#include "weft/batched.h"
#include "weft/error.h"
#include "weft/graph.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

using Axes = std::vector<std::int64_t>;

/// The shape with the axes (sorted, not negative) of size 1 or dropped.
Shape reduced_shape(const Shape& shape, const Axes& axes, bool keep_dims) {
  Shape out;
  for (int i = 0; i < shape.rank(); ++i) {
    const bool reduced = std::find(axes.begin(), axes.end(), i) != axes.end();
    if (!reduced) {
      out.push_back(shape[i]);
    } else if (keep_dims) {
      out.push_back(1);
    }
  }
  return out;
}

/// A loaded op may have any.
void check_axes(const Axes& axes, const Shape& shape, std::string_view op) {
  std::int64_t least = 0;
  for (const std::int64_t a : axes) {
    if (a < least || a >= shape.rank()) {
      throw ShapeError("[" + std::string(op) + "] axis " + std::to_string(a) +
                       " of " + to_string(shape) +
                       ": they must be sorted, different, and from 0 to " +
                       std::to_string(shape.rank() - 1));
    }
    least = a + 1;
  }
}

std::int64_t reduce_tiles(const Work& work) {
  constexpr std::int64_t kTileInputs = 32 * 1024;
  return std::min(work.inputs[0].shape.elements() / kTileInputs,
                  work.outputs[0].shape.elements() / 16);
}

double reduce_flops(const Work& work) {
  return static_cast<double>(work.inputs[0].shape.elements());
}

/// y, reduced over axes of x, with those axes again: broadcasts to x.
Value restore_axes(Value y, Value x, const Axes& axes, bool keep_dims) {
  return keep_dims ? y : reshape(y, reduced_shape(x.shape(), axes, true));
}

struct Sum {
  static constexpr std::string_view name = "sum";
  static constexpr bool throws = false;
  using dtypes = Numbers;
  Axes axes;  // sorted, not negative
  bool keep_dims = false;
  static constexpr auto fields() {
    return std::tuple{field("axes", &Sum::axes),
                      field("keep_dims", &Sum::keep_dims)};
  }
  Type infer(const Type& x) const {
    check_axes(axes, x.shape, name);
    return {x.dtype, reduced_shape(x.shape, axes, keep_dims)};
  }
  std::int64_t tiles(const Work& work) const { return reduce_tiles(work); }
  double flops(const Work& work) const { return reduce_flops(work); }
  template <class T>
  void forward(const Context& c, View<const T> x, View<T> y) const {
    const ReducePlan plan(x.shape(), axes);
    reduce<SumStep>(plan, x.data(), y.data(), c.begin(plan.outputs),
                    c.end(plan.outputs));
  }
  Value vjp(Value x, Value, Value dy) const {
    return expand(restore_axes(dy, x, axes, keep_dims), x.shape());
  }
  Value vmap(const Batched& in) const {
    return apply(Sum{in.axes(axes), keep_dims}, in[0]);
  }
  static Samples samples() {
    return {sample(Sum{{0, 1}}, {Shape{2, 3}}),
            sample(Sum{{0}}, {Shape{3, 4}}),
            sample(Sum{{1}, true}, {Shape{2, 3, 2}}),
            sample(Sum{{0, 2}}, {Shape{2, 3, 2}}),
            sample(Sum{{1}}, {Shape{3, 0}}),
            sample(Sum{}, {Shape{}})};
  }
};

/// The greatest, or the least. Of equal ones each gets an equal share of the
/// derivative.
template <bool least>
struct Extreme {
  static constexpr std::string_view name = least ? "min" : "max";
  static constexpr bool throws = false;
  using dtypes = Numbers;
  Axes axes;  // sorted, not negative
  bool keep_dims = false;
  static constexpr auto fields() {
    return std::tuple{field("axes", &Extreme::axes),
                      field("keep_dims", &Extreme::keep_dims)};
  }
  Type infer(const Type& x) const {
    check_axes(axes, x.shape, name);
    return {x.dtype, reduced_shape(x.shape, axes, keep_dims)};
  }
  std::int64_t tiles(const Work& work) const { return reduce_tiles(work); }
  double flops(const Work& work) const { return reduce_flops(work); }
  template <class T>
  void forward(const Context& c, View<const T> x, View<T> y) const {
    const ReducePlan plan(x.shape(), axes);
    reduce<ExtremeStep<least>>(plan, x.data(), y.data(), c.begin(plan.outputs),
                               c.end(plan.outputs));
  }
  Value vjp(Value x, Value y, Value dy) const {
    const Value found = restore_axes(y, x, axes, keep_dims);
    const Value ties = cast(equal(x, found), x.dtype());
    return ties *
           (restore_axes(dy, x, axes, keep_dims) / weft::sum(ties, axes, true));
  }
  Value vmap(const Batched& in) const {
    return apply(Extreme{in.axes(axes), keep_dims}, in[0]);
  }
  static Samples samples() {
    // A steep ramp would hide nothing here: values are drawn far apart.
    return {sample(Extreme{{0, 1}}, {SampleInput(Shape{2, 3}, -9, 9)}),
            sample(Extreme{{0}}, {SampleInput(Shape{3, 4}, -9, 9)}),
            sample(Extreme{{1}, true}, {SampleInput(Shape{2, 3, 2}, -9, 9)})};
  }
};
using Max = Extreme<false>;
using Min = Extreme<true>;

struct Prod {
  static constexpr std::string_view name = "prod";
  static constexpr bool throws = false;
  using dtypes = Numbers;
  Axes axes{0};  // one, not negative, which stays with size 1
  static constexpr auto fields() {
    return std::tuple{field("axes", &Prod::axes)};
  }
  Type infer(const Type& x) const {
    check_axes(axes, x.shape, name);
    if (axes.size() != 1) {
      throw ShapeError("[prod] of " + std::to_string(axes.size()) +
                       " axes; it must be one");
    }
    return {x.dtype, reduced_shape(x.shape, axes, true)};
  }
  std::int64_t tiles(const Work& work) const { return reduce_tiles(work); }
  double flops(const Work& work) const { return reduce_flops(work); }
  template <class T>
  void forward(const Context& c, View<const T> x, View<T> y) const {
    const ReducePlan plan(x.shape(), axes);
    reduce<ProdStep>(plan, x.data(), y.data(), c.begin(plan.outputs),
                     c.end(plan.outputs));
  }
  // The product of all other elements, so that zeros need no care.
  Value vjp(Value x, Value, Value dy) const {
    const std::int64_t axis = axes.front();
    return dy * (running_product(x, axis, false, true) *
                 running_product(x, axis, true, true));
  }
  Value vmap(const Batched& in) const {
    return apply(Prod{in.axes(axes)}, in[0]);
  }
  static Samples samples() {
    return {sample(Prod{{1}}, {Shape{2, 3}}), sample(Prod{{0}}, {Shape{3, 4}}),
            sample(Prod{{1}}, {Shape{3, 0}})};
  }
};

Axes all_or(const Axes& axes, Value x, std::string_view op) {
  const std::vector<int> found = normalize_axes(axes, x.rank(), op);
  return Axes(found.begin(), found.end());
}

/// The dimensions that a reduction runs over.
Shape reduced_dims(Value x, const Axes& axes) {
  Shape dims;
  for (std::int64_t a : axes) dims.push_back(x.shape()[static_cast<int>(a)]);
  return dims;
}

}  // namespace

Value sum(Operand x, Axes axes, bool keep_dims) {
  return apply(Sum{all_or(axes, x.value, "sum"), keep_dims}, x);
}

Value mean(Operand x, Axes axes, bool keep_dims) {
  const CallScope call(x);
  const Axes over = all_or(axes, x.value, "mean");
  const Value total = apply(Sum{over, keep_dims}, x);
  return total / dim_product(x.value.graph(), reduced_dims(x.value, over),
                             x.value.dtype(), x.at);
}

Value max(Operand x, Axes axes, bool keep_dims) {
  return apply(Max{all_or(axes, x.value, "max"), keep_dims}, x);
}

Value min(Operand x, Axes axes, bool keep_dims) {
  return apply(Min{all_or(axes, x.value, "min"), keep_dims}, x);
}

Value prod(Operand x, Axes axes, bool keep_dims) {
  const CallScope call(x);
  const Axes over = all_or(axes, x.value, "prod");
  if (!reduced_dims(x.value, over).is_concrete()) {
    throw ShapeError("[prod] the axes of " + to_string(x.value.shape()) +
                     " to reduce must not be symbolic" + at_line(x.at));
  }
  Value v = x.value;
  for (std::int64_t axis : over) v = apply(Prod{{axis}}, v);
  const Shape out = reduced_shape(x.value.shape(), over, keep_dims);
  return v.shape() == out ? v : reshape(v, out);
}

Value logsumexp(Operand x, Axes axes, bool keep_dims) {
  const CallScope call(x);
  const Axes over = all_or(axes, x.value, "logsumexp");
  // Any shift gives the same value and derivative, so none flows through it;
  // an infinite maximum is no shift.
  const Value top = stop_gradient(apply(Max{over, true}, x));
  const Value shift = where(equal(abs(top), HUGE_VAL), 0, top);
  const Value y = log(sum(exp(x.value - shift), over, true)) + shift;
  return keep_dims ? y
                   : reshape(y, reduced_shape(x.value.shape(), over, false));
}

/// Sums over the leading axes that broadcasting added and those it stretched.
Value sum_to(Operand x, const Shape& shape) {
  const CallScope call(x);
  const Shape from = x.value.shape();
  if (from == shape) return x.value;
  const int added = from.rank() - shape.rank();
  Axes axes;
  for (int i = 0; i < from.rank(); ++i) {
    if (i < added || (shape[i - added] == Dim(1) && from[i] != Dim(1))) {
      axes.push_back(i);
    }
  }
  if (added < 0 || broadcast(shape, from, "sum_to") != from) {
    throw ShapeError("[sum_to] " + to_string(from) +
                     " was not broadcast from " + to_string(shape));
  }
  const Value y = sum(x, axes, false);
  return y.shape() == shape ? y : reshape(y, shape);
}

Value dot(Operand a, Operand b) {
  const CallScope call(a);
  return sum(a * b);
}

namespace ops {
void register_reduce(Registry& r) {
  r.add<Sum>();
  r.add<Max>();
  r.add<Min>();
  r.add<Prod>();
}
}  // namespace ops
}  // namespace weft
