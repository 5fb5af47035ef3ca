#pragma once

#include <cstdint>

namespace weft {

/// Σ a·b, in lanes so that it can be done by vectors.
template <class T>
T row_product(const T* a, const T* b, std::int64_t n) {
  constexpr std::int64_t kLanes = 16;
  T lanes[kLanes] = {};
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::int64_t l = 0; l < kLanes; ++l) lanes[l] += a[i + l] * b[i + l];
  }
  T rest = 0;
  for (; i < n; ++i) rest += a[i] * b[i];
  for (int l = 0; l < 8; ++l) lanes[l] += lanes[l + 8];
  for (int l = 0; l < 4; ++l) lanes[l] += lanes[l + 4];
  return ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + rest;
}

}  // namespace weft
