#include <limits>

#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

struct Cast {
  static constexpr std::string_view name = "cast";
  static constexpr bool throws = false;
  using dtypes = AnyType;
  DType dtype = DType::f32;
  static constexpr auto fields() {
    return std::tuple{field("dtype", &Cast::dtype)};
  }
  Type infer(const Type& x) const { return {dtype, x.shape}; }
  template <class T>
  void forward(View<const T> x, AnyView y) const {
    visit_dtype(dtype, y.data(), [&](auto* out) {
      using U = std::remove_pointer_t<decltype(out)>;
      for (std::int64_t i = 0; i < x.size(); ++i) out[i] = convert<U>(x[i]);
    });
  }
  Value vjp(Value x, Value, Value dy) const { return cast(dy, x.dtype()); }
  static Samples samples() {
    return {sample(Cast{DType::f64}, {Shape{2, 3}}),
            sample(Cast{DType::f64}, {Shape{0, 3}})};
  }

 private:
  /// NaN becomes 0 and what is out of range the nearest integer.
  template <class U, class T>
  static U convert(T x) {
    if constexpr (std::is_same_v<U, bool>) {
      return x != T(0);
    } else if constexpr (std::is_integral_v<U> && std::is_floating_point_v<T>) {
      constexpr auto low = std::numeric_limits<U>::min();
      constexpr auto high = std::numeric_limits<U>::max();
      if (x != x) return 0;
      if (x <= static_cast<T>(low)) return low;
      if (x >= static_cast<T>(high)) return high;
      return static_cast<U>(x);
    } else {
      return static_cast<U>(x);
    }
  }
};

}  // namespace

Value cast(Operand x, DType dtype) { return apply(Cast{dtype}, x); }

namespace ops {
void register_cast(Registry& r) { r.add<Cast>(); }
}  // namespace ops
}  // namespace weft
