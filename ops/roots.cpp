#include "ops/kernels/math.h"
#include "ops/kernels/wrapping.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

struct Sqrt {
  static constexpr std::string_view name = "sqrt";
  template <class T>
  T operator()(T x) const {
    return math::sqrt(x);
  }
  Value vjp(Value, Value y, Value dy) const { return 0.5 * dy / y; }
  static Samples samples() {
    return {{SampleInput(Shape{2, 3}, 0.3, 3)}, {Shape{0, 3}}};
  }
};

struct Rsqrt {
  static constexpr std::string_view name = "rsqrt";
  template <class T>
  T operator()(T x) const {
    return T(1) / math::sqrt(x);
  }
  Value vjp(Value, Value y, Value dy) const { return -0.5 * dy * y * (y * y); }
  static Samples samples() {
    return {{SampleInput(Shape{2, 3}, 0.3, 3)}, {Shape{0, 3}}};
  }
};

struct Square {
  static constexpr std::string_view name = "square";
  using dtypes = Numbers;
  template <class T>
  T operator()(T x) const {
    return wrapping::multiply(x, x);
  }
  Value vjp(Value x, Value, Value dy) const { return 2 * dy * x; }
  static Samples samples() { return {{Shape{2, 3}}, {Shape{0, 3}}, {Shape{}}}; }
};

struct Reciprocal {
  static constexpr std::string_view name = "reciprocal";
  template <class T>
  T operator()(T x) const {
    return T(1) / x;
  }
  Value vjp(Value, Value y, Value dy) const { return -(dy * y * y); }
  static Samples samples() {
    return {{SampleInput(Shape{2, 3}, 0.3, 3)}, {Shape{0, 3}}};
  }
};

}  // namespace

Value sqrt(Operand x) { return apply(Sqrt{}, x); }
Value rsqrt(Operand x) { return apply(Rsqrt{}, x); }
Value square(Operand x) { return apply(Square{}, x); }
Value reciprocal(Operand x) { return apply(Reciprocal{}, x); }

namespace ops {
void register_roots(Registry& r) {
  r.add<Sqrt>();
  r.add<Rsqrt>();
  r.add<Square>();
  r.add<Reciprocal>();
}
}  // namespace ops
}  // namespace weft
