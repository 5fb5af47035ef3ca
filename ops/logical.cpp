#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

struct LogicalAnd {
  static constexpr std::string_view name = "logical_and";
  using dtypes = Types<bool>;
  template <class T>
  bool operator()(T a, T b) const {
    return a && b;
  }
  static Samples samples() {
    return {
        {SampleInput::booleans(Shape{2, 3}), SampleInput::booleans(Shape{3})}};
  }
};

struct LogicalOr {
  static constexpr std::string_view name = "logical_or";
  using dtypes = Types<bool>;
  template <class T>
  bool operator()(T a, T b) const {
    return a || b;
  }
  static Samples samples() {
    return {
        {SampleInput::booleans(Shape{2, 3}), SampleInput::booleans(Shape{3})}};
  }
};

struct LogicalXor {
  static constexpr std::string_view name = "logical_xor";
  using dtypes = Types<bool>;
  template <class T>
  bool operator()(T a, T b) const {
    return a != b;
  }
  static Samples samples() {
    return {
        {SampleInput::booleans(Shape{2, 3}), SampleInput::booleans(Shape{3})}};
  }
};

struct LogicalNot {
  static constexpr std::string_view name = "logical_not";
  using dtypes = Types<bool>;
  template <class T>
  bool operator()(T x) const {
    return !x;
  }
  static Samples samples() { return {{SampleInput::booleans(Shape{2, 3})}}; }
};

}  // namespace

Value logical_and(Operand a, Operand b) { return apply(LogicalAnd{}, a, b); }
Value logical_or(Operand a, Operand b) { return apply(LogicalOr{}, a, b); }
Value logical_xor(Operand a, Operand b) { return apply(LogicalXor{}, a, b); }
Value logical_not(Operand x) { return apply(LogicalNot{}, x); }

namespace ops {
void register_logical(Registry& r) {
  r.add<LogicalAnd>();
  r.add<LogicalOr>();
  r.add<LogicalXor>();
  r.add<LogicalNot>();
}
}  // namespace ops
}  // namespace weft
