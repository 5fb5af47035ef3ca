#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "weft/body.h"
#include "weft/dtype.h"
#include "weft/shape.h"

namespace weft {

/// The value of one attribute of an op, in the form in which attributes are
/// compared, printed and saved.
using AttributeValue =
    std::variant<bool, std::int64_t, double, std::string, DType, Shape,
                 std::vector<std::int64_t>, std::vector<double>, Body>;

struct Attribute {
  std::string name;
  AttributeValue value;
  friend bool operator==(const Attribute&, const Attribute&) = default;
};

/// "0.5", "(3, 4)", "[0, 1]".
std::string to_string(const AttributeValue& value);

/// One attribute of an op: its name and its place in the struct. An op lists
/// them once, in `fields()`; equality, hashing, printing and saving follow.
template <class Op, class T>
struct Field {
  std::string_view name;
  T Op::*member;
};

template <class Op, class T>
constexpr Field<Op, T> field(std::string_view name, T Op::*member) {
  return {name, member};
}

namespace detail {

[[noreturn]] void throw_attribute_type(std::string_view op,
                                       std::string_view attribute,
                                       const AttributeValue& found);

/// The stored form of a field: integers and enums as int64, floats as double.
template <class T>
AttributeValue to_attribute(const T& value) {
  if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, DType>) {
    return value;
  } else if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
    return static_cast<std::int64_t>(value);
  } else if constexpr (std::is_floating_point_v<T>) {
    return static_cast<double>(value);
  } else {
    return value;
  }
}

template <class T>
using Stored = std::conditional_t<
    std::is_same_v<T, bool> || std::is_same_v<T, DType>, T,
    std::conditional_t<
        std::is_integral_v<T> || std::is_enum_v<T>, std::int64_t,
        std::conditional_t<std::is_floating_point_v<T>, double, T>>>;

template <class Op>
std::vector<Attribute> attributes_of(const Op& op) {
  std::vector<Attribute> out;
  if constexpr (requires { Op::fields(); }) {
    std::apply(
        [&](auto... f) {
          (out.push_back({std::string(f.name), to_attribute(op.*(f.member))}),
           ...);
        },
        Op::fields());
  }
  return out;
}

/// Sets the field of that name; false if the op has none.
template <class Op>
bool set_attribute(Op& op, const Attribute& attribute) {
  bool found = false;
  auto set = [&](auto f) {
    using T = std::remove_reference_t<decltype(op.*(f.member))>;
    if (f.name != attribute.name) return;
    found = true;
    const auto* value = std::get_if<Stored<T>>(&attribute.value);
    if (!value) throw_attribute_type(Op::name, f.name, attribute.value);
    op.*(f.member) = static_cast<T>(*value);
  };
  if constexpr (requires { Op::fields(); }) {
    std::apply([&](auto... f) { (set(f), ...); }, Op::fields());
  }
  return found;
}

}  // namespace detail
}  // namespace weft
