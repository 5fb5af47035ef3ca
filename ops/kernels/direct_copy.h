#pragma once

// The copies of pixels that direct kernels read.

#include <algorithm>
#include <cstring>
#include <vector>

#include "ops/kernels/direct_plan.h"
#include "ops/kernels/runs.h"

namespace weft {

/// Memory of this thread, kept from call to call.
template <class T>
struct DirectMemory {
  Correlation correlation;
  DirectVectors vectors;
  std::vector<DirectTap> taps, places;
  std::vector<std::int64_t> pixels;
  std::vector<T> copy, results, sums;
  std::vector<char> mask;

  static DirectMemory& of_thread() {
    static thread_local DirectMemory memory;
    return memory;
  }
};

/// The first of n elements that begin with a cache line.
template <class T>
T* aligned(std::vector<T>& memory, std::int64_t n) {
  constexpr std::size_t kLine = 64;
  const std::size_t size = static_cast<std::size_t>(n) + kLine / sizeof(T);
  if (memory.size() < size) memory.resize(size);
  const std::size_t over =
      reinterpret_cast<std::uintptr_t>(memory.data()) % kLine;
  return memory.data() + (kLine - over) % kLine / sizeof(T);
}

/// A row of a phase: pixels first + j·step for j below n, which are in the
/// image from `low` to `high`.
struct PixelRow {
  std::int64_t first, step, n, low, high;

  PixelRow(const DirectAxis& a, std::int64_t result, std::int64_t remainder,
           std::int64_t extent)
      : first(result * a.in_step + remainder + a.origin),
        step(a.in_step),
        n(extent) {
    low = std::clamp<std::int64_t>((-first + step - 1) / step, 0, n);
    high = std::clamp<std::int64_t>(
        first >= a.in_size ? 0 : (a.in_size - first + step - 1) / step, low, n);
  }
  template <class T>
  void copy(const T* from, T* to) const {
    // Few zeros are a store at each end, without a call of memset.
    constexpr std::int64_t kFew = 16 / static_cast<std::int64_t>(sizeof(T));
    if (n >= kFew && low <= kFew && n - high <= kFew) {
      const T zeros[kFew] = {};
      std::memcpy(to, zeros, 16);
      std::memcpy(to + n - kFew, zeros, 16);
    } else {
      std::fill_n(to, n, T(0));
    }
    copy_runs(high - low, 1, from + first + low * step, step, to + low, 1);
  }
};

/// One phase of one channel.
template <class T>
void copy_phase(const Correlation& c, const PixelRow& planes,
                const PixelRow& rows, const PixelRow& row, const T* x, T* to) {
  const std::int64_t width = c.axes[2].in_size;
  const std::int64_t area = width * c.axes[1].in_size;
  // Whole rows lie one after the other.
  const bool whole = row.step == 1 && rows.step == 1 && row.n == width &&
                     row.low == 0 && row.high == row.n;
  for (std::int64_t i = 0; i < planes.n; ++i, to += rows.n * row.n) {
    if (i < planes.low || i >= planes.high) {
      std::fill_n(to, rows.n * row.n, T(0));
      continue;
    }
    const T* plane = x + (planes.first + i * planes.step) * area;
    std::fill_n(to, rows.low * row.n, T(0));
    if (whole) {
      copy_row(plane + (rows.first + rows.low) * width,
               (rows.high - rows.low) * width, to + rows.low * width);
    } else {
      for (std::int64_t j = rows.low; j < rows.high; ++j) {
        row.copy(plane + (rows.first + j * rows.step) * width, to + j * row.n);
      }
    }
    std::fill_n(to + rows.high * row.n, (rows.n - rows.high) * row.n, T(0));
  }
}

/// All channels of one image.
template <class T>
void copy_image(const Correlation& c, const DirectBox& box,
                const DirectCopy& copy, const T* x, T* to) {
  for (const std::int64_t rz : c.axes[0].remainders) {
    const PixelRow planes(c.axes[0], box.first[0], rz, copy.extent[0]);
    for (const std::int64_t ry : c.axes[1].remainders) {
      const PixelRow rows(c.axes[1], box.first[1], ry, copy.extent[1]);
      for (const std::int64_t rw : c.axes[2].remainders) {
        const PixelRow row(c.axes[2], box.first[2], rw, copy.extent[2]);
        for (std::int64_t i = 0; i < c.channels; ++i) {
          copy_phase(c, planes, rows, row, x + i * c.in_pixels(),
                     to + i * copy.channel);
        }
        to += copy.phase;
      }
    }
  }
}

template <class T>
const T* copy_images(const Correlation& c, const DirectBox& box,
                     const DirectCopy& copy, const T* x,
                     std::int64_t image_step, DirectMemory<T>& m) {
  // Vectors may reach behind the last pixel.
  T* to = aligned(m.copy, box.images * copy.image + 64);
  for (std::int64_t n = 0; n < box.images; ++n) {
    copy_image(c, box, copy, x + n * image_step, to + n * copy.image);
  }
  return to;
}

inline void find_taps(const Correlation& c, const DirectCopy& copy,
                      std::vector<DirectTap>& taps) {
  const auto& [z, y, w] = c.axes;
  const auto ny = static_cast<std::int64_t>(y.remainders.size());
  const auto nw = static_cast<std::int64_t>(w.remainders.size());
  taps.clear();
  for (const auto& a : z.taps) {
    for (const auto& b : y.taps) {
      for (const auto& d : w.taps) {
        taps.push_back(
            {a.kernel * c.kernel_steps[0] + b.kernel * c.kernel_steps[1] +
                 d.kernel * c.kernel_steps[2],
             ((a.phase * ny + b.phase) * nw + d.phase) * copy.phase +
                 (a.shift * copy.extent[1] + b.shift) * copy.extent[2] +
                 d.shift});
      }
    }
  }
}

}  // namespace weft
