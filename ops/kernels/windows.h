#pragma once

#include <cstdint>
#include <vector>

#include "weft/indexing.h"
#include "weft/value.h"

namespace weft {

/// Windows along one axis: elements begins[i] … ends[i] − 1.
struct Windows {
  std::vector<std::int64_t> begins, ends;
};

/// The sums of the windows of an axis.
Value window_sum(Value x, int axis, const Windows& windows);
/// The greatest element of each window over the last axes, none of which may
/// be empty, and where it lies (i32), counted in row-major order over these
/// axes. Ties: the first; NaN counts most.
Sorted window_max(Value x, const std::vector<Windows>& windows,
                  const std::vector<std::int64_t>& dilation);

}  // namespace weft
