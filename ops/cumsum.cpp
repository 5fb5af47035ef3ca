#include "ops/kernels/axes.h"
#include "weft/batched.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

struct Cumsum {
  static constexpr std::string_view name = "cumsum";
  static constexpr bool throws = false;
  using dtypes = Numbers;
  std::int64_t axis = -1;
  bool reverse = false;
  bool exclusive = false;
  static constexpr auto fields() {
    return std::tuple{field("axis", &Cumsum::axis),
                      field("reverse", &Cumsum::reverse),
                      field("exclusive", &Cumsum::exclusive)};
  }
  Type infer(const Type& x) const {
    normalize_axis(axis, x.shape.rank(), name);
    return x;
  }
  template <class T>
  void forward(View<const T> x, View<T> y) const {
    const AxisView v(x.shape(), normalize_axis(axis, x.rank(), name));
    for (std::int64_t o = 0; o < v.outer; ++o) {
      for (std::int64_t i = 0; i < v.inner; ++i) {
        T total = 0;
        for (std::int64_t k = 0; k < v.size; ++k) {
          const std::int64_t row = reverse ? v.size - 1 - k : k;
          const std::int64_t at = (o * v.size + row) * v.inner + i;
          const T before = total;
          total = static_cast<T>(total + x[at]);
          y[at] = exclusive ? before : total;
        }
      }
    }
  }
  Value vjp(Value, Value, Value dy) const {
    return cumsum(dy, axis, !reverse, exclusive);
  }
  Value vmap(const Batched& in) const {
    return cumsum(in[0], in.axis(axis), reverse, exclusive);
  }
  static Samples samples() {
    return {{Shape{2, 3}},
            sample(Cumsum{0, true, false}, {Shape{3, 2}}),
            sample(Cumsum{-1, false, true}, {Shape{2, 3}}),
            {Shape{2, 0}}};
  }
};

}  // namespace

Value cumsum(Operand x, std::int64_t axis, bool reverse, bool exclusive) {
  return apply(Cumsum{axis, reverse, exclusive}, x);
}

namespace ops {
void register_cumsum(Registry& r) { r.add<Cumsum>(); }
}  // namespace ops
}  // namespace weft
