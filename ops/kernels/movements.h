#pragma once

// Ops that move elements, of which functions of indexing.h and spatial.h are
// made.

#include <cstdint>
#include <vector>

#include "weft/value.h"

namespace weft {

/// (…, m, n) → (…, k): the elements of row i and column i + offset.
Value take_diagonal(Value x, std::int64_t offset);
/// (…, k) → (…, m, n), zero but for that diagonal.
Value put_diagonal(Value x, std::int64_t offset, std::int64_t m,
                   std::int64_t n);
/// Each element `shift` places on, the last ones first; 0 ≤ shift ≤ size.
Value roll_axis(Value x, int axis, std::int64_t shift);
/// Each element of the axis so many times, one after the other.
Value repeat_axis(Value x, int axis, std::int64_t times);

/// An axis of sums of elements of another: the j-th is the sum of the next
/// counts[j] of the elements `from`, each times its weight.
struct Samplings {
  std::vector<std::int64_t> counts, from;
  std::vector<double> weights;
  void add(std::int64_t place, double weight) {
    from.push_back(place);
    weights.push_back(weight);
  }
};
/// x with such an axis in the place of one whose size is a number.
Value resample(Value x, int axis, const Samplings& samplings);

/// How windows lie on the last one to three axes.
struct PatchAxes {
  std::vector<std::int64_t> window, stride, before, dilation;
};
/// (n, c, …) → (n, c·elements of a window, windows): the elements under each
/// window, zero beside the image.
Value take_patches(Value image, const PatchAxes& axes);
/// The transpose: (n, c·elements, windows) → (n, c, sizes…), with the elements
/// at each place added.
Value sum_patches(Value columns, const PatchAxes& axes,
                  const std::vector<std::int64_t>& sizes);

}  // namespace weft
