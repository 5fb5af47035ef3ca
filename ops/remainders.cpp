#include <cmath>
#include <concepts>

#include "ops/kernels/fused.h"
#include "weft/elementary.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

/// True if short_fmod(a, b) is quick, and what std::fmod gives.
bool has_short_quotient(float a, float b) {
  const float size = std::abs(b);
  return kFusedIsFast & (std::abs(a) <= 0x1p22f * size) & (size > 0) &
         (size < HUGE_VALF);
}

/// a − b·trunc(a/b) without rounding, once more where the quotient was rounded
/// up to a whole number.
float short_fmod(float a, float b) {
  const float p = std::abs(a), q = std::abs(b);
  const float r = fused(-std::trunc(p / q), q, p);
  return std::copysign(r < 0 ? r + q : r, a);
}

struct Fmod {
  static constexpr std::string_view name = "fmod";
  template <class T>
  T operator()(T a, T b) const {
    return std::fmod(a, b);
  }
  bool usual(std::same_as<float> auto a, float b) const {
    return has_short_quotient(a, b);
  }
  float usually(float a, float b) const { return short_fmod(a, b); }
  Grads<2> vjp(Value a, Value b, Value, Value dy) const {
    return {dy, -(dy * trunc(a / b))};
  }
  static Samples samples() {
    // Quotients from 1.2 to 1.8 and their negatives, so that none is whole.
    const SampleInput b(Shape{2, 3}, 2, 2.1);
    return {{SampleInput(Shape{2, 3}, 2.6, 3.6), b},
            {SampleInput(Shape{3}, -3.6, -2.6), b}};
  }
};

struct Remainder {
  static constexpr std::string_view name = "remainder";
  template <class T>
  T operator()(T a, T b) const {
    const T r = std::fmod(a, b);
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
  }
  bool usual(std::same_as<float> auto a, float b) const {
    return has_short_quotient(a, b);
  }
  float usually(float a, float b) const {
    const float r = short_fmod(a, b);
    const float moved = r + b;
    return ((r != 0) & ((r < 0) != (b < 0))) ? moved : r;
  }
  Grads<2> vjp(Value a, Value b, Value, Value dy) const {
    return {dy, -(dy * floor(a / b))};
  }
  static Samples samples() { return Fmod::samples(); }
};

}  // namespace

Value fmod(Operand a, Operand b) { return apply(Fmod{}, a, b); }
Value remainder(Operand a, Operand b) { return apply(Remainder{}, a, b); }

namespace ops {
void register_remainders(Registry& r) {
  r.add<Fmod>();
  r.add<Remainder>();
}
}  // namespace ops
}  // namespace weft
