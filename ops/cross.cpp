#include "ops/kernels/axes.h"
#include "ops/kernels/fused.h"
#include "ops/kernels/wrapping.h"
#include "weft/batched.h"
#include "weft/error.h"
#include "weft/ops.h"
#include "weft/registry.h"
#include "weft/statistics.h"

namespace weft {

namespace {

struct Cross {
  static constexpr std::string_view name = "cross";
  static constexpr bool throws = false;
  using dtypes = Numbers;
  std::int64_t axis = -1;
  static constexpr auto fields() {
    return std::tuple{field("axis", &Cross::axis)};
  }
  Type infer(const Type& a, const Type& b) const {
    const int at = normalize_axis(axis, a.shape.rank(), name);
    if (a.shape[at] != Dim(3) || a.shape != b.shape) {
      throw ShapeError("[cross] takes vectors of three elements along axis " +
                       std::to_string(at) + ", got " + to_string(a.shape) +
                       " and " + to_string(b.shape));
    }
    return a;
  }
  std::int64_t tiles(const Work& work) const {
    return work.outputs[0].shape.elements() / (16 * 1024);
  }
  template <class T>
  void forward(const Context& c, View<const T> a, View<const T> b,
               View<T> y) const {
    const AxisView v(a.shape(), normalize_axis(axis, a.rank(), name));
    const std::int64_t begin = c.begin(v.outer), end = c.end(v.outer);
    if (v.inner == 1) {
      for (std::int64_t o = begin; o < end; ++o) {
        one(a.data() + 3 * o, b.data() + 3 * o, y.data() + 3 * o, 1);
      }
      return;
    }
    for (std::int64_t o = begin; o < end; ++o) {
      const std::int64_t at = o * 3 * v.inner;
      for (std::int64_t i = at; i < at + v.inner; ++i) {
        one(a.data() + i, b.data() + i, y.data() + i, v.inner);
      }
    }
  }
  template <class T>
  static void one(const T* a, const T* b, T* y, std::int64_t n) {
    const T a0 = a[0], a1 = a[n], a2 = a[2 * n];
    const T b0 = b[0], b1 = b[n], b2 = b[2 * n];
    y[0] = minor(a1, b2, a2, b1);
    y[n] = minor(a2, b0, a0, b2);
    y[2 * n] = minor(a0, b1, a1, b0);
  }
  template <class T>
  static T minor(T a, T b, T c, T d) {
    const T other = wrapping::multiply(c, d);
    if constexpr (std::is_floating_point_v<T>) {
      return fused(a, b, -other);
    } else {
      return wrapping::subtract(wrapping::multiply(a, b), other);
    }
  }
  Grads<2> vjp(Value a, Value b, Value, Value dy) const {
    return {apply(*this, b, dy), apply(*this, dy, a)};
  }
  Value vmap(const Batched& in) const {
    return apply(Cross{in.axis(axis)}, in[0], in[1]);
  }
  static Samples samples() {
    return {{Shape{2, 3}, Shape{2, 3}},
            sample(Cross{0}, {Shape{3, 2}, Shape{3, 2}}),
            {Shape{0, 3}, Shape{0, 3}}};
  }
};

}  // namespace

Value cross(Operand a, Operand b, std::int64_t axis) {
  return apply(Cross{axis}, a, b);
}

namespace ops {
void register_cross(Registry& r) { r.add<Cross>(); }
}  // namespace ops
}  // namespace weft
