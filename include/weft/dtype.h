#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weft {

/// The element types of tensors. `boolean` is one byte, 0 or 1.
enum class DType : std::uint8_t { f32, f64, i32, i64, boolean };

inline constexpr DType kAllDTypes[] = {DType::f32, DType::f64, DType::i32,
                                       DType::i64, DType::boolean};

/// Bytes of one element.
constexpr std::size_t size_of(DType t) {
  switch (t) {
    case DType::f32:
    case DType::i32: return 4;
    case DType::f64:
    case DType::i64: return 8;
    case DType::boolean: return 1;
  }
  return 0;
}

constexpr std::string_view to_string(DType t) {
  switch (t) {
    case DType::f32: return "f32";
    case DType::f64: return "f64";
    case DType::i32: return "i32";
    case DType::i64: return "i64";
    case DType::boolean: return "bool";
  }
  return "?";
}

/// The inverse of `to_string`. Throws TypeError for an unknown name.
DType dtype_from_string(std::string_view name);

constexpr bool is_floating(DType t) {
  return t == DType::f32 || t == DType::f64;
}

namespace detail {
template <class T>
struct DTypeOf;
template <>
struct DTypeOf<float> {
  static constexpr DType value = DType::f32;
};
template <>
struct DTypeOf<double> {
  static constexpr DType value = DType::f64;
};
template <>
struct DTypeOf<std::int32_t> {
  static constexpr DType value = DType::i32;
};
template <>
struct DTypeOf<std::int64_t> {
  static constexpr DType value = DType::i64;
};
template <>
struct DTypeOf<bool> {
  static constexpr DType value = DType::boolean;
};
}  // namespace detail

/// The dtype of a C++ element type: `dtype_of<float>` is `DType::f32`.
template <class T>
inline constexpr DType dtype_of = detail::DTypeOf<T>::value;

/// Calls f with a pointer to the C++ type of a dtype: `data`, typed.
template <class F>
decltype(auto) visit_dtype(DType t, void* data, F f) {
  switch (t) {
    case DType::f32: return f(static_cast<float*>(data));
    case DType::f64: return f(static_cast<double*>(data));
    case DType::i32: return f(static_cast<std::int32_t*>(data));
    case DType::i64: return f(static_cast<std::int64_t*>(data));
    case DType::boolean: break;
  }
  return f(static_cast<bool*>(data));
}

/// A list of element types, for `using dtypes = ...` in an op.
template <class... T>
struct Types {};
using Floats = Types<float, double>;
using Numbers = Types<float, double, std::int32_t, std::int64_t>;
using Integers = Types<std::int32_t, std::int64_t>;
using AnyType = Types<float, double, std::int32_t, std::int64_t, bool>;

}  // namespace weft
