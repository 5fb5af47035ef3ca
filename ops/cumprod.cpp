#include "ops/axis_size.h"
#include "ops/kernels/fused.h"
#include "ops/kernels/running.h"
#include "ops/kernels/wrapping.h"
#include "ops/running.h"
#include "weft/batched.h"
#include "weft/error.h"
#include "weft/ops.h"
#include "weft/registry.h"
#include "weft/statistics.h"

namespace weft {

namespace {

/// A linear recurrence along an axis, of which there are three forms:
///   0: sᵢ = gᵢ + aᵢ₋₁·sᵢ₋₁
///   1: sᵢ = gᵢ + aᵢ·sᵢ₋₁
///   2: what form 1 has at i − 1
/// Each one's derivatives are recurrences of these forms from the other end.
struct Recurrence {
  static constexpr std::string_view name = "recurrence";
  static constexpr bool throws = false;
  std::int64_t axis = -1;
  bool reverse = false;
  std::int64_t form = 0;
  static constexpr auto fields() {
    return std::tuple{field("axis", &Recurrence::axis),
                      field("reverse", &Recurrence::reverse),
                      field("form", &Recurrence::form)};
  }
  Type infer(const Type& g, const Type& a) const {
    normalize_axis(axis, g.shape.rank(), name);
    if (g.shape != a.shape) {
      throw ShapeError("[recurrence] of shapes " + to_string(g.shape) +
                       " and " + to_string(a.shape));
    }
    return g;
  }
  std::int64_t tiles(const Work& work) const { return running_tiles(work); }
  template <class T>
  void forward(const Context& c, View<const T> g, View<const T> a,
               View<T> y) const {
    const AxisView v(g.shape(), normalize_axis(axis, g.rank(), name));
    const bool late = form == 0, before = form == 2;
    for_running(c, v, reverse, [&](auto vectors) {
      T state[vectors.n] = {}, factor[vectors.n] = {};
      for (std::int64_t k = 0; k < vectors.size; ++k) {
        for (int l = 0; l < vectors.n; ++l) {
          const std::int64_t at = vectors.at(k, l);
          const T old = state[l], its = a[at];
          state[l] = fused(late ? factor[l] : its, old, g[at]);
          factor[l] = its;
          y[at] = before ? old : state[l];
        }
      }
    });
  }
  Value other(std::int64_t of, Value g, Value a) const {
    return apply(Recurrence{axis, !reverse, of}, g, a);
  }
  Grads<2> vjp(Value g, Value a, Value y, Value dy) const {
    if (form == 0) return {other(1, dy, a), y * other(2, dy, a)};
    if (form == 2) {
      const Value back = other(2, dy, a);
      return {back, back * y};
    }
    const Value back = other(0, dy, a);
    return {back, back * apply(Recurrence{axis, reverse, 2}, g, a)};
  }
  Value vmap(const Batched& in) const {
    return apply(Recurrence{in.axis(axis), reverse, form}, in[0], in[1]);
  }
  static Samples samples() {
    const SampleInput x(Shape{2, 4});
    return {sample(Recurrence{-1, false, 0}, {x, x}),
            sample(Recurrence{0, true, 1}, {x, x}),
            sample(Recurrence{-1, true, 2}, {x, x}),
            sample(Recurrence{}, {Shape{2, 0}, Shape{2, 0}})};
  }
};

struct Cumprod {
  static constexpr std::string_view name = "cumprod";
  static constexpr bool throws = false;
  using dtypes = Numbers;
  std::int64_t axis = -1;
  bool reverse = false;
  bool exclusive = false;
  static constexpr auto fields() {
    return std::tuple{field("axis", &Cumprod::axis),
                      field("reverse", &Cumprod::reverse),
                      field("exclusive", &Cumprod::exclusive)};
  }
  Type infer(const Type& x) const {
    normalize_axis(axis, x.shape.rank(), name);
    return x;
  }
  std::int64_t tiles(const Work& work) const { return running_tiles(work); }
  template <class T>
  void forward(const Context& c, View<const T> x, View<T> y) const {
    const AxisView v(x.shape(), normalize_axis(axis, x.rank(), name));
    run_along(c, v, reverse, exclusive, x.data(), y.data(), T(1),
              [](T a, T b) { return wrapping::multiply(a, b); });
  }
  // The product of all other elements up to j, for each j after i: of those
  // before i, and a recurrence over those behind it. Zeros need no care.
  Value vjp(Value x, Value y, Value dy) const {
    const Value before =
        exclusive ? y : running_product(x, axis, reverse, true);
    return before * apply(Recurrence{axis, !reverse, exclusive ? 2 : 0}, dy, x);
  }
  Value vmap(const Batched& in) const {
    return running_product(in[0], in.axis(axis), reverse, exclusive);
  }
  static Samples samples() {
    return {{Shape{2, 3}},
            sample(Cumprod{0, true, false}, {Shape{3, 2}}),
            sample(Cumprod{-1, false, true}, {Shape{2, 4}}),
            {Shape{2, 0}}};
  }
};

}  // namespace

Value running_product(Operand x, std::int64_t axis, bool reverse,
                      bool exclusive) {
  return apply(Cumprod{axis, reverse, exclusive}, x);
}

Value cumprod(Operand x, std::int64_t axis) {
  const CallScope call(x);
  size_of_axis(x, axis, "cumprod");
  return running_product(x, axis, false, false);
}

namespace ops {
void register_cumprod(Registry& r) {
  r.add<Cumprod>();
  r.add<Recurrence>();
}
}  // namespace ops
}  // namespace weft
