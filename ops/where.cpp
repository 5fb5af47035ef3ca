#include <bit>
#include <cstdint>
#include <type_traits>

#include "weft/graph.h"
#include "weft/ops.h"
#include "weft/registry.h"

namespace weft {

namespace {

struct Where {
  static constexpr std::string_view name = "where";
  static constexpr bool condition_first = true;
  using dtypes = AnyType;
  template <class T>
  T operator()(bool condition, T a, T b) const {
    // Chosen by bits: for `condition ? a : b` compilers make a branch, which
    // is guessed wrong at every second unit of a ReLU, and no vectors.
    using Bits = std::conditional_t<
        sizeof(T) == 8, std::uint64_t,
        std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint8_t>>;
    const auto mask = static_cast<Bits>(-static_cast<Bits>(condition));
    return std::bit_cast<T>(static_cast<Bits>(
        (std::bit_cast<Bits>(a) & mask) | (std::bit_cast<Bits>(b) & ~mask)));
  }
  Grads<3> vjp(Value condition, Value, Value, Value, Value dy) const {
    return {Value(), where(condition, dy, 0), where(condition, 0, dy)};
  }
  static Samples samples() {
    const auto c = SampleInput::booleans(Shape{2, 3});
    return {{c, Shape{2, 3}, Shape{2, 3}}, {c, Shape{3}, Shape{}}};
  }
};

}  // namespace

Value where(Operand condition, Operand a, Operand b) {
  // Plain numbers take the dtype of the other choice, not of the condition.
  if (!a.value && !b.value && condition.value) {
    a = Operand(fill(condition.value.graph(), {}, a.number), a.at);
  }
  auto as_value = [&](Operand& number, const Operand& partner) {
    if (number.value || !partner.value) return;
    number.value = fill(partner.value.graph(), {}, number.number,
                        partner.value.dtype(), number.at);
  };
  as_value(a, b);
  as_value(b, a);
  return apply(Where{}, condition, a, b);
}

namespace ops {
void register_where(Registry& r) { r.add<Where>(); }
}  // namespace ops
}  // namespace weft
