#include <cmath>

#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

/// a·b + c with one rounding (IEEE 754 fusedMultiplyAdd).
struct MultiplyAdd {
  static constexpr std::string_view name = "multiply_add";
  template <class T>
  T operator()(T a, T b, T c) const {
    return std::fma(a, b, c);
  }
  Grads<3> vjp(Value a, Value b, Value, Value, Value dy) const {
    return {dy * b, dy * a, dy};
  }
  static Samples samples() {
    return {{Shape{2, 3}, Shape{2, 3}, Shape{2, 3}},
            {Shape{2, 3}, Shape{3}, Shape{}},
            {Shape{}, Shape{2, 1}, Shape{1, 3}}};
  }
};

/// c − a·b with one rounding.
struct SubtractProduct {
  static constexpr std::string_view name = "subtract_product";
  template <class T>
  T operator()(T a, T b, T c) const {
    return std::fma(-a, b, c);
  }
  Grads<3> vjp(Value a, Value b, Value, Value, Value dy) const {
    return {-(dy * b), -(dy * a), dy};
  }
  static Samples samples() { return MultiplyAdd::samples(); }
};

}  // namespace

Value multiply_add(Operand a, Operand b, Operand c) {
  return apply(MultiplyAdd{}, a, b, c);
}

namespace ops {
void register_multiply_add(Registry& r) {
  r.add<MultiplyAdd>();
  r.add<SubtractProduct>();
}
}  // namespace ops
}  // namespace weft
