#pragma once

// How a group's elements lie in memory: as rows of columns, with each input's
// distances.

#include <vector>

#include "src/compile/group.h"

namespace weft::runtime {

/// Elements to advance in an input; 0 where it is broadcast.
struct InputView {
  std::vector<std::int64_t> outer;  ///< by outer axis
  std::int64_t column = 0;

  bool same_for_all_rows() const;
};

struct GroupShape {
  std::vector<std::int64_t> outer;  ///< extents of the axes that rows are
  std::int64_t rows = 1;
  std::int64_t columns = 1;
  std::vector<InputView> inputs;

  /// Merges neighbouring axes along which every input advances alike; with
  /// `keep_rows` a row stays the last axis.
  GroupShape(const passes::Group& group, std::span<const Shape> inputs,
             const Shape& shape, bool keep_rows);

  /// Where row r of input i begins.
  std::int64_t row_offset(std::size_t i, std::int64_t r) const;
  /// True if rows of input i follow one another, `stride` elements apart.
  bool rows_advance_by(std::size_t i, std::int64_t stride) const;
};

}  // namespace weft::runtime
