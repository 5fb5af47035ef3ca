#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

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
  /// Random numbers of a stream at the current step.
  Philox random(std::uint64_t stream) const {
    return Philox(seed_, stream, step_);
  }
  /// The sizes that the symbolic dimensions have in this run.
  const SymbolSizes& symbols() const { return *symbols_; }

  std::int64_t tile_ = 0;
  std::int64_t tiles_ = 1;
  void* scratch_ = nullptr;
  const SymbolSizes* symbols_ = nullptr;
  Seed seed_;
  std::uint64_t step_ = 0;
};

}  // namespace weft
