#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

/// x where a relation holds between a and b, else y: what the compiler makes of
/// a comparison and the choices that read it, so that no booleans are stored.
template <class Relation>
struct Choose {
  static constexpr std::string_view name = Relation::name;
  template <class T>
  T operator()(T a, T b, T x, T y) const {
    return Relation::holds(a, b) ? x : y;
  }
  Grads<4> vjp(Value a, Value b, Value, Value, Value, Value dy) const {
    const Value zero = zeros_like(dy);
    return {Value(), Value(), apply(Choose{}, a, b, dy, zero),
            apply(Choose{}, a, b, zero, dy)};
  }
  static Samples samples() {
    return {{Shape{2, 3}, Shape{2, 3}, Shape{2, 3}, Shape{2, 3}},
            {Shape{2, 3}, Shape{}, Shape{3}, Shape{2, 1}},
            {Shape{0, 3}, Shape{3}, Shape{}, Shape{}}};
  }
};

struct ChooseLess {
  static constexpr std::string_view name = "choose_less";
  template <class T>
  static bool holds(T a, T b) {
    return a < b;
  }
};

struct ChooseLessEqual {
  static constexpr std::string_view name = "choose_less_equal";
  template <class T>
  static bool holds(T a, T b) {
    return a <= b;
  }
};

struct ChooseEqual {
  static constexpr std::string_view name = "choose_equal";
  template <class T>
  static bool holds(T a, T b) {
    return a == b;
  }
};

}  // namespace

namespace ops {
void register_choose(Registry& r) {
  r.add<Choose<ChooseLess>>();
  r.add<Choose<ChooseLessEqual>>();
  r.add<Choose<ChooseEqual>>();
}
}  // namespace ops
}  // namespace weft
