#pragma once

// The instructions of a group, bound to loops, with a place for every operand.

#include <vector>

#include "src/runtime/group_shape.h"
#include "src/runtime/group_sums.h"
#include "weft/op.h"

namespace weft::runtime {

/// Where an operand or result lives while a tile is computed.
struct Slot {
  enum class Kind : std::uint8_t {
    reg,       ///< in a register
    moving,    ///< in memory that advances with the tiles
    fixed,     ///< in an input of one element
    gathered,  ///< in a register that each tile is copied to
    repeated   ///< in a register that all tiles share: rows that are alike
  };
  Kind kind = Kind::reg;
  std::uint8_t bytes = 0;    ///< of one element
  std::int32_t buffer = -1;  ///< of inputs, then outputs
  std::int64_t offset = 0;   ///< of a register, in bytes
  bool per_row = false;      ///< gathered: one element a row
};

/// A slot in memory that moves with the tiles: at (row, column) it points
/// row · row_bytes + column · column_bytes behind its base.
struct MovingSlot {
  std::int32_t slot = 0;
  std::int32_t buffer = 0;
  std::int64_t row_bytes = 0;  ///< negative: ask the shape, rows are uneven
  std::int64_t column_bytes = 0;
};

/// One loop over a tile.
struct TileStep {
  TileFn run = nullptr;
  RowReduction reduce = nullptr;  ///< or spread, instead of `run`
  GenerateFn generate = nullptr;  ///< instead of both
  const void* op = nullptr;
  std::int32_t operands[4] = {};
  std::int32_t result = 0;
  unsigned scalars = 0;
  bool per_row = false;  ///< over the rows' elements
};

/// A sum of what a slot holds after each tile.
struct TileSum {
  GroupSum sum;
  std::int32_t slot = 0;
  std::int32_t output = 0;
  bool per_row = false;
  std::int64_t offset = 0;  ///< in a part's share of the scratch memory
};

struct GroupCode {
  std::vector<Slot> slots;
  std::vector<MovingSlot> moving;
  std::vector<std::int32_t> gathered;  ///< slots
  std::vector<TileStep> steps;
  std::int64_t tile = 0;       ///< elements
  std::int64_t tile_rows = 1;  ///< more than one: tiles of whole rows
  std::int64_t register_bytes = 0;
};

/// How a tile is cut from the group's rows.
enum class Tiling : std::uint8_t {
  pieces,  ///< parts of one row
  row,     ///< one row
  rows     ///< several rows
};

/// `sums[i].slot` holds the instruction on entry, its slot afterwards.
/// `deferred[r]`: result r is written only after all instructions of a tile,
/// because it shares memory with an input that is read later.
GroupCode bind_code(const passes::Group& group, const GroupShape& shape,
                    Tiling tiling, const std::vector<bool>& deferred,
                    std::vector<TileSum>& sums);

}  // namespace weft::runtime
