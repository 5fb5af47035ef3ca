#pragma once

#include <limits>
#include <type_traits>

namespace weft {

/// One element as another type. To an integer, NaN becomes 0, a fraction is
/// dropped, and what is out of range becomes the nearest integer; to bool, all
/// but 0 is true.
template <class To, class From>
constexpr To convert(From x) {
  if constexpr (std::is_same_v<To, bool>) {
    return x != From(0);
  } else if constexpr (std::is_integral_v<To> &&
                       (std::is_floating_point_v<From> ||
                        sizeof(From) > sizeof(To))) {
    constexpr auto low = std::numeric_limits<To>::min();
    constexpr auto high = std::numeric_limits<To>::max();
    if (x != x) return 0;
    if (x <= static_cast<From>(low)) return low;
    if (x >= static_cast<From>(high)) return high;
    return static_cast<To>(x);
  } else {
    return static_cast<To>(x);
  }
}

}  // namespace weft
