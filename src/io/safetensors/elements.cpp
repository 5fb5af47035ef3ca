#include "src/io/safetensors/elements.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <string_view>

#include "weft/error.h"

namespace weft::io {

namespace {

constexpr StoredType kTypes[] = {
    {"F64", 8, DType::f64}, {"F32", 4, DType::f32},
    {"F16", 2, DType::f32}, {"BF16", 2, DType::f32},
    {"I64", 8, DType::i64}, {"I32", 4, DType::i32},
    {"I16", 2, DType::i32}, {"I8", 1, DType::i32},
    {"U32", 4, DType::i64}, {"U16", 2, DType::i32},
    {"U8", 1, DType::i32},  {"BOOL", 1, DType::boolean}};

/// IEEE 754 binary16.
float from_half(std::uint16_t bits) {
  const int exponent = bits >> 10 & 0x1f;
  const int fraction = bits & 0x3ff;
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000) << 16;
  if (exponent == 0) {
    const float value = std::ldexp(static_cast<float>(fraction), -24);
    return sign ? -value : value;
  }
  const auto e =
      static_cast<std::uint32_t>(exponent == 31 ? 255 : exponent + 112);
  return std::bit_cast<float>(sign | e << 23 |
                              static_cast<std::uint32_t>(fraction) << 13);
}

/// The upper half of a binary32.
float from_bfloat(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

template <class From, class To, class F>
void each(const char* from, std::int64_t count, To* into, F f) {
  for (std::int64_t i = 0; i < count; ++i) {
    From x;
    std::memcpy(&x, from + static_cast<std::size_t>(i) * sizeof x, sizeof x);
    into[i] = static_cast<To>(f(x));
  }
}

}  // namespace

const StoredType* find_stored_type(const std::string& name) {
  for (const StoredType& t : kTypes) {
    if (name == t.name) return &t;
  }
  return nullptr;
}

const char* stored_name(DType dtype) {
  static constexpr const char* kNames[] = {"F32", "F64", "I32", "I64", "BOOL"};
  return kNames[static_cast<std::size_t>(dtype)];
}

void convert_elements(const StoredType& type, const char* from,
                      std::int64_t count, Tensor& into) {
  const std::string_view name = type.name;
  const auto same = [](auto x) { return x; };
  if (type.bytes == size_of(type.dtype)) {
    if (count > 0) std::memcpy(into.raw(), from, into.bytes());
  } else if (name == "F16") {
    each<std::uint16_t>(from, count, into.data<float>(), from_half);
  } else if (name == "BF16") {
    each<std::uint16_t>(from, count, into.data<float>(), from_bfloat);
  } else if (name == "I16") {
    each<std::int16_t>(from, count, into.data<std::int32_t>(), same);
  } else if (name == "U16") {
    each<std::uint16_t>(from, count, into.data<std::int32_t>(), same);
  } else if (name == "I8") {
    each<std::int8_t>(from, count, into.data<std::int32_t>(), same);
  } else if (name == "U8") {
    each<std::uint8_t>(from, count, into.data<std::int32_t>(), same);
  } else {
    each<std::uint32_t>(from, count, into.data<std::int64_t>(), same);
  }
  if (type.dtype != DType::boolean) return;
  for (std::int64_t i = 0; i < count; ++i) {
    if (static_cast<unsigned char>(from[i]) > 1) {
      throw FormatError("element " + std::to_string(i) +
                        " of a BOOL is neither 0 nor 1");
    }
  }
}

}  // namespace weft::io
