#include "src/core/convert.h"
#include "weft/batched.h"
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
      const T* in = x.data();
      const std::int64_t n = x.size();
      for (std::int64_t i = 0; i < n; ++i) out[i] = convert<U>(in[i]);
    });
  }
  Value vjp(Value x, Value, Value dy) const { return cast(dy, x.dtype()); }
  Value vmap(const Batched& in) const { return cast(in[0], dtype); }
  static Samples samples() {
    return {sample(Cast{DType::f64}, {Shape{2, 3}}),
            sample(Cast{DType::f64}, {Shape{0, 3}})};
  }
};

}  // namespace

Value cast(Operand x, DType dtype) { return apply(Cast{dtype}, x); }

namespace ops {
void register_cast(Registry& r) { r.add<Cast>(); }
}  // namespace ops
}  // namespace weft
