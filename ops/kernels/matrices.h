#pragma once

// Arrays of matrices: the last two axes.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "weft/error.h"
#include "weft/ops.h"

namespace weft {

inline Value swap_last(Value x) {
  std::vector<std::int64_t> order;
  for (int i = 0; i < x.rank(); ++i) order.push_back(i);
  std::swap(order[order.size() - 1], order[order.size() - 2]);
  return transpose(x, order);
}

/// Rows and columns of matrices, and how many there are.
struct Matrices {
  std::int64_t rows, columns, count = 1;
  explicit Matrices(const Shape& a)
      : rows(a.dim(a.rank() - 2)), columns(a.dim(a.rank() - 1)) {
    for (int i = 0; i + 2 < a.rank(); ++i) count *= a.dim(i);
  }
  std::int64_t least() const { return std::min(rows, columns); }
};

/// Throws ShapeError unless the last two axes are sizes.
inline void check_matrices(std::string_view op, const Shape& a) {
  const int r = a.rank();
  if (r >= 2 && !a[r - 1].is_symbolic() && !a[r - 2].is_symbolic()) return;
  throw ShapeError("[" + std::string(op) +
                   "] takes matrices of known size in the last two axes, got " +
                   to_string(a));
}

/// `a` without its last two axes, and with those given.
inline Shape with_last(const Shape& a, std::initializer_list<std::int64_t> to) {
  Shape out;
  for (int i = 0; i + 2 < a.rank(); ++i) out.push_back(a[i]);
  for (const std::int64_t n : to) out.push_back(n);
  return out;
}

/// Scratch memory of as many tiles as there are matrices and work for them.
inline std::int64_t matrix_tiles(const Work& work, double flops_of_one) {
  const std::int64_t count = Matrices(work.inputs[0].shape).count;
  const double all = static_cast<double>(count) * flops_of_one;
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(all / 1e5), 1,
                                  std::max<std::int64_t>(1, count));
}

}  // namespace weft
