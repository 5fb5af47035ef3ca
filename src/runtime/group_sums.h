#pragma once

// Sums over the rows, or over all elements, of what a group computes. Each part
// of the group adds up its own share, in an order that the shape fixes; the
// shares are joined in the order of the parts when all are done.

#include <cstdint>
#include <vector>

#include "weft/dtype.h"

namespace weft::runtime {

class GroupSum {
 public:
  /// Over rows: one sum for each of so many columns; over all if negative.
  GroupSum(DType dtype, std::int64_t columns)
      : dtype_(dtype), columns_(columns) {}

  /// Bytes that one part needs.
  std::int64_t share_bytes() const;
  void start(void* share) const;
  /// Adds n elements, which begin at the given column and row of the part.
  /// `row` counts the rows that the part has added so far.
  void add(void* share, const void* x, std::int64_t n, std::int64_t column,
           std::int64_t row) const;
  void end(void* share) const;
  /// Writes the sums of `parts` shares, which are `distance` bytes apart.
  void join(const void* shares, std::int64_t parts, std::int64_t distance,
            void* result) const;

 private:
  std::int64_t width() const { return columns_ >= 0 ? columns_ : 1; }

  DType dtype_;
  std::int64_t columns_;
};

/// Reduces each of `rows` rows of `columns` neighbours to one element.
using RowReduction = void (*)(const void* x, void* y, std::int64_t rows,
                              std::int64_t columns);
RowReduction row_sum(DType dtype);
RowReduction row_max(DType dtype);
RowReduction row_min(DType dtype);
/// Repeats each of `rows` elements, of so many bytes, `columns` times.
RowReduction row_spread(std::size_t bytes);

}  // namespace weft::runtime
