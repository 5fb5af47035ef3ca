#include "ops/kernels/axes.h"
#include "weft/batched.h"
#include "weft/error.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

Type infer_index(std::string_view op, const Type& x, std::int64_t axis,
                 bool keep_dims) {
  const int at = normalize_axis(axis, x.shape.rank(), op);
  if (x.shape[at] == Dim(0)) {
    throw ShapeError("[" + std::string(op) + "] axis " + std::to_string(at) +
                     " of " + to_string(x.shape) + " is empty");
  }
  Shape out;
  for (int i = 0; i < x.shape.rank(); ++i) {
    if (i != at) out.push_back(x.shape[i]);
    if (i == at && keep_dims) out.push_back(1);
  }
  return {DType::i32, out};
}

/// The first element that beats all others; a NaN beats everything.
template <class T, class Better>
void best_index(const AxisView& v, const T* x, std::int32_t* y, Better better) {
  for (std::int64_t o = 0; o < v.outer; ++o) {
    for (std::int64_t i = 0; i < v.inner; ++i) {
      const T* at = x + o * v.size * v.inner + i;
      std::int64_t best = 0;
      for (std::int64_t k = 1; k < v.size; ++k) {
        const T a = at[k * v.inner], b = at[best * v.inner];
        if (b == b && (better(a, b) || a != a)) best = k;
      }
      y[o * v.inner + i] = static_cast<std::int32_t>(best);
    }
  }
}

struct Argmax {
  static constexpr std::string_view name = "argmax";
  static constexpr bool throws = false;
  using dtypes = Numbers;
  std::int64_t axis = -1;
  bool keep_dims = false;
  static constexpr auto fields() {
    return std::tuple{field("axis", &Argmax::axis),
                      field("keep_dims", &Argmax::keep_dims)};
  }
  Type infer(const Type& x) const {
    return infer_index(name, x, axis, keep_dims);
  }
  template <class T>
  void forward(View<const T> x, View<std::int32_t> y) const {
    best_index(AxisView(x.shape(), normalize_axis(axis, x.rank(), name)),
               x.data(), y.data(), [](T a, T b) { return a > b; });
  }
  Value vmap(const Batched& in) const {
    return argmax(in[0], in.axis(axis), keep_dims);
  }
  static Samples samples() {
    return {{Shape{2, 3}}, sample(Argmax{0, true}, {Shape{2, 3}})};
  }
};

struct Argmin {
  static constexpr std::string_view name = "argmin";
  static constexpr bool throws = false;
  using dtypes = Numbers;
  std::int64_t axis = -1;
  bool keep_dims = false;
  static constexpr auto fields() {
    return std::tuple{field("axis", &Argmin::axis),
                      field("keep_dims", &Argmin::keep_dims)};
  }
  Type infer(const Type& x) const {
    return infer_index(name, x, axis, keep_dims);
  }
  template <class T>
  void forward(View<const T> x, View<std::int32_t> y) const {
    best_index(AxisView(x.shape(), normalize_axis(axis, x.rank(), name)),
               x.data(), y.data(), [](T a, T b) { return a < b; });
  }
  Value vmap(const Batched& in) const {
    return argmin(in[0], in.axis(axis), keep_dims);
  }
  static Samples samples() {
    return {{Shape{2, 3}}, sample(Argmin{0, true}, {Shape{2, 3}})};
  }
};

}  // namespace

Value argmax(Operand x, std::int64_t axis, bool keep_dims) {
  return apply(Argmax{axis, keep_dims}, x);
}
Value argmin(Operand x, std::int64_t axis, bool keep_dims) {
  return apply(Argmin{axis, keep_dims}, x);
}

namespace ops {
void register_arg_reduce(Registry& r) {
  r.add<Argmax>();
  r.add<Argmin>();
}
}  // namespace ops
}  // namespace weft
