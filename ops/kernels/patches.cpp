#include "ops/kernels/patches.h"

namespace weft {

namespace {

/// f(first pixel, distance of pixels, first column, count) for each run of
/// positions in [p0, p1) whose pixel under kernel offset k is in the image, and
/// skip(first column, count) for those beside it.
template <class Inside, class Outside>
void for_runs(const PatchPlan& g, const PatchPlan::Three& k, std::int64_t p0,
              std::int64_t p1, Inside inside, Outside outside) {
  const std::int64_t width = g.out[2], s = g.stride[2];
  const std::int64_t shift = k[2] * g.dilation[2] - g.before[2];
  // Columns of an output row under which there are pixels.
  const std::int64_t low =
      std::clamp<std::int64_t>(shift >= 0 ? 0 : (-shift + s - 1) / s, 0, width);
  const std::int64_t room = g.in[2] - shift;
  const std::int64_t high =
      std::clamp<std::int64_t>(room <= 0 ? 0 : (room + s - 1) / s, low, width);
  for (std::int64_t p = p0; p < p1;) {
    const std::int64_t column = p % width, row = p / width;
    const std::int64_t end = std::min(width, column + p1 - p);
    const std::int64_t z =
        row / g.out[1] * g.stride[0] + k[0] * g.dilation[0] - g.before[0];
    const std::int64_t y =
        row % g.out[1] * g.stride[1] + k[1] * g.dilation[1] - g.before[1];
    const bool row_inside = z >= 0 && z < g.in[0] && y >= 0 && y < g.in[1];
    const std::int64_t a = row_inside ? std::clamp(low, column, end) : end;
    const std::int64_t b = row_inside ? std::clamp(high, a, end) : end;
    const std::int64_t at = p - p0 - column;  // of column 0 of this row
    if (a > column) outside(at + column, a - column);
    if (b > a) {
      inside((z * g.in[1] + y) * g.in[2] + a * s + shift, s, at + a, b - a);
    }
    if (end > b) outside(at + b, end - b);
    p += end - column;
  }
}

/// f(channel, kernel offset, row) for each row of the matrix of patches.
template <class F>
void for_rows(const PatchPlan& g, std::int64_t c0, std::int64_t c1, F f) {
  std::int64_t row = 0;
  for (std::int64_t c = c0; c < c1; ++c) {
    for (std::int64_t z = 0; z < g.kernel[0]; ++z) {
      for (std::int64_t y = 0; y < g.kernel[1]; ++y) {
        for (std::int64_t x = 0; x < g.kernel[2]; ++x) {
          f(c, PatchPlan::Three{z, y, x}, row++);
        }
      }
    }
  }
}

}  // namespace

template <class T>
T* patch_memory(std::int64_t elements) {
  static thread_local std::vector<T> memory;
  const auto n = static_cast<std::size_t>(elements);
  if (memory.size() < n) memory.resize(n);
  return memory.data();
}

template <class T>
void gather_patches(const PatchPlan& plan, const T* image, std::int64_t c0,
                    std::int64_t c1, std::int64_t p0, std::int64_t p1,
                    T* patches) {
  for_rows(plan, c0, c1,
           [&](std::int64_t c, const PatchPlan::Three& k, std::int64_t row) {
             const T* from = image + c * plan.pixels();
             T* to = patches + row * (p1 - p0);
             auto inside = [&](std::int64_t pixel, std::int64_t step,
                               std::int64_t column, std::int64_t count) {
               if (step == 1) {
                 std::copy_n(from + pixel, count, to + column);
                 return;
               }
               for (std::int64_t i = 0; i < count; ++i) {
                 to[column + i] = from[pixel + i * step];
               }
             };
             for_runs(plan, k, p0, p1, inside,
                      [&](std::int64_t column, std::int64_t count) {
                        std::fill_n(to + column, count, T(0));
                      });
           });
}

template <class T>
void add_patches(const PatchPlan& plan, const T* patches, std::int64_t c0,
                 std::int64_t c1, std::int64_t p0, std::int64_t p1, T* image) {
  for_rows(plan, c0, c1,
           [&](std::int64_t c, const PatchPlan::Three& k, std::int64_t row) {
             T* to = image + c * plan.pixels();
             const T* from = patches + row * (p1 - p0);
             auto inside = [&](std::int64_t pixel, std::int64_t step,
                               std::int64_t column, std::int64_t count) {
               for (std::int64_t i = 0; i < count; ++i) {
                 to[pixel + i * step] += from[column + i];
               }
             };
             for_runs(plan, k, p0, p1, inside,
                      [](std::int64_t, std::int64_t) {});
           });
}

template float* patch_memory<float>(std::int64_t);
template double* patch_memory<double>(std::int64_t);
template void gather_patches(const PatchPlan&, const float*, std::int64_t,
                             std::int64_t, std::int64_t, std::int64_t, float*);
template void gather_patches(const PatchPlan&, const double*, std::int64_t,
                             std::int64_t, std::int64_t, std::int64_t, double*);
template void add_patches(const PatchPlan&, const float*, std::int64_t,
                          std::int64_t, std::int64_t, std::int64_t, float*);
template void add_patches(const PatchPlan&, const double*, std::int64_t,
                          std::int64_t, std::int64_t, std::int64_t, double*);

}  // namespace weft
