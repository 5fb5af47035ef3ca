#include "ops/kernels/math.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

struct Exp {
  static constexpr std::string_view name = "exp";
  template <class T>
  T operator()(T x) const {
    return math::exp(x);
  }
  Value vjp(Value, Value y, Value dy) const { return dy * y; }
  static Samples samples() { return {{Shape{2, 3}}, {Shape{0, 3}}, {Shape{}}}; }
};

struct Expm1 {
  static constexpr std::string_view name = "expm1";
  template <class T>
  T operator()(T x) const {
    return math::expm1(x);
  }
  Value vjp(Value, Value y, Value dy) const { return dy * (y + 1); }
  static Samples samples() { return {{Shape{2, 3}}, {Shape{0, 3}}, {Shape{}}}; }
};

struct Log {
  static constexpr std::string_view name = "log";
  template <class T>
  T operator()(T x) const {
    return math::log(x);
  }
  Value vjp(Value x, Value, Value dy) const { return dy / x; }
  static Samples samples() {
    return {{SampleInput(Shape{2, 3}, 0.3, 3)}, {Shape{0, 3}}};
  }
};

struct Log1p {
  static constexpr std::string_view name = "log1p";
  template <class T>
  T operator()(T x) const {
    return math::log1p(x);
  }
  Value vjp(Value x, Value, Value dy) const { return dy / (x + 1); }
  static Samples samples() {
    return {{SampleInput(Shape{2, 3}, -0.7, 2)}, {Shape{0, 3}}};
  }
};

}  // namespace

Value exp(Operand x) { return apply(Exp{}, x); }
Value expm1(Operand x) { return apply(Expm1{}, x); }
Value log(Operand x) { return apply(Log{}, x); }
Value log1p(Operand x) { return apply(Log1p{}, x); }

namespace ops {
void register_exponentials(Registry& r) {
  r.add<Exp>();
  r.add<Expm1>();
  r.add<Log>();
  r.add<Log1p>();
}
}  // namespace ops
}  // namespace weft
