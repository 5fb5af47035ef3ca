#include "ops/kernels/running.h"
#include "ops/kernels/wrapping.h"
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
  std::int64_t tiles(const Work& work) const { return running_tiles(work); }
  template <class T>
  void forward(const Context& c, View<const T> x, View<T> y) const {
    const AxisView v(x.shape(), normalize_axis(axis, x.rank(), name));
    run_along(c, v, reverse, exclusive, x.data(), y.data(), T(0),
              [](T a, T b) { return wrapping::add(a, b); });
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
