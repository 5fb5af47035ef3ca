#pragma once

#include "ops/kernels/direct_run.h"
#include "weft/op.h"

namespace weft {

/// How the results of a convolution, y or with `backward` x, are cut into
/// items, and these into tiles.
class ConvTiles {
 public:
  ConvTiles(const PatchPlan& plan, bool backward);

  bool is_direct() const { return is_direct_; }
  const DirectWork& direct() const { return direct_; }
  std::int64_t count() const;
  /// The first item of a tile, of `count` tiles.
  std::int64_t begin(std::int64_t tile, std::int64_t count) const;
  /// The results of a tile as rows of the last axis; of −1 rows where they do
  /// not lie after each other.
  Block block(std::int64_t tile, std::int64_t count) const;

 private:
  /// True if tiles consist of whole units, so that they are blocks.
  bool by_units() const { return units() >= kUnits || unit_ == 1; }
  std::int64_t units() const { return items_ / unit_; }

  static constexpr std::int64_t kUnits = 4;  // enough for some threads
  PatchPlan plan_;
  DirectWork direct_;
  bool is_direct_ = false, backward_ = false;
  std::int64_t items_ = 0, unit_ = 1;  // items, and of results without gaps
};

}  // namespace weft
