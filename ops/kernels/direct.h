#pragma once

// The inner loops of convolutions that read pixels where they lie: in a copy of
// part of an image, whose rows and planes are so far apart that every offset of
// the kernel (a tap) is one distance in memory for all pixels.

#include <cstdint>

namespace weft {

struct DirectTap {
  std::int64_t weight, pixel;  ///< distances from the first of a channel
};

// C(i, v) = sum over channels c and taps t of
// a[i row_step + c channel_step + t.weight] x[from[v] + c plane + t.pixel],
// where v counts vectors of `lanes` neighbours. Each element is one chain of
// multiply-adds from zero in order of c and t.
template <class T>
struct DirectProduct {
  std::int64_t rows = 0, channels = 0, taps = 0, vectors = 0;
  const T* a = nullptr;
  std::int64_t row_step = 0, channel_step = 0;
  const DirectTap* tap = nullptr;
  const T* x = nullptr;
  std::int64_t plane = 0;
  const std::int64_t* from = nullptr;  // of each vector, in x
  const std::int64_t* to = nullptr;    // … and in a row of C
  T* c = nullptr;
  std::int64_t ldc = 0;
  bool add = false;  // C += instead
};

// Sizes of the vectors over whose lanes sums run, whatever the processor has:
// the same bits everywhere.
template <class T>
inline constexpr std::int64_t direct_sum_lanes =
    64 / static_cast<std::int64_t>(sizeof(T));

// sum(i, d) += the sum over vectors v of direct_sum_lanes neighbours of
// y[i ldy + v lanes + l] x[pixel[d] + from[v] + l]. Only elements of x whose
// mask is not zero count.
template <class T>
struct DirectSums {
  std::int64_t rows = 0, depth = 0, vectors = 0;
  const T* y = nullptr;  // 64-byte aligned for speed
  std::int64_t ldy = 0;
  const T* x = nullptr;
  const std::int64_t* pixel = nullptr;
  const std::int64_t* from = nullptr;
  const void* mask = nullptr;  // bits of all vectors' lanes; null: all ones
  T* sum = nullptr;            // rows x depth
};

template <class T>
struct DirectSet {
  void (*product)(const DirectProduct<T>&) = nullptr;
  void (*sums)(const DirectSums<T>&) = nullptr;
  // to[j to_step + i] = from[i from_step + j] for i < rows, j < columns.
  void (*transpose)(std::int64_t rows, std::int64_t columns, const T* from,
                    std::int64_t from_step, T* to,
                    std::int64_t to_step) = nullptr;
  std::int64_t lanes = 0;
};
struct DirectSets {
  DirectSet<float> f32;
  DirectSet<double> f64;
};

DirectSets direct_avx512();
DirectSets direct_avx2();
DirectSets direct_baseline();

/// Of the instruction set that gemm uses.
template <class T>
const DirectSet<T>& direct_set();

}  // namespace weft
