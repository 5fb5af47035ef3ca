#pragma once

// The copies of pixels that direct kernels read.

#include <algorithm>
#include <cstring>

#include "ops/kernels/direct_plan.h"

namespace weft {

/// For rows too short for a call of memcpy.
template <class T>
void copy_row(const T* from, std::int64_t n, T* to) {
  constexpr std::int64_t kFew = 16 / static_cast<std::int64_t>(sizeof(T));
  if (n > 8 * kFew) {
    std::copy_n(from, n, to);
  } else if (n >= kFew) {
    for (std::int64_t i = 0; i + kFew <= n; i += kFew) {
      std::memcpy(to + i, from + i, 16);
    }
    std::memcpy(to + n - kFew, from + n - kFew, 16);
  } else {
    for (std::int64_t i = 0; i < n; ++i) to[i] = from[i];
  }
}

/// One row of a phase: pixels j·step + first of a row of the image.
template <class T>
void copy_pixels(const T* from, std::int64_t size, std::int64_t step,
                 std::int64_t first, std::int64_t n, T* to) {
  const std::int64_t low =
      std::clamp<std::int64_t>((-first + step - 1) / step, 0, n);
  const std::int64_t high = std::clamp<std::int64_t>(
      first >= size ? 0 : (size - first + step - 1) / step, low, n);
  for (std::int64_t j = 0; j < low; ++j) to[j] = T(0);
  if (step == 1) {
    copy_row(from + first + low, high - low, to + low);
  } else {
    for (std::int64_t j = low; j < high; ++j) to[j] = from[first + j * step];
  }
  for (std::int64_t j = high; j < n; ++j) to[j] = T(0);
}

/// All channels of one image.
template <class T>
void copy_image(const Correlation& c, const DirectBox& box,
                const DirectCopy& copy, const T* x, T* to) {
  const auto& [z, y, w] = c.axes;
  auto place = [&](std::size_t i, std::int64_t j, std::int64_t remainder) {
    const DirectAxis& a = c.axes[i];
    return (box.first[i] + j) * a.in_step + remainder + a.origin;
  };
  for (std::int64_t channel = 0; channel < c.channels; ++channel) {
    const T* from = x + channel * c.in_pixels();
    for (const std::int64_t rz : z.remainders) {
      for (const std::int64_t ry : y.remainders) {
        for (const std::int64_t rw : w.remainders) {
          for (std::int64_t i = 0; i < copy.extent[0]; ++i) {
            const std::int64_t pz = place(0, i, rz);
            for (std::int64_t j = 0; j < copy.extent[1]; ++j) {
              const std::int64_t py = place(1, j, ry);
              if (pz < 0 || pz >= z.in_size || py < 0 || py >= y.in_size) {
                std::fill_n(to, copy.extent[2], T(0));
              } else {
                copy_pixels(from + (pz * y.in_size + py) * w.in_size, w.in_size,
                            w.in_step, place(2, 0, rw), copy.extent[2], to);
              }
              to += copy.extent[2];
            }
          }
        }
      }
    }
  }
}

}  // namespace weft
