#pragma once

#include <cstdint>
#include <vector>

#include "weft/shape.h"

namespace random_graphs {

using Index = std::vector<std::int64_t>;

/// Calls f(index) for each place of a shape in row-major order.
template <class F>
void each_place(const weft::Shape& shape, F f) {
  Index at(static_cast<std::size_t>(shape.rank()), 0);
  for (std::int64_t left = shape.elements(); left > 0; --left) {
    f(at);
    for (std::size_t axis = at.size(); axis-- > 0;) {
      if (++at[axis] < shape.dim(static_cast<int>(axis))) break;
      at[axis] = 0;
    }
  }
}

/// The number of a place in row-major order. An index that is longer than the
/// shape has more axes in front, and an axis of size 1 is read again and again:
/// broadcasting.
inline std::size_t place(const Index& at, const weft::Shape& shape) {
  std::int64_t n = 0;
  const std::size_t skipped =
      at.size() - static_cast<std::size_t>(shape.rank());
  for (int i = 0; i < shape.rank(); ++i) {
    const std::int64_t size = shape.dim(i);
    n = n * size + (size == 1 ? 0 : at[skipped + static_cast<std::size_t>(i)]);
  }
  return static_cast<std::size_t>(n);
}

}  // namespace random_graphs
