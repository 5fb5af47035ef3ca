#include "ops/kernels/axes.h"

#include <numeric>

#include "weft/error.h"

namespace weft {

std::vector<int> normalize_axes(const std::vector<std::int64_t>& axes, int rank,
                                std::string_view op) {
  std::vector<int> found;
  if (axes.empty()) {
    found.resize(static_cast<std::size_t>(rank));
    std::iota(found.begin(), found.end(), 0);
    return found;
  }
  for (std::int64_t a : axes) found.push_back(normalize_axis(a, rank, op));
  std::sort(found.begin(), found.end());
  if (std::adjacent_find(found.begin(), found.end()) != found.end()) {
    throw ShapeError("[" + std::string(op) + "] an axis is named twice");
  }
  return found;
}

}  // namespace weft
