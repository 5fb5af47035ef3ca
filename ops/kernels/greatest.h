#pragma once

// The places of the greatest elements of windows, a row of windows at a time.

#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

namespace weft {

/// Windows along one axis: elements begin[i], begin[i] + step, … before end[i].
struct WindowAxis {
  std::int64_t size = 1, count = 1, step = 1;
  const std::int64_t* begin = nullptr;
  const std::int64_t* end = nullptr;
};

/// Windows first … last − 1 of an axis, all equally long and `stride` apart.
struct WindowStretch {
  std::int64_t first = 0, last = 0, stride = 1, length = 0;
};

/// The stretch that begins with the first of the longest windows.
inline WindowStretch longest_windows(const WindowAxis& a) {
  WindowStretch s;
  for (std::int64_t i = 0; i < a.count; ++i) {
    if (a.end[i] - a.begin[i] <= s.length) continue;
    s.first = i;
    s.length = a.end[i] - a.begin[i];
  }
  s.last = s.first;
  if (s.length == 0) return s;
  s.stride =
      s.first + 1 < a.count ? a.begin[s.first + 1] - a.begin[s.first] : 1;
  const std::int64_t origin = a.begin[s.first] - s.first * s.stride;
  while (s.last < a.count && a.begin[s.last] == origin + s.last * s.stride &&
         a.end[s.last] - a.begin[s.last] == s.length) {
    ++s.last;
  }
  return s;
}

/// The rows under a row of windows, of the image at `x`.
template <class T>
struct WindowRows {
  const T* x;
  std::int64_t height, width;  // of a plane of the image
  std::int64_t z0, z1, z_step, y0, y1, y_step;
  std::int64_t x_step;
};

/// Of the window of columns [x0, x1). Ties: the first; NaN counts most.
template <class T>
std::int32_t greatest_of(const WindowRows<T>& r, std::int64_t x0,
                         std::int64_t x1) {
  std::int64_t best = (r.z0 * r.height + r.y0) * r.width + x0;
  if (r.z0 >= r.z1 || r.y0 >= r.y1 || x0 >= x1) {
    return static_cast<std::int32_t>(best);
  }
  T top = r.x[best];
  for (std::int64_t z = r.z0; z < r.z1; z += r.z_step) {
    for (std::int64_t y = r.y0; y < r.y1; y += r.y_step) {
      const std::int64_t row = (z * r.height + y) * r.width;
      for (std::int64_t i = x0; i < x1; i += r.x_step) {
        const T v = r.x[row + i];
        if (v <= top || top != top) continue;
        top = v;
        best = row + i;
      }
    }
  }
  return static_cast<std::int32_t>(best);
}

/// The same for `lanes` windows at once, `stride` of 1 or 2 columns apart and
/// `length` long; with stride 2, windows have two columns or more.
template <class T, int lanes, int stride>
struct WindowVector {
  using Lane = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
  static constexpr int bytes = lanes * static_cast<int>(sizeof(T));
  typedef T Values __attribute__((vector_size(bytes)));
  typedef Lane Places __attribute__((vector_size(bytes)));

  Values best = {};
  Places at = {};
  bool first = true;

