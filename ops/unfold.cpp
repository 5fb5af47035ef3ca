// Patches of images as the columns of matrices, and back.

#include <algorithm>

#include "ops/kernels/by_images.h"
#include "ops/kernels/movements.h"
#include "ops/kernels/patches.h"
#include "weft/batched.h"
#include "weft/error.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

/// Attributes of both ops; `sizes` are those of the images.
struct PatchAttributes : PatchAxes {
  std::vector<std::int64_t> sizes;
};

template <class Op>
constexpr auto patch_fields() {
  return std::tuple{field("sizes", &Op::sizes), field("window", &Op::window),
                    field("stride", &Op::stride), field("before", &Op::before),
                    field("dilation", &Op::dilation)};
}

/// Without images and channels; throws ShapeError if there is no such plan.
PatchPlan plan_of(std::string_view op, const PatchAttributes& a) {
  const std::size_t n = a.sizes.size();
  bool fits = n >= 1 && n <= 3 && a.window.size() == n &&
              a.stride.size() == n && a.before.size() == n &&
              a.dilation.size() == n;
  PatchPlan g;
  for (std::size_t i = 0; fits && i < n; ++i) {
    auto within = [](std::int64_t x, std::int64_t least) {
      return x >= least && x <= Dim::kMaxOffset;
    };
    fits = within(a.sizes[i], 0) && within(a.window[i], 1) &&
           within(a.stride[i], 1) && within(a.before[i], 0) &&
           within(a.dilation[i], 1);
    std::int64_t span = 0;
    if (!fits ||
        __builtin_mul_overflow(a.dilation[i], a.window[i] - 1, &span)) {
      break;
    }
    const std::int64_t room = a.sizes[i] + 2 * a.before[i] - span - 1;
    fits = room >= 0;
    const std::size_t to = 3 - n + i;
    g.in[to] = a.sizes[i];
    g.kernel[to] = a.window[i];
    g.out[to] = room / a.stride[i] + 1;
    g.stride[to] = a.stride[i];
    g.before[to] = a.before[i];
    g.dilation[to] = a.dilation[i];
  }
  if (!fits) {
    throw ShapeError("[" + std::string(op) +
                     "] the windows don't fit the image");
  }
  return g;
}

std::int64_t tiles_of(std::int64_t elements) { return elements / (32 * 1024); }

struct Unfold : PatchAttributes {
  static constexpr std::string_view name = "unfold";
  static constexpr bool throws = false;
  static constexpr auto fields() { return patch_fields<Unfold>(); }
  Type infer(const Type& x) const {
    const PatchPlan g = plan_of(name, *this);
    bool fits = x.shape.rank() == static_cast<int>(sizes.size()) + 2;
    for (std::size_t i = 0; fits && i < sizes.size(); ++i) {
      fits = x.shape[static_cast<int>(i) + 2] == Dim(sizes[i]);
    }
    if (!fits) {
      throw ShapeError("[unfold] the sizes don't fit " + to_string(x.shape));
    }
    return {x.dtype,
            {x.shape[0], x.shape[1] * Dim(g.kernel_size()), g.positions()}};
  }
  std::int64_t tiles(const Work& work) const {
    return tiles_of(work.outputs[0].shape.elements());
  }
  template <class T>
  void forward(const Context& c, View<const T> x, View<T> y) const {
    const PatchPlan g = plan_of(name, *this);
    const std::int64_t channels = x.dim(0) * x.dim(1);
    const std::int64_t begin = c.begin(channels), end = c.end(channels);
    gather_patches(g, x.data(), begin, end, 0, g.positions(),
                   y.data() + begin * g.kernel_size() * g.positions());
  }
  Value vjp(Value, Value, Value dy) const;
  std::vector<Value> vmap(const Batched& in) const {
    return by_images(*this, in);
  }
  static Samples samples() {
    return {sample(Unfold{{{{2}, {1}, {1}, {1}}, {3}}}, {Shape{2, 2, 3}}),
            sample(Unfold{{{{2, 3}, {2, 1}, {1, 0}, {1, 2}}, {3, 5}}},
                   {Shape{1, 2, 3, 5}}),
            sample(Unfold{{{{2}, {1}, {1}, {1}}, {3}}}, {Shape{0, 2, 3}})};
  }
};

struct Fold : PatchAttributes {
  static constexpr std::string_view name = "fold";
  static constexpr bool throws = false;
  static constexpr auto fields() { return patch_fields<Fold>(); }
  Type infer(const Type& x) const {
    const PatchPlan g = plan_of(name, *this);
    const std::int64_t k = g.kernel_size();
    if (x.shape.rank() != 3 || x.shape[1].is_symbolic() ||
        x.shape.dim(1) % k != 0 || x.shape[2] != Dim(g.positions())) {
      throw ShapeError("[fold] " + std::to_string(g.positions()) +
                       " windows of " + std::to_string(k) +
                       " elements don't fit " + to_string(x.shape));
    }
    Shape out{x.shape[0], x.shape.dim(1) / k};
    for (const std::int64_t n : sizes) out.push_back(n);
    return {x.dtype, out};
  }
  std::int64_t tiles(const Work& work) const {
    return tiles_of(work.inputs[0].shape.elements());
  }
  template <class T>
  void forward(const Context& c, View<const T> x, View<T> y) const {
    const PatchPlan g = plan_of(name, *this);
    const std::int64_t channels = y.dim(0) * y.dim(1);
    const std::int64_t begin = c.begin(channels), end = c.end(channels);
    std::fill(y.data() + begin * g.pixels(), y.data() + end * g.pixels(), T(0));
    add_patches(g, x.data() + begin * g.kernel_size() * g.positions(), begin,
                end, 0, g.positions(), y.data());
  }
  Value vjp(Value, Value, Value dy) const {
    return apply(Unfold{static_cast<const PatchAttributes&>(*this)}, dy);
  }
  std::vector<Value> vmap(const Batched& in) const {
    return by_images(*this, in);
  }
  static Samples samples() {
    return {sample(Fold{{{{2}, {1}, {1}, {1}}, {3}}}, {Shape{2, 4, 4}}),
            sample(Fold{{{{2, 3}, {2, 1}, {1, 0}, {1, 2}}, {3, 5}}},
                   {Shape{1, 6, 2}}),
            sample(Fold{{{{2}, {1}, {1}, {1}}, {3}}}, {Shape{0, 4, 4}})};
  }
};

Value Unfold::vjp(Value, Value, Value dy) const {
  return apply(Fold{static_cast<const PatchAttributes&>(*this)}, dy);
}

}  // namespace

Value take_patches(Value image, const PatchAxes& axes) {
  Unfold op{{axes, {}}};
  for (int i = 2; i < image.rank(); ++i) {
    op.sizes.push_back(image.shape().dim(i));
  }
  return apply(op, image);
}

Value sum_patches(Value columns, const PatchAxes& axes,
                  const std::vector<std::int64_t>& sizes) {
  return apply(Fold{{axes, sizes}}, columns);
}

namespace ops {
void register_unfold(Registry& r) {
  r.add<Unfold>();
  r.add<Fold>();
}
}  // namespace ops
}  // namespace weft
