#pragma once

// A group of ops, bound to concrete shapes.

#include <vector>

#include "src/compile/group.h"
#include "src/runtime/group_code.h"
#include "weft/context.h"
#include "weft/view.h"

namespace weft::runtime {

/// The memory that a group runs on.
struct GroupMemory {
  const Buffer* inputs = nullptr;
  const Buffer* outputs = nullptr;
  void* scratch = nullptr;  ///< of the size that `scratch_bytes` says
  void* block = nullptr;    ///< the host's block, if it is in local memory
  const Context* context = nullptr;
};

/// A group of one instruction over all elements at once: a single call.
struct DirectCall {
  TileFn run = nullptr;  ///< null if the group is not like that
  const void* op = nullptr;
  std::int64_t n = 0;
  unsigned scalars = 0;
  std::int32_t operands[4] = {};  ///< of the group's inputs
};

class GroupKernel {
 public:
  /// `blocks`: those after which the group runs, if it has a host; they are
  /// its parts then.
  GroupKernel(const passes::Group& group, std::span<const Shape> inputs,
              const Shape& shape, std::vector<Block> blocks = {});
  /// True if the group may run after each of these blocks.
  static bool may_follow(const passes::Group& group,
                         const std::vector<Block>& blocks, const Shape& shape);

  /// Chooses the instructions' places; see `bind_code`.
  void bind(const passes::Group& group, const std::vector<bool>& deferred);

  DirectCall direct() const;

  /// Fixed pieces that the work is cut into.
  std::int64_t parts() const { return parts_; }
  const std::vector<Block>& blocks() const { return blocks_; }
  std::int64_t scratch_bytes() const { return parts_ * share_bytes_; }
  void run(std::int64_t part, const GroupMemory& memory) const;
  /// Joins the sums, after all parts.
  bool has_finish() const { return !sums_.empty(); }
  void finish(const GroupMemory& memory) const;

 private:
  struct Run;

  void add_sums(const passes::Group& group);
  Block block_of(std::int64_t part) const;
  void run_pieces(Run& run) const;
  void run_rows(Run& run) const;
  void find_memory(Run& run) const;
  void move_to(std::int64_t row, std::int64_t rows, std::int64_t column,
               Run& run) const;
  void fill(std::size_t slot, std::int64_t row, std::int64_t rows,
            Run& run) const;
  void run_tile(Run& run, std::int64_t rows, std::int64_t columns) const;

  std::vector<Block> blocks_;    ///< of the host
  std::vector<Block> in_shape_;  ///< the same as blocks of shape_
  GroupShape shape_;
  Tiling tiling_ = Tiling::pieces;
  std::vector<TileSum> sums_;
  GroupCode code_;
  std::int32_t host_input_ = -1;
  std::int64_t parts_ = 1;
  std::int64_t share_bytes_ = 0;  ///< of one part's sums
};

}  // namespace weft::runtime
