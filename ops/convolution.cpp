#include <algorithm>

#include "ops/kernels/by_groups.h"
#include "ops/kernels/by_images.h"
#include "ops/kernels/conv_plan.h"
#include "ops/kernels/conv_tiles.h"
#include "ops/kernels/direct_run.h"
#include "ops/kernels/patch_run.h"
#include "ops/rearrange.h"
#include "weft/error.h"
#include "weft/graph.h"
#include "weft/ops.h"
#include "weft/registry.h"
#include "weft/spatial.h"

namespace weft {

namespace {

using Axes = std::vector<std::int64_t>;

template <class Op>
constexpr auto conv_fields() {
  return std::tuple{field("sizes", &Op::sizes), field("stride", &Op::stride),
                    field("before", &Op::before),
                    field("dilation", &Op::dilation),
                    field("groups", &Op::groups)};
}

/// Of weights that examples share, more images; else more groups.
template <class Op>
std::vector<Value> map_conv(Op op, const Batched& in) {
  if (!in.mapped(1)) return by_images(op, in);
  if (!can_be_groups(in)) return {};
  const std::int64_t count = in.count().size();
  op.groups *= count;
  const Value y = apply(op, into_channels(in[0]), into_rows(in[1]));
  return {from_channels(y, count)};
}

/// y from x and w.
struct Convolve : ConvAttributes {
  static constexpr std::string_view name = "conv";
  static constexpr bool throws = false;
  static constexpr auto fields() { return conv_fields<Convolve>(); }
  Type infer(const Type& x, const Type& w) const {
    check_conv(name, *this, x.shape, w.shape);
    if (x.shape[1] != w.shape[1] * Dim(groups) || w.shape[0].is_symbolic() ||
        w.shape.dim(0) % groups != 0) {
      throw_shapes(name, x.shape, w.shape,
                   "the channels don't fit the weights in " +
                       std::to_string(groups) + " groups");
    }
    return {x.dtype, shape_of(x.shape[0], w.shape[0], sizes)};
  }
  static PatchPlan plan(const Convolve& op, const Work& work) {
    return plan_of(op, work.inputs[0].shape, work.inputs[1].shape,
                   work.outputs[0].shape);
  }
  std::int64_t tiles(const Work& work) const {
    return ConvTiles(plan(*this, work), false).count();
  }
  Block block(const Work& work, std::int64_t tile) const {
    const ConvTiles t(plan(*this, work), false);
    return t.block(tile, t.count());
  }
  double flops(const Work& work) const { return conv_flops(plan(*this, work)); }
  template <class T>
  void forward(const Context& c, View<const T> x, View<const T> w,
               View<T> y) const {
    const PatchPlan g = plan_of(*this, x.shape(), w.shape(), y.shape());
    const ConvTiles t(g, false);
    T* to = c.block_of(y.data(), 0, 0, g.out[2]).first;
    const std::int64_t end = t.begin(c.tile() + 1, c.tiles());
    for (std::int64_t i = t.begin(c.tile(), c.tiles()); i < end; ++i) {
      t.is_direct() ? run_forward(t.direct(), i, x.data(), w.data(), to)
                    : run_forward_patches(g, i, x.data(), w.data(), to);
    }
  }
  Grads<2> vjp(Value x, Value w, Value y, Value dy) const;
  std::vector<Value> vmap(const Batched& in) const {
    return map_conv(*this, in);
  }
  static Samples samples();
};

/// x from y and w: the gradient, and the transposed convolution.
struct ConvolveInput : ConvAttributes {
  static constexpr std::string_view name = "conv_transpose";
  static constexpr bool throws = false;
  static constexpr auto fields() { return conv_fields<ConvolveInput>(); }
  Type infer(const Type& y, const Type& w) const {
    check_conv(name, *this, y.shape, w.shape);
    if (y.shape[1] != w.shape[0] || w.shape[0].is_symbolic() ||
        w.shape.dim(0) % groups != 0) {
      throw_shapes(name, y.shape, w.shape,
                   "the channels don't fit the weights in " +
                       std::to_string(groups) + " groups");
    }
    return {y.dtype, shape_of(y.shape[0], w.shape[1] * Dim(groups), sizes)};
  }
  static PatchPlan plan(const ConvolveInput& op, const Work& work) {
    return plan_of(op, work.outputs[0].shape, work.inputs[1].shape,
                   work.inputs[0].shape);
  }
  std::int64_t tiles(const Work& work) const {
    return ConvTiles(plan(*this, work), true).count();
  }
  Block block(const Work& work, std::int64_t tile) const {
    const ConvTiles t(plan(*this, work), true);
    return t.block(tile, t.count());
  }
  double flops(const Work& work) const { return conv_flops(plan(*this, work)); }
  template <class T>
  void forward(const Context& c, View<const T> y, View<const T> w,
               View<T> x) const {
    const PatchPlan g = plan_of(*this, x.shape(), w.shape(), y.shape());
    const ConvTiles t(g, true);
    T* to = c.block_of(x.data(), 0, 0, g.in[2]).first;
    const std::int64_t end = t.begin(c.tile() + 1, c.tiles());
    for (std::int64_t i = t.begin(c.tile(), c.tiles()); i < end; ++i) {
      t.is_direct() ? run_backward(t.direct(), i, y.data(), w.data(), to)
                    : run_backward_patches(g, i, y.data(), w.data(), to);
    }
  }
  Grads<2> vjp(Value y, Value w, Value x, Value dx) const;
  std::vector<Value> vmap(const Batched& in) const {
    return map_conv(*this, in);
  }
  static Samples samples();
};

/// w from x and y.
struct ConvolveWeight : ConvAttributes {
  static constexpr std::string_view name = "conv_weight";
  static constexpr bool throws = false;
  static constexpr auto fields() { return conv_fields<ConvolveWeight>(); }
  Type infer(const Type& x, const Type& y) const {
    check_conv(name, *this, x.shape, y.shape);
    if (x.shape[0] != y.shape[0] || x.shape[1].is_symbolic() ||
        y.shape[1].is_symbolic() || x.shape.dim(1) % groups != 0 ||
        y.shape.dim(1) % groups != 0) {
      throw_shapes(name, x.shape, y.shape, "batches or channels don't fit");
    }
    return {x.dtype, shape_of(y.shape[1], x.shape.dim(1) / groups, sizes)};
  }
  static PatchPlan plan(const ConvolveWeight& op, const Work& work) {
    return plan_of(op, work.inputs[0].shape, work.outputs[0].shape,
                   work.inputs[1].shape);
  }
  /// Each tile sums its share of the positions in memory of its own, or writes
  /// some of the channels.
  std::int64_t tiles(const Work& work) const {
    const PatchPlan g = plan(*this, work);
    DirectWork direct;
    const bool is_direct = direct_weight(g, direct);
    if (direct.chunks > 0) return direct.chunks;
    return std::min<std::int64_t>(
        8, pieces(g, is_direct ? direct.items() : weight_patch_items(g)));
  }
  std::int64_t scratch(const Work& work) const {
    DirectWork direct;
    direct_weight(plan(*this, work), direct);
    if (direct.chunks > 0) return 0;
    return tiles(work) * work.outputs[0].shape.elements() *
           static_cast<std::int64_t>(size_of(work.outputs[0].dtype));
  }
  double flops(const Work& work) const { return conv_flops(plan(*this, work)); }
  template <class T>
  void forward(const Context& c, View<const T> x, View<const T> y,
               View<T> w) const {
    const PatchPlan g = plan_of(*this, x.shape(), w.shape(), y.shape());
    DirectWork direct;
    const bool is_direct = direct_weight(g, direct);
    if (direct.chunks > 0) {
      for (auto i = c.begin(direct.chunks); i < c.end(direct.chunks); ++i) {
        write_weight(direct, i, x.data(), y.data(), w.data());
      }
      return;
    }
    T* sum = c.scratch<T>() + c.tile() * w.size();
    if (is_direct) {
      sum_weight(direct, c.begin(direct.items()), c.end(direct.items()),
                 x.data(), y.data(), sum);
      return;
    }
    std::fill_n(sum, w.size(), T(0));
    const std::int64_t items = weight_patch_items(g);
    for (std::int64_t i = c.begin(items); i < c.end(items); ++i) {
      add_weight_patches(g, i, x.data(), y.data(), sum);
    }
  }
  template <class T>
  void finish(const Context& c, View<const T> x, View<const T> y,
              View<T> w) const {
    DirectWork direct;
    direct_weight(plan_of(*this, x.shape(), w.shape(), y.shape()), direct);
    if (direct.chunks > 0) return;
    const T* sums = c.scratch<T>();
    const std::int64_t n = w.size();
    std::copy_n(sums, n, w.data());
    for (std::int64_t t = 1; t < c.tiles(); ++t) {
      for (std::int64_t i = 0; i < n; ++i) w[i] += sums[t * n + i];
    }
  }
  Grads<2> vjp(Value x, Value y, Value w, Value dw) const;
  std::vector<Value> vmap(const Batched& in) const {
    if (!can_be_groups(in)) return {};
    const std::int64_t count = in.count().size();
    ConvolveWeight op = *this;
    op.groups *= count;
    const Value w = apply(op, into_channels(in[0]), into_channels(in[1]));
    return {from_rows(w, count, in.one(1)[1])};
  }
  static Samples samples();
};

template <class Op>
Value apply_conv(const ConvAttributes& a, const Shape& like, Value p, Value q) {
  Op op{a};
  op.sizes = spatial_of(like);
  return apply(op, p, q);
}

Grads<2> Convolve::vjp(Value x, Value w, Value, Value dy) const {
  return {apply_conv<ConvolveInput>(*this, x.shape(), dy, w),
          apply_conv<ConvolveWeight>(*this, w.shape(), x, dy)};
}

Grads<2> ConvolveInput::vjp(Value y, Value w, Value, Value dx) const {
  return {apply_conv<Convolve>(*this, y.shape(), dx, w),
          apply_conv<ConvolveWeight>(*this, w.shape(), dx, y)};
}

Grads<2> ConvolveWeight::vjp(Value x, Value y, Value, Value dw) const {
  return {apply_conv<ConvolveInput>(*this, x.shape(), y, dw),
          apply_conv<Convolve>(*this, y.shape(), x, dw)};
}

ConvAttributes line() { return {{3}, {1}, {1}, {1}, 1}; }
ConvAttributes image() { return {{2, 3}, {2, 1}, {1, 0}, {1, 2}, 2}; }

Samples Convolve::samples() {
  return {sample(Convolve{line()}, {Shape{2, 2, 3}, Shape{3, 2, 3}}),
          sample(Convolve{image()}, {Shape{1, 4, 3, 5}, Shape{2, 2, 2, 2}}),
          sample(Convolve{{{2, 1, 2}, {1, 1, 1}, {0, 0, 0}, {1, 1, 1}, 1}},
                 {Shape{1, 1, 3, 2, 2}, Shape{2, 1, 2, 2, 1}}),
          sample(Convolve{line()}, {Shape{0, 2, 3}, Shape{3, 2, 3}})};
}

Samples ConvolveInput::samples() {
  return {sample(ConvolveInput{line()}, {Shape{2, 3, 3}, Shape{3, 2, 3}}),
          sample(ConvolveInput{{{3, 5}, {2, 1}, {1, 0}, {1, 2}, 2}},
                 {Shape{1, 2, 2, 3}, Shape{2, 2, 2, 2}})};
}

Samples ConvolveWeight::samples() {
  return {sample(ConvolveWeight{line()}, {Shape{2, 2, 3}, Shape{2, 3, 3}}),
          sample(ConvolveWeight{{{2, 2}, {2, 1}, {1, 0}, {1, 2}, 2}},
                 {Shape{1, 4, 3, 5}, Shape{1, 2, 2, 3}})};
}

/// An option's numbers, one for each of n spatial axes.
Axes spread(const Axes& numbers, std::size_t n, const char* what,
            const Operand& x) {
  if (numbers.size() == n) return numbers;
  if (numbers.size() == 1) return Axes(n, numbers[0]);
  throw ShapeError("[conv] " + std::to_string(numbers.size()) +
                   " numbers for " + what + ", but " +
                   to_string(x.value.shape()) + " has " + std::to_string(n) +
                   " spatial axes" + at_line(x.at));
}

ConvAttributes attributes(const Operand& x, const Operand& w,
                          const ConvOptions& o) {
  const int rank = x.value.rank() - 2;
  if (rank < 1 || rank > 3 || w.value.rank() != rank + 2) {
    throw ShapeError(
        "[conv] takes (batch, channels, …) and weights of equal "
        "rank with one to three spatial axes, got " +
        to_string(x.value.shape()) + " and " + to_string(w.value.shape()) +
        at_line(x.at));
  }
  const auto n = static_cast<std::size_t>(rank);
  return {Axes(n), spread(o.stride, n, "the stride", x),
          spread(o.padding, n, "the padding", x),
          spread(o.dilation, n, "the dilation", x), o.groups};
}

}  // namespace

Value conv(Operand x, Operand w, const ConvOptions& options) {
  const CallScope call(x);
  ConvAttributes a = attributes(x, w, options);
  check_conv("conv", a, x.value.shape(), w.value.shape());
  for (std::size_t i = 0; i < a.sizes.size(); ++i) {
    const int axis = static_cast<int>(i) + 2;
    const std::int64_t n = x.value.shape().dim(axis);
    const std::int64_t span =
        a.dilation[i] * (w.value.shape().dim(axis) - 1) + 1;
    if (options.same) {
      a.sizes[i] = (n + a.stride[i] - 1) / a.stride[i];
      const std::int64_t all = (a.sizes[i] - 1) * a.stride[i] + span - n;
      a.before[i] = std::max<std::int64_t>(0, all) / 2;
      continue;
    }
    const std::int64_t room = n + 2 * a.before[i] - span;
    if (room < 0 || a.before[i] < 0) {
      throw ShapeError("[conv] a kernel of " + std::to_string(span) +
                       " is larger than axis " + std::to_string(axis) + " of " +
                       to_string(x.value.shape()) + " with padding " +
                       std::to_string(a.before[i]) + at_line(x.at));
    }
    a.sizes[i] = room / a.stride[i] + 1;
  }
  return apply(Convolve{a}, x, w);
}

Value conv_transpose(Operand x, Operand w, const ConvOptions& options,
                     std::vector<std::int64_t> output_padding) {
  const CallScope call(x);
  ConvAttributes a = attributes(x, w, options);
  check_conv("conv_transpose", a, x.value.shape(), w.value.shape());
  const Axes more =
      spread(output_padding, a.sizes.size(), "the output padding", x);
  for (std::size_t i = 0; i < a.sizes.size(); ++i) {
    const int axis = static_cast<int>(i) + 2;
    const std::int64_t n = x.value.shape().dim(axis);
    const std::int64_t k = w.value.shape().dim(axis);
    const std::int64_t size = (n - 1) * a.stride[i] - 2 * a.before[i] +
                              a.dilation[i] * (k - 1) + 1 + more[i];
    if (size < 0 || options.same) {
      throw ShapeError("[conv_transpose] no result for " +
                       to_string(x.value.shape()) + " and weights " +
                       to_string(w.value.shape()) + " with these options" +
                       at_line(x.at));
    }
    a.sizes[i] = size;
  }
  return apply(ConvolveInput{a}, x, w);
}

namespace ops {
void register_convolution(Registry& r) {
  r.add<Convolve>();
  r.add<ConvolveInput>();
  r.add<ConvolveWeight>();
}
}  // namespace ops
}  // namespace weft
