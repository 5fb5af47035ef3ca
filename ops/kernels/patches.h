#pragma once

// Patches of images as columns of matrices, a block of positions at a time.

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "weft/shape.h"

namespace weft {

/// The sizes of a convolution, with three spatial axes: leading ones of size 1.
struct PatchPlan {
  using Three = std::array<std::int64_t, 3>;
  Three in{1, 1, 1}, out{1, 1, 1}, kernel{1, 1, 1};
  Three stride{1, 1, 1}, before{0, 0, 0}, dilation{1, 1, 1};
  std::int64_t images = 0, groups = 1;
  std::int64_t in_channels = 0, out_channels = 0;  ///< of one group

  std::int64_t pixels() const { return in[0] * in[1] * in[2]; }
  std::int64_t positions() const { return out[0] * out[1] * out[2]; }
  std::int64_t kernel_size() const { return kernel[0] * kernel[1] * kernel[2]; }
  /// Rows of the matrix of patches of one group.
  std::int64_t depth() const { return in_channels * kernel_size(); }
  /// True if an image of one group is its own matrix of patches.
  bool is_plain() const {
    return kernel_size() == 1 && in == out && stride == Three{1, 1, 1} &&
           before == Three{0, 0, 0};
  }
  /// Positions in a block whose patches stay in cache.
  std::int64_t block() const {
    constexpr std::int64_t kElements = 32 * 1024;
    const std::int64_t n = kElements / std::max<std::int64_t>(1, depth());
    return std::max<std::int64_t>(48, n / 16 * 16);
  }
  std::int64_t blocks() const { return (positions() + block() - 1) / block(); }
};

/// Memory of this thread for a block of patches, kept from call to call.
template <class T>
T* patch_memory(std::int64_t elements);

/// Element (channel, kernel offset; position) of `patches`, for channels
/// [c0, c1) of an image and positions [p0, p1), in rows of p1 − p0.
template <class T>
void gather_patches(const PatchPlan& plan, const T* image, std::int64_t c0,
                    std::int64_t c1, std::int64_t p0, std::int64_t p1,
                    T* patches);

/// The transpose: adds the elements of such a matrix to the image.
template <class T>
void add_patches(const PatchPlan& plan, const T* patches, std::int64_t c0,
                 std::int64_t c1, std::int64_t p0, std::int64_t p1, T* image);

}  // namespace weft
