#pragma once

// Numbers in order: equal ones keep theirs, a NaN counts as greatest.

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

namespace weft {

/// An integer that is less where an element comes first.
template <class T>
using OrderKey = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;

template <class T>
inline OrderKey<T> order_key(T x, bool descending) {
  using Key = OrderKey<T>;
  Key key;
  if constexpr (std::is_floating_point_v<T>) {
    constexpr auto most = std::numeric_limits<Key>::max();
    const Key bits = std::bit_cast<Key>(x == T(0) ? T(0) : x);
    const Key ordered = bits ^ ((bits >> (8 * sizeof(T) - 1)) & most);
    key = x == x ? ordered : most;
  } else {
    key = x;
  }
  return descending ? ~key : key;
}

/// A key and, below it, the element's place.
template <class T>
using Ranked = std::conditional_t<sizeof(T) == 4, std::int64_t, __int128>;

template <class T>
inline Ranked<T> ranked(OrderKey<T> key, std::int64_t place) {
  return (static_cast<Ranked<T>>(key) << 32) | place;
}
template <class R>
inline std::int32_t place_of(R r) {
  return static_cast<std::int32_t>(r & 0xffffffff);
}

template <class T>
inline void rank_all(const T* x, std::int64_t n, bool descending,
                     Ranked<T>* to) {
  for (std::int64_t i = 0; i < n; ++i) {
    to[i] = ranked<T>(order_key(x[i], descending), i);
  }
}

/// Sorts elements that lie in the order of their places, by the bytes of their
/// keys from the lowest on. The result is in one of the two arrays.
template <class T>
Ranked<T>* sort_by_bytes(Ranked<T>* from, Ranked<T>* other, std::int64_t n) {
  constexpr int kBytes = sizeof(T);
  std::array<std::array<std::int32_t, 256>, kBytes> count{};
  // The sign counts the other way round than bits do.
  auto digit = [](Ranked<T> r, int byte) {
    const auto d = static_cast<unsigned>((r >> (32 + 8 * byte)) & 0xff);
    return byte == kBytes - 1 ? d ^ 0x80U : d;
  };
  for (std::int64_t i = 0; i < n; ++i) {
    for (int b = 0; b < kBytes; ++b) {
      ++count[static_cast<std::size_t>(b)][digit(from[i], b)];
    }
  }
  for (int b = 0; b < kBytes; ++b) {
    auto& begin = count[static_cast<std::size_t>(b)];
    if (begin[digit(from[0], b)] == n) continue;
    std::int32_t total = 0;
    for (std::int32_t& c : begin) total += std::exchange(c, total);
    for (std::int64_t i = 0; i < n; ++i) {
      other[begin[digit(from[i], b)]++] = from[i];
    }
    std::swap(from, other);
  }
  return from;
}

/// Rows from which on sorting by bytes is faster than by comparison.
inline constexpr std::int64_t kSortByBytes = 192;

/// The places of x's elements in order; `memory` for 2n elements.
template <class T>
void order_of(const T* x, std::int64_t n, bool descending, Ranked<T>* memory,
              std::int32_t* y) {
  rank_all(x, n, descending, memory);
  const Ranked<T>* sorted = memory;
  if (n >= kSortByBytes) {
    sorted = sort_by_bytes<T>(memory, memory + n, n);
  } else {
    std::sort(memory, memory + n);
  }
  for (std::int64_t i = 0; i < n; ++i) y[i] = place_of(sorted[i]);
}

/// The first `count` of them, of which there are few. Most elements are left
/// out many at a time, by comparison with the last one that counts so far.
template <class T>
void first_in_order(const T* x, std::int64_t n, std::int64_t count,
                    bool descending, Ranked<T>* best, std::int32_t* y) {
  constexpr int kLanes = 32;
  rank_all(x, count, descending, best);
  std::sort(best, best + count);
  auto take = [&](std::int64_t i) {
    const Ranked<T> r = ranked<T>(order_key(x[i], descending), i);
    std::int64_t to = count;
    if (!(r < best[count - 1])) return;
    for (--to; to > 0 && r < best[to - 1]; --to) best[to] = best[to - 1];
    best[to] = r;
  };
  std::int64_t i = count;
  for (; i + kLanes <= n; i += kLanes) {
    const auto limit = static_cast<OrderKey<T>>(best[count - 1] >> 32);
    OrderKey<T> any = 0;
    for (int l = 0; l < kLanes; ++l) {
      any |= order_key(x[i + l], descending) < limit ? 1 : 0;
    }
    if (any == 0) continue;
    for (int l = 0; l < kLanes; ++l) take(i + l);
  }
  for (; i < n; ++i) take(i);
  for (std::int64_t k = 0; k < count; ++k) y[k] = place_of(best[k]);
}

/// Those at first, first + 1, … of the order; `memory` for 2n elements.
template <class T>
void part_of_order(const T* x, std::int64_t n, std::int64_t first,
                   std::int64_t count, bool descending, Ranked<T>* memory,
                   std::int32_t* y) {
  if (count == 0) return;
  if (first == 0 && count <= 32 && 4 * count <= n) {
    first_in_order(x, n, count, descending, memory, y);
    return;
  }
  rank_all(x, n, descending, memory);
  Ranked<T>* const begin = memory + first;
  Ranked<T>* const end = begin + count;
  std::nth_element(memory, begin, memory + n);
  if (count > 1) {
    if (end < memory + n) std::nth_element(begin, end, memory + n);
    std::sort(begin, end);
  }
  for (std::int64_t k = 0; k < count; ++k) y[k] = place_of(begin[k]);
}

}  // namespace weft
