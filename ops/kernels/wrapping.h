#pragma once

// Arithmetic of which integers that overflow keep the low bits, as processors
// compute it; the language leaves it open.

#include <type_traits>

namespace weft::wrapping {

template <class T, class F>
inline T apply(T a, T b, F f) {
  if constexpr (std::is_integral_v<T>) {
    using Bits = std::make_unsigned_t<T>;
    return static_cast<T>(f(static_cast<Bits>(a), static_cast<Bits>(b)));
  } else {
    return f(a, b);
  }
}

template <class T>
inline T add(T a, T b) {
  return apply(a, b, [](auto x, auto y) { return x + y; });
}
template <class T>
inline T subtract(T a, T b) {
  return apply(a, b, [](auto x, auto y) { return x - y; });
}
template <class T>
inline T multiply(T a, T b) {
  return apply(a, b, [](auto x, auto y) { return x * y; });
}

}  // namespace weft::wrapping
