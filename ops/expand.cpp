#include "ops/kernels/axes.h"
#include "weft/batched.h"
#include "weft/error.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

struct Expand {
  static constexpr std::string_view name = "expand";
  static constexpr bool throws = false;
  using dtypes = AnyType;
  Shape shape;
  static constexpr auto fields() {
    return std::tuple{field("shape", &Expand::shape)};
  }
  Type infer(const Type& x) const {
    if (broadcast(x.shape, shape, name) != shape) {
      throw ShapeError("[expand] " + to_string(x.shape) +
                       " does not broadcast to " + to_string(shape));
    }
    return {x.dtype, shape};
  }
  // Programs run it as part of an elementwise group, which broadcasts.
  template <class T>
  void forward(View<const T> x, View<T> y) const {
    const auto strides = strides_of(x.shape());
    const int shift = y.rank() - x.rank();
    for (std::int64_t i = 0; i < y.size(); ++i) {
      std::int64_t rest = i, from = 0;
      for (int axis = y.rank(); axis-- > shift;) {
        const std::int64_t at = rest % y.dim(axis);
        rest /= y.dim(axis);
        if (x.dim(axis - shift) != 1) {
          from += at * strides[static_cast<std::size_t>(axis - shift)];
        }
      }
      y[i] = x[from];
    }
  }
  Value vjp(Value, Value, Value dy) const { return dy; }
  Value vmap(const Batched& in) const {
    return expand(in.aligned(0, shape.rank()), in.shape(shape));
  }
  static Samples samples() {
    return {sample(Expand{{2, 3}}, {Shape{3}}),
            sample(Expand{{2, 3}}, {Shape{2, 1}}),
            sample(Expand{{0, 3}}, {Shape{1, 3}}),
            sample(Expand{{2}}, {Shape{}})};
  }
};

}  // namespace

Value expand(Operand x, const Shape& shape) { return apply(Expand{shape}, x); }

namespace ops {
void register_expand(Registry& r) { r.add<Expand>(); }
}  // namespace ops
}  // namespace weft
