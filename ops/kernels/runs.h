#pragma once

// Moves of runs of neighbours that lie at equal distances.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace weft {

/// For rows too short for a call of memcpy. What is left at the end is copied
/// with some of its neighbours again.
template <class T>
void copy_row(const T* from, std::int64_t n, T* to) {
  constexpr std::int64_t kFew = 16 / static_cast<std::int64_t>(sizeof(T));
  if (n > 32 * kFew) {
    std::copy_n(from, n, to);
  } else if (n >= 2 * kFew) {
    for (std::int64_t i = 0; i + 2 * kFew <= n; i += 2 * kFew) {
      std::memcpy(to + i, from + i, 32);
    }
    std::memcpy(to + n - 2 * kFew, from + n - 2 * kFew, 32);
  } else if (n >= kFew) {
    std::memcpy(to, from, 16);
    std::memcpy(to + n - kFew, from + n - kFew, 16);
  } else {
    for (std::int64_t i = 0; i < n; ++i) to[i] = from[i];
  }
}

/// `count` runs of n elements, those of `from` and of `to` so many elements
/// apart.
template <class T>
void copy_runs(std::int64_t count, std::int64_t n, const T* from,
               std::int64_t from_step, T* to, std::int64_t to_step) {
  if (n == 0) return;
  if (from_step == n && to_step == n) {
    copy_row(from, count * n, to);
    return;
  }
  if (n > 1) {
    for (std::int64_t i = 0; i < count; ++i) {
      copy_row(from + i * from_step, n, to + i * to_step);
    }
    return;
  }
  // With distances that the compiler knows, vectors do it.
  auto each = [=](auto a, auto b) {
    for (std::int64_t i = 0; i < count; ++i) to[i * b] = from[i * a];
  };
  constexpr std::integral_constant<std::int64_t, 1> one;
  constexpr std::integral_constant<std::int64_t, 2> two;
  constexpr std::integral_constant<std::int64_t, -1> back;
  if (to_step != 1) {
    from_step == 1 ? each(one, to_step) : each(from_step, to_step);
  } else if (from_step == 2) {
    each(two, one);
  } else if (from_step == -1) {
    each(back, one);
  } else {
    each(from_step, one);
  }
}

}  // namespace weft
