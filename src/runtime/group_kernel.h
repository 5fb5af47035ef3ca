#pragma once

// A group of elementwise ops, bound to concrete shapes.

#include <vector>

#include "src/compile/group.h"
#include "weft/context.h"
#include "weft/view.h"

namespace weft::runtime {

class GroupKernel {
 public:
  /// `deferred[r]`: result r is written only after all instructions of a tile,
  /// because it shares memory with an input that is read later.
  GroupKernel(const passes::Group& group, std::span<const Shape> inputs,
              const Shape& shape, const std::vector<bool>& deferred);

  /// Fixed pieces that the work is cut into.
  std::int64_t parts() const { return parts_; }
  void run(std::int64_t part, const Buffer* inputs,
           const Buffer* outputs) const;

 private:
  /// Where an operand or result lives while a tile is computed: in memory that
  /// moves with the tile, or in a register, which stays.
  struct Slot {
    std::int32_t buffer = -1;  ///< of inputs, then outputs; -1: a register
    std::int32_t offset = 0;   ///< of a register
    std::uint8_t bytes = 0;    ///< of one element
    bool moves = false;        ///< along the innermost axis
  };
  struct Step {
    TileFn run;
    const void* op;
    std::int32_t operands[3];
    std::int32_t result;
    unsigned scalars;
  };

  void collapse(std::span<const Shape> inputs, const Shape& shape);
  std::vector<std::int32_t> place_results(const passes::Group& group,
                                          const std::vector<bool>& deferred);
  void assign_slots(const passes::Group& group,
                    const std::vector<bool>& deferred);
  void run_rows(std::int64_t row, std::int64_t rows, std::int64_t begin,
                std::int64_t end, char* const* bases) const;
  void run_tile(const void* const* slots, std::int64_t n) const;

  std::vector<Slot> slots_;
  std::vector<Step> steps_;
  std::vector<std::int64_t> extents_;  ///< of the collapsed axes
  /// For each input and collapsed axis: elements to advance, 0 if broadcast.
  std::vector<std::vector<std::int64_t>> strides_;
  std::size_t input_count_ = 0;
  std::int64_t rows_ = 1;
  std::int64_t columns_ = 1;
  std::int64_t parts_ = 1;
  std::int64_t tile_ = 0;
  std::int64_t registers_ = 0;
};

}  // namespace weft::runtime
