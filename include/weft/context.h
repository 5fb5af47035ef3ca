#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "weft/random.h"
#include "weft/shape.h"

namespace weft {

/// The concrete types that one kernel works on, before it runs.
struct Work {
  std::span<const Type> inputs;
  std::span<const Type> outputs;
  const SymbolSizes* symbols = nullptr;
};

/// What a kernel may know about its run besides its tensors. A kernel asks for
/// it by taking `const Context&` as first parameter of `forward`.
class Context {
 public:
  /// This call's share of the work: tile `tile()` of `tiles()`.
  std::int64_t tile() const { return tile_; }
  std::int64_t tiles() const { return tiles_; }
  /// The part of [0, n) that belongs to this tile. The borders depend on n and
  /// the number of tiles alone.
  std::int64_t begin(std::int64_t n) const { return n * tile_ / tiles_; }
  std::int64_t end(std::int64_t n) const { return n * (tile_ + 1) / tiles_; }
  /// Memory of the size that the op's `scratch` asked for, shared by its
  /// tiles, 64-byte aligned. Its content is undefined before the first tile.
  template <class T>
  T* scratch() const {
    return static_cast<T*>(scratch_);
  }
  /// Where a tile that writes the block at (row, column) of a matrix with rows
  /// of `columns` elements puts it, and how far apart its rows are there: in
  /// the output, or in memory that holds this block alone.
  template <class T>
  std::pair<T*, std::int64_t> block_of(T* output, std::int64_t row,
                                       std::int64_t column,
                                       std::int64_t columns) const {
    if (!block_) return {output + row * columns + column, columns};
    return {static_cast<T*>(block_) + (row - block_row_) * block_columns_ +
                (column - block_column_),
            block_columns_};
  }
  /// Random numbers of a stream at the current step.
  Philox random(std::uint64_t stream) const {
    return Philox(seed_, stream, step_);
  }
  /// The sizes that the symbolic dimensions have in this run.
  const SymbolSizes& symbols() const { return *symbols_; }

  std::int64_t tile_ = 0;
  std::int64_t tiles_ = 1;
  void* scratch_ = nullptr;
  void* block_ = nullptr;  ///< local memory of the current block, if any
  std::int64_t block_row_ = 0, block_column_ = 0, block_columns_ = 0;
  const SymbolSizes* symbols_ = nullptr;
  Seed seed_;
  std::uint64_t step_ = 0;
};

}  // namespace weft
