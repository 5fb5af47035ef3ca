#include "ops/axis_size.h"
#include "ops/kernels/running.h"
#include "weft/batched.h"
#include "weft/error.h"
#include "weft/ops.h"
#include "weft/registry.h"
#include "weft/statistics.h"

namespace weft {

namespace {

/// Gradients g of running extrema y as those of x: each goes in equal shares to
/// the elements that are equal to it so far. Or, `gather`, the way back: the
/// mean of g over these elements.
struct CummaxShare {
  static constexpr std::string_view name = "cummax_share";
  static constexpr bool throws = false;
  std::int64_t axis = -1;
  bool gather = false;
  static constexpr auto fields() {
    return std::tuple{field("axis", &CummaxShare::axis),
                      field("gather", &CummaxShare::gather)};
  }
  Type infer(const Type& x, const Type& y, const Type& g) const {
    normalize_axis(axis, x.shape.rank(), name);
    if (x.shape != y.shape || x.shape != g.shape) {
      throw ShapeError("[cummax_share] of shapes " + to_string(x.shape) + ", " +
                       to_string(y.shape) + " and " + to_string(g.shape));
    }
    return g;
  }
  std::int64_t tiles(const Work& work) const { return running_tiles(work); }
  template <class T>
  void forward(const Context& c, View<const T> x, View<const T> y,
               View<const T> g, View<T> out) const {
    const AxisView v(x.shape(), normalize_axis(axis, x.rank(), name));
    for_running(c, v, false, [&](auto vectors) {
      T count[vectors.n] = {}, total[vectors.n] = {}, last[vectors.n] = {};
      // A NaN is equal to nothing, and nobody's.
      for (std::int64_t k = 0; k < vectors.size; ++k) {
        for (int l = 0; l < vectors.n; ++l) {
          const std::int64_t at = vectors.at(k, l);
          const bool same = y[at] == last[l], its = x[at] == y[at];
          count[l] = (same ? count[l] : T(0)) + (its ? T(1) : T(0));
          total[l] = (same ? total[l] : T(0)) + (its ? g[at] : T(0));
          const T share = gather ? total[l] : g[at];
          out[at] = count[l] > T(0) ? share / count[l] : T(0);
          last[l] = y[at];
        }
      }
      if (gather) return;
      std::fill(total, total + vectors.n, T(0));
      for (std::int64_t k = vectors.size; k-- > 0;) {
        for (int l = 0; l < vectors.n; ++l) {
          const std::int64_t at = vectors.at(k, l);
          const bool same = y[at] == last[l], its = x[at] == y[at];
          total[l] = (same ? total[l] : T(0)) + out[at];
          out[at] = its ? total[l] : T(0);
          last[l] = y[at];
        }
      }
    });
  }
  Grads<3> vjp(Value x, Value y, Value, Value, Value dy) const {
    return {Value(), Value(), apply(CummaxShare{axis, !gather}, x, y, dy)};
  }
  Value vmap(const Batched& in) const {
    return apply(CummaxShare{in.axis(axis), gather}, in[0], in[1], in[2]);
  }
  static Samples samples();
};

struct Cummax {
  static constexpr std::string_view name = "cummax";
  static constexpr bool throws = false;
  using dtypes = Numbers;
  std::int64_t axis = -1;
  bool least = false;
  static constexpr auto fields() {
    return std::tuple{field("axis", &Cummax::axis),
                      field("least", &Cummax::least)};
  }
  Type infer(const Type& x) const {
    normalize_axis(axis, x.shape.rank(), name);
    return x;
  }
  std::int64_t tiles(const Work& work) const { return running_tiles(work); }
  template <class T>
  void forward(const Context& c, View<const T> x, View<T> y) const {
    const AxisView v(x.shape(), normalize_axis(axis, x.rank(), name));
    if (least) {
      run(c, v, x.data(), y.data(), [](T a, T b) { return a < b || a != a; });
    } else {
      run(c, v, x.data(), y.data(), [](T a, T b) { return a > b || a != a; });
    }
  }
  template <class T, class Stays>
  static void run(const Context& c, const AxisView& v, const T* x, T* y,
                  Stays stays) {
    for_running(c, v, false, [&](auto vectors) {
      T best[vectors.n];
      for (int l = 0; l < vectors.n; ++l) best[l] = x[vectors.at(0, l)];
      for (std::int64_t k = 0; k < vectors.size; ++k) {
        for (int l = 0; l < vectors.n; ++l) {
          const std::int64_t at = vectors.at(k, l);
          best[l] = stays(best[l], x[at]) ? best[l] : x[at];
          y[at] = best[l];
        }
      }
    });
  }
  Value vjp(Value x, Value y, Value dy) const {
    return apply(CummaxShare{axis, false}, x, y, dy);
  }
  Value vmap(const Batched& in) const {
    return apply(Cummax{in.axis(axis), least}, in[0]);
  }
  static Samples samples() {
    const SampleInput x(Shape{3, 4}, -9, 9);
    return {{x},
            sample(Cummax{0, true}, {x}),
            sample(Cummax{-1, true}, {Shape{2, 0}})};
  }
};

Samples CummaxShare::samples() {
  // Along two rows of which the second is the running maximum of the first.
  const SampleInput g(Shape{2, 4});
  return {sample(CummaxShare{}, {Shape{2, 4}, Shape{2, 4}, g}),
          sample(CummaxShare{0, true}, {Shape{2, 4}, Shape{2, 4}, g}),
          {Shape{2, 0}, Shape{2, 0}, Shape{2, 0}}};
}

Value extrema(const Operand& x, std::int64_t axis, bool least,
              std::string_view name) {
  const CallScope call(x);
  size_of_axis(x, axis, name);
  return apply(Cummax{axis, least}, x);
}

}  // namespace

Value cummax(Operand x, std::int64_t axis) {
  return extrema(x, axis, false, "cummax");
}
Value cummin(Operand x, std::int64_t axis) {
  return extrema(x, axis, true, "cummin");
}

namespace ops {
void register_cummax(Registry& r) {
  r.add<Cummax>();
  r.add<CummaxShare>();
}
}  // namespace ops
}  // namespace weft
