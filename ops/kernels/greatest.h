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
  for (std::int64_t z = r.z0; z < r.z1; z += r.z_step) {
    for (std::int64_t y = r.y0; y < r.y1; y += r.y_step) {
      const std::int64_t row = (z * r.height + y) * r.width;
      for (std::int64_t i = x0; i < x1; i += r.x_step) {
        const T v = r.x[row + i], top = r.x[best];
        if (v > top || (v != v && top == top)) best = row + i;
      }
    }
  }
  return static_cast<std::int32_t>(best);
}

/// The same for `lanes` windows at once, `stride` of 1 or 2 columns apart and
/// `length` long; with stride 2, windows have two columns or more.
template <class T, int lanes, int stride>
class WindowVector {
 public:
  WindowVector(const WindowRows<T>& r, std::int64_t x0, std::int64_t length)
      : r_(r) {
    run(x0, length, std::make_integer_sequence<int, lanes>());
  }
  void store(std::int32_t* places, T* values) const {
    store_places(places, std::make_integer_sequence<int, lanes>());
    if (values != nullptr) std::memcpy(values, &best_, sizeof best_);
  }

 private:
  using Lane = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
  static constexpr int bytes = lanes * static_cast<int>(sizeof(T));
  typedef T Values __attribute__((vector_size(bytes)));
  typedef Lane Places __attribute__((vector_size(bytes)));

  template <int... i>
  void run(std::int64_t x0, std::int64_t length,
           std::integer_sequence<int, i...>) {
    const Places along = {i * stride...};
    first_ = true;
    for (std::int64_t z = r_.z0; z < r_.z1; z += r_.z_step) {
      for (std::int64_t y = r_.y0; y < r_.y1; y += r_.y_step) {
        const std::int64_t row = (z * r_.height + y) * r_.width + x0;
        const Places at = along + static_cast<Lane>(row);
        for (std::int64_t k = 0; k < length; k += r_.x_step) {
          const T* from = r_.x + row + k;
          Values low, high;
          std::memcpy(&low, from, sizeof low);
          if constexpr (stride == 1) {
            take(low, at + static_cast<Lane>(k));
          } else if (k + 1 < length) {
            // Every second column is that of these windows, the others belong
            // to the next column of theirs.
            std::memcpy(&high, from + lanes, sizeof high);
            take(__builtin_shufflevector(low, high, (2 * i)...),
                 at + static_cast<Lane>(k));
            if (r_.x_step != 1) continue;
            ++k;
            take(__builtin_shufflevector(low, high, (2 * i + 1)...),
                 at + static_cast<Lane>(k));
          } else {
            // Nothing may lie behind the last column.
            std::memcpy(&low, from - 1, sizeof low);
            std::memcpy(&high, from - 1 + lanes, sizeof high);
            take(__builtin_shufflevector(low, high, (2 * i + 1)...),
                 at + static_cast<Lane>(k));
          }
        }
      }
    }
  }
  [[gnu::always_inline]] void take(const Values& v, const Places& place) {
    if (first_) {
      best_ = v;
      at_ = place;
      first_ = false;
      return;
    }
    const Places more = (v > best_) | ((v != v) & (best_ == best_));
    best_ = more ? v : best_;
    at_ = more ? place : at_;
  }
  template <int... i>
  void store_places(std::int32_t* to, std::integer_sequence<int, i...>) const {
    if constexpr (sizeof(Lane) == sizeof *to) {
      std::memcpy(to, &at_, sizeof at_);
    } else {
      const std::int32_t found[lanes] = {static_cast<std::int32_t>(at_[i])...};
      std::memcpy(to, found, sizeof found);
    }
  }

  const WindowRows<T> r_;
  Values best_;
  Places at_;
  bool first_ = true;
};

/// All windows of a stretch, of which there are at least `lanes`.
template <class T, int lanes, int stride>
void greatest_of_stretch(const WindowRows<T>& r, std::int64_t x0,
                         const WindowStretch& s, std::int32_t* places,
                         T* values) {
  for (std::int64_t w = s.first;;) {
    const WindowVector<T, lanes, stride> found(r, x0 + (w - s.first) * stride,
                                               s.length);
    found.store(places + w, values == nullptr ? nullptr : values + w);
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
