#pragma once

#include <cstdint>
#include <vector>

#include "weft/value.h"

namespace weft {

/// Windows along one axis: elements begins[i] … ends[i] − 1.
struct Windows {
  std::vector<std::int64_t> begins, ends;
};

/// The sums of the windows of an axis.
Value window_sum(Value x, int axis, const Windows& windows);
/// Where the greatest element of each window over the last axes lies, counted
/// in row-major order over these axes: i32.
Value window_argmax(Value x, const std::vector<Windows>& windows,
                    const std::vector<std::int64_t>& dilation);

}  // namespace weft
