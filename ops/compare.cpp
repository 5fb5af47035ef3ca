#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

/// The six comparisons differ in one expression each.
template <class Relation>
struct Compare {
  static constexpr std::string_view name = Relation::name;
  using dtypes = AnyType;
  template <class T>
  bool operator()(T a, T b) const {
    return Relation::holds(a, b);
  }
  Grads<2> vjp(Value, Value, Value, Value) const { return {}; }
  static Samples samples() {
    return {{Shape{2, 3}, Shape{3}}, {Shape{0, 3}, Shape{}}};
  }
};

struct Equal {
  static constexpr std::string_view name = "equal";
  template <class T>
  static bool holds(T a, T b) {
    return a == b;
  }
};

struct NotEqual {
  static constexpr std::string_view name = "not_equal";
  template <class T>
  static bool holds(T a, T b) {
    return a != b;
  }
};

struct Less {
  static constexpr std::string_view name = "less";
  template <class T>
  static bool holds(T a, T b) {
    return a < b;
  }
};

struct LessEqual {
  static constexpr std::string_view name = "less_equal";
  template <class T>
  static bool holds(T a, T b) {
    return a <= b;
  }
};

struct Greater {
  static constexpr std::string_view name = "greater";
  template <class T>
  static bool holds(T a, T b) {
    return a > b;
  }
};

struct GreaterEqual {
  static constexpr std::string_view name = "greater_equal";
  template <class T>
  static bool holds(T a, T b) {
    return a >= b;
  }
};

}  // namespace

Value equal(Operand a, Operand b) { return apply(Compare<Equal>{}, a, b); }
Value not_equal(Operand a, Operand b) {
  return apply(Compare<NotEqual>{}, a, b);
}
Value less(Operand a, Operand b) { return apply(Compare<Less>{}, a, b); }
Value less_equal(Operand a, Operand b) {
  return apply(Compare<LessEqual>{}, a, b);
}
Value greater(Operand a, Operand b) { return apply(Compare<Greater>{}, a, b); }
Value greater_equal(Operand a, Operand b) {
  return apply(Compare<GreaterEqual>{}, a, b);
}

namespace ops {
void register_compare(Registry& r) {
  r.add<Compare<Equal>>();
  r.add<Compare<NotEqual>>();
  r.add<Compare<Less>>();
  r.add<Compare<LessEqual>>();
  r.add<Compare<Greater>>();
  r.add<Compare<GreaterEqual>>();
}
}  // namespace ops
}  // namespace weft
