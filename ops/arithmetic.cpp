#include "ops/kernels/wrapping.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

struct Add {
  static constexpr std::string_view name = "add";
  using dtypes = Numbers;
  template <class T>
  T operator()(T a, T b) const {
    return wrapping::add(a, b);
  }
  Grads<2> vjp(Value, Value, Value, Value dy) const { return {dy, dy}; }
  static Samples samples() {
    return {{Shape{2, 3}, Shape{2, 3}},
            {Shape{2, 3}, Shape{3}},
            {Shape{2, 1}, Shape{1, 3}},
            {Shape{}, Shape{2}}};
  }
};

struct Subtract {
  static constexpr std::string_view name = "subtract";
  using dtypes = Numbers;
  template <class T>
  T operator()(T a, T b) const {
    return wrapping::subtract(a, b);
  }
  Grads<2> vjp(Value, Value, Value, Value dy) const { return {dy, -dy}; }
  static Samples samples() { return Add::samples(); }
};

struct Multiply {
  static constexpr std::string_view name = "multiply";
  using dtypes = Numbers;
  template <class T>
  T operator()(T a, T b) const {
    return wrapping::multiply(a, b);
  }
  Grads<2> vjp(Value a, Value b, Value, Value dy) const {
    return {dy * b, dy * a};
  }
  static Samples samples() { return Add::samples(); }
};

struct Divide {
  static constexpr std::string_view name = "divide";
  using dtypes = Numbers;
  template <class T>
  T operator()(T a, T b) const {
    if constexpr (std::is_integral_v<T>) {
      // The least integer by -1 wraps instead of trapping.
      if (b == 0) return 0;
      if (b == -1) return wrapping::subtract(T(0), a);
    }
    return static_cast<T>(a / b);
  }
  Grads<2> vjp(Value, Value b, Value y, Value dy) const {
    const Value da = dy / b;
    return {da, -(da * y)};
  }
  static Samples samples() {
    const SampleInput b(Shape{2, 3}, 0.5, 2), row(Shape{3}, -2, -0.5);
    return {{Shape{2, 3}, b}, {Shape{2, 3}, row}, {Shape{}, b}};
  }
};

struct Negative {
  static constexpr std::string_view name = "negative";
  using dtypes = Numbers;
  template <class T>
  T operator()(T x) const {
    // Not 0 − x, which has another sign at 0.
    if constexpr (std::is_integral_v<T>) return wrapping::subtract(T(0), x);
    return static_cast<T>(-x);
  }
  Value vjp(Value, Value, Value dy) const { return -dy; }
  static Samples samples() { return {{Shape{2, 3}}, {Shape{0, 3}}}; }
};

}  // namespace

Value operator+(Operand a, Operand b) { return apply(Add{}, a, b); }
Value operator-(Operand a, Operand b) { return apply(Subtract{}, a, b); }
Value operator*(Operand a, Operand b) { return apply(Multiply{}, a, b); }
Value operator/(Operand a, Operand b) { return apply(Divide{}, a, b); }
Value operator-(Operand x) { return apply(Negative{}, x); }

namespace ops {
void register_arithmetic(Registry& r) {
  r.add<Add>();
  r.add<Subtract>();
  r.add<Multiply>();
  r.add<Divide>();
  r.add<Negative>();
}
}  // namespace ops
}  // namespace weft