  [[gnu::always_inline]] void take(const Values& v, const Places& place) {
    if (first) {
      best = v;
      at = place;
      first = false;
      return;
    }
    const Places more = (v > best) | ((v != v) & (best == best));
    best = more ? v : best;
    at = more ? place : at;
  }
  /// Columns k and k + 1 of the windows of stride 2 whose first column `from`
  /// is column k of: every second element belongs to the next column.
  template <int... i>
  [[gnu::always_inline]] void take_pair(const T* from, const Places& place,
                                        std::integer_sequence<int, i...>) {
    Values low, high;
    std::memcpy(&low, from, sizeof low);
    std::memcpy(&high, from + lanes, sizeof high);
    take(__builtin_shufflevector(low, high, (2 * i)...), place);
    take(__builtin_shufflevector(low, high, (2 * i + 1)...), place + 1);
  }
  /// Column k, for windows of which `from` is column k.
  template <int... i>
  [[gnu::always_inline]] void take_one(const T* from, const Places& place,
                                       bool is_last,
                                       std::integer_sequence<int, i...>) {
    Values low, high;
    if constexpr (stride == 1) {
      std::memcpy(&low, from, sizeof low);
      take(low, place);
    } else if (!is_last) {
      std::memcpy(&low, from, sizeof low);
      std::memcpy(&high, from + lanes, sizeof high);
      take(__builtin_shufflevector(low, high, (2 * i)...), place);
    } else {
      // Nothing may lie behind the last column.
      std::memcpy(&low, from - 1, sizeof low);
      std::memcpy(&high, from - 1 + lanes, sizeof high);
      take(__builtin_shufflevector(low, high, (2 * i + 1)...), place);
    }
  }
  template <int... i>
  [[gnu::always_inline]] void run(const WindowRows<T>& r, std::int64_t x0,
                                  std::int64_t length,
                                  std::integer_sequence<int, i...> all) {
    const Places along = {i * stride...};
    for (std::int64_t z = r.z0; z < r.z1; z += r.z_step) {
      for (std::int64_t y = r.y0; y < r.y1; y += r.y_step) {
        const std::int64_t row = (z * r.height + y) * r.width + x0;
        for (std::int64_t k = 0; k < length; k += r.x_step) {
          const Places place = along + static_cast<Lane>(row + k);
          if (stride == 2 && r.x_step == 1 && k + 1 < length) {
            take_pair(r.x + row + k, place, all);
            ++k;
          } else {
            take_one(r.x + row + k, place, k + 1 == length, all);
          }
        }
      }
    }
  }
  template <int... i>
  [[gnu::always_inline]] void store(std::int32_t* places, T* values,
                                    std::integer_sequence<int, i...>) const {
    if constexpr (sizeof(Lane) == sizeof *places) {
      std::memcpy(places, &at, sizeof at);
    } else {
      const std::int32_t found[lanes] = {static_cast<std::int32_t>(at[i])...};
      std::memcpy(places, found, sizeof found);
    }
    if (values != nullptr) std::memcpy(values, &best, sizeof best);
  }
};

/// All windows of a stretch, of which there are at least `lanes`.
template <class T, int lanes, int stride>
void greatest_of_stretch(const WindowRows<T>& given, std::int64_t x0,
                         const WindowStretch& s, std::int32_t* places,
                         T* values) {
  constexpr std::make_integer_sequence<int, lanes> all;
  const WindowRows<T> r = given;
  // Two by two elements, next to each other, are the most frequent windows.
  const bool is_square = stride == 2 && s.length == 2 && r.x_step == 1 &&
                         r.z0 + r.z_step >= r.z1 && r.y_step == 1 &&
                         r.y1 - r.y0 == 2;
  for (std::int64_t w = s.first;;) {
    const std::int64_t x = x0 + (w - s.first) * stride;
    WindowVector<T, lanes, stride> found;
    if (is_square) {
      WindowRows<T> square = r;
      square.z1 = square.z0 + 1;
      square.y1 = square.y0 + 2;
      square.z_step = square.y_step = square.x_step = 1;
      found.run(square, x, 2, all);
    } else {
      found.run(r, x, s.length, all);
    }
    found.store(places + w, values == nullptr ? nullptr : values + w, all);
    if (w + lanes == s.last) return;
    w = w + 2 * lanes <= s.last ? w + lanes : s.last - lanes;
  }
}

/// Of each window of a row; the values too unless they are null.
template <class T>
void greatest_of_row(const WindowRows<T>& r, const WindowAxis& a,
                     const WindowStretch& s, std::int32_t* places, T* values) {
  const std::int64_t n = s.last - s.first;
  const bool fits = r.z1 > r.z0 && r.y1 > r.y0 && n >= 4 &&
                    (s.stride == 1 || (s.stride == 2 && s.length >= 2));
  for (std::int64_t w = 0; w < a.count; ++w) {
    if (fits && w >= s.first && w < s.last) continue;
    places[w] = greatest_of(r, a.begin[w], a.end[w]);
    if (values != nullptr) values[w] = r.x[places[w]];
  }
  if (!fits) return;
  const std::int64_t x0 = a.begin[s.first];
  if (n >= 8) {
    s.stride == 1 ? greatest_of_stretch<T, 8, 1>(r, x0, s, places, values)
                  : greatest_of_stretch<T, 8, 2>(r, x0, s, places, values);
  } else {
    s.stride == 1 ? greatest_of_stretch<T, 4, 1>(r, x0, s, places, values)
                  : greatest_of_stretch<T, 4, 2>(r, x0, s, places, values);
  }
}

}  // namespace weft
