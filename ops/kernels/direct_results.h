#pragma once

// From the memory of direct kernels to where results belong.

#include <array>
#include <cstdint>

#include "ops/kernels/direct_plan.h"
#include "ops/kernels/runs.h"

namespace weft {

/// Results of some rows (channels) of a box that are still to be written.
template <class T>
struct DirectResults {
  const T* first = nullptr;  ///< nothing is
  DirectPitches pitch;
  std::int64_t row_length = 0;
  DirectBox box;
  std::array<ResultPlaces, 3> to;

  const T* row(std::int64_t image, std::int64_t r, std::int64_t i,
               std::int64_t j) const {
    return first + r * row_length + image * pitch.image + i * pitch.plane +
           j * pitch.row;
  }
};

/// f(place of the first element, i, j) for each row i, j of a box in its
/// channel.
template <class F>
void for_result_rows(const std::array<ResultPlaces, 3>& to,
                     const DirectBox& box, F f) {
  const auto& [z, y, w] = to;
  const std::int64_t column = w.first + box.first[2] * w.step;
  for (std::int64_t i = 0; i < box.size[0]; ++i) {
    const std::int64_t plane = z.first + (box.first[0] + i) * z.step;
    for (std::int64_t j = 0; j < box.size[1]; ++j) {
      const std::int64_t row = y.first + (box.first[1] + j) * y.step;
      f((plane * y.size + row) * w.size + column, i, j);
    }
  }
}

/// Channels that lie one after the other, and images `image_step` apart.
template <class T>
struct ResultMemory {
  T* first;
  std::int64_t channels, pixels, image_step;

  /// f(image, channel, its first pixel)
  template <class F>
  void for_channels(std::int64_t images, F f) const {
    for (std::int64_t n = 0; n < images; ++n) {
      for (std::int64_t r = 0; r < channels; ++r) {
        f(n, r, first + n * image_step + r * pixels);
      }
    }
  }
};

template <class T>
void write_results(const DirectResults<T>& results,
                   const ResultMemory<T>& memory) {
  if (!results.first) return;
  const DirectBox& box = results.box;
  const std::int64_t width = box.size[2], step = results.to[2].step;
  memory.for_channels(box.images, [&](std::int64_t n, std::int64_t r, T* y) {
    for_result_rows(results.to, box,
                    [&](std::int64_t at, std::int64_t i, std::int64_t j) {
                      const T* from = results.row(n, r, i, j);
                      if (step == 1) {
                        copy_row(from, width, y + at);
                      } else {
                        copy_runs(width, 1, from, 1, y + at, step);
                      }
                    });
  });
}

/// Results of places 0, 2, … and 1, 3, … of the last axis: rows are written
/// at once.
template <class T>
void write_results(const DirectResults<T>& even, const DirectResults<T>& odd,
                   const ResultMemory<T>& memory) {
  const std::int64_t pairs = odd.box.size[2];
  const bool one_more = even.box.size[2] > pairs;
  memory.for_channels(
      even.box.images, [&](std::int64_t n, std::int64_t r, T* y) {
        for_result_rows(even.to, even.box,
                        [&](std::int64_t at, std::int64_t i, std::int64_t j) {
                          const T* a = even.row(n, r, i, j);
                          const T* b = odd.row(n, r, i, j);
                          T* to = y + at;
                          for (std::int64_t k = 0; k < pairs; ++k) {
                            to[2 * k] = a[k];
                            to[2 * k + 1] = b[k];
                          }
                          if (one_more) to[2 * pairs] = a[pairs];
                        });
      });
}

}  // namespace weft
