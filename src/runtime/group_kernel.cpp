#include "src/runtime/group_kernel.h"

#include <algorithm>
#include <cstring>

#include "src/runtime/scratch.h"

namespace weft::runtime {

namespace {

constexpr std::int64_t kPartElements = 16 * 1024;
constexpr std::int64_t kShortRow = 1024;  // below it, tiles take several
constexpr std::size_t kMaxSlots = 2048;

bool needs_rows(const passes::Group& group) {
  for (const passes::GroupResult& r : group.results) {
    if (r.extent == passes::Extent::columns) return true;
  }
  return group.has_rows();
}

bool are_whole_rows(const std::vector<Block>& blocks, const Shape& shape) {
  const std::int64_t n = shape.rank() == 0 ? 1 : shape.dim(shape.rank() - 1);
  return std::all_of(blocks.begin(), blocks.end(),
                     [&](const Block& b) { return b.columns == n; });
}

/// The blocks, of rows of `width`, as blocks of the longer rows of `shape`;
/// empty if they are not whole rows there.
std::vector<Block> longer_rows(const std::vector<Block>& blocks,
                               std::int64_t width, const GroupShape& shape) {
  std::vector<Block> longer;
  for (const Block& b : blocks) {
    const std::int64_t first = b.row * width, n = b.rows * width;
    if (shape.rows == 1) {
      longer.push_back({0, 1, first, n});
    } else if (shape.columns > 0 && first % shape.columns == 0 &&
               n % shape.columns == 0) {
      longer.push_back(
          {first / shape.columns, n / shape.columns, 0, shape.columns});
    } else {
      return {};
    }
  }
  return longer;
}

/// The shape, whose rows are those of the host's blocks or, where these are
/// whole and nothing is summed, as long as the inputs allow.
GroupShape shape_of(const passes::Group& group, std::span<const Shape> inputs,
                    const Shape& shape, const std::vector<Block>& blocks,
                    std::vector<Block>& in_shape) {
  in_shape = blocks;
  const bool sums = std::any_of(
      group.results.begin(), group.results.end(),
      [](const auto& r) { return r.extent != passes::Extent::all; });
  if (!blocks.empty() && !sums && !group.has_rows() &&
      are_whole_rows(blocks, shape)) {
    const GroupShape merged(group, inputs, shape, false);
    std::vector<Block> longer =
        longer_rows(blocks, blocks.front().columns, merged);
    if (!longer.empty()) {
      in_shape = std::move(longer);
      return merged;
    }
  }
  return GroupShape(group, inputs, shape, needs_rows(group) || !blocks.empty());
}

}  // namespace

/// What one call of `run` works on.
struct GroupKernel::Run {
  // No member initialisers for the arrays: they would cost more than a tile.
  Run(const GroupMemory& m, const Block& b) : memory(m), block(b) {}
  const GroupMemory& memory;
  const Block block;
  char* share = nullptr;  ///< of the scratch memory
  char* registers = nullptr;
  std::int64_t rows_done = 0;
  std::int64_t row = 0, column = 0;  ///< of the current tile
  struct Moving {
    char* base;
    std::int64_t row_bytes;
  };
  Moving moving[kMaxSlots];
  const void* current[kMaxSlots];
};

GroupKernel::GroupKernel(const passes::Group& group,
                         std::span<const Shape> inputs, const Shape& shape,
                         std::vector<Block> blocks)
    : blocks_(std::move(blocks)),
      shape_(shape_of(group, inputs, shape, blocks_, in_shape_)),
      host_input_(group.host_input) {
  const bool whole_rows = group.has_rows();
  const bool short_rows = shape_.columns < kShortRow && shape_.rows > 1 &&
                          are_whole_rows(blocks_, shape);
  if (short_rows) {
    tiling_ = Tiling::rows;
  } else if (whole_rows) {
    tiling_ = Tiling::row;
  }
  const std::int64_t total = shape_.rows * shape_.columns;
  parts_ = static_cast<std::int64_t>(blocks_.size());
  if (blocks_.empty()) {
    const std::int64_t most = shape_.rows > 1 ? shape_.rows : total / 1024;
    parts_ = std::max<std::int64_t>(1, std::min(most, total / kPartElements));
  }
  add_sums(group);
}

bool GroupKernel::may_follow(const passes::Group& group,
                             const std::vector<Block>& blocks,
                             const Shape& shape) {
  return !group.has_rows() || are_whole_rows(blocks, shape);
}

void GroupKernel::add_sums(const passes::Group& group) {
  for (std::size_t r = 0; r < group.results.size(); ++r) {
    const passes::GroupResult& result = group.results[r];
    if (result.extent == passes::Extent::all) continue;
    const passes::Instruction& in =
        group.code[static_cast<std::size_t>(result.instruction)];
    const bool columns = result.extent == passes::Extent::columns;
    TileSum sum{GroupSum(in.dtype, columns ? shape_.columns : -1),
                result.instruction, static_cast<std::int32_t>(r),
                in.space == passes::Space::row, share_bytes_};
    share_bytes_ += sum.sum.share_bytes();
    sums_.push_back(sum);
  }
}

void GroupKernel::bind(const passes::Group& group,
                       const std::vector<bool>& deferred) {
  code_ = bind_code(group, shape_, tiling_, deferred, sums_);
}

DirectCall GroupKernel::direct() const {
  const bool simple = code_.steps.size() == 1 && sums_.empty() && parts_ == 1 &&
                      shape_.rows == 1 && blocks_.empty() &&
                      tiling_ == Tiling::pieces;
  if (!simple) return {};
  const TileStep& step = code_.steps.front();
  DirectCall call{step.run, step.op, shape_.columns, step.scalars, {}};
  for (std::size_t k = 0; k < 4; ++k) {
    const auto s = static_cast<std::size_t>(step.operands[k]);
    call.operands[k] = std::max(0, code_.slots[s].buffer);
  }
  return call;
}

Block GroupKernel::block_of(std::int64_t part) const {
  if (!in_shape_.empty()) return in_shape_[static_cast<std::size_t>(part)];
  if (parts_ == 1) return {0, shape_.rows, 0, shape_.columns};
  if (shape_.rows > 1 || tiling_ != Tiling::pieces) {
    const std::int64_t first = shape_.rows * part / parts_;
    return {first, shape_.rows * (part + 1) / parts_ - first, 0,
            shape_.columns};
  }
  // Borders at whole cache lines, so that parts never share one.
  auto border = [&](std::int64_t p) {
    return p == parts_ ? shape_.columns : shape_.columns * p / parts_ / 64 * 64;
  };
  return {0, shape_.rows, border(part), border(part + 1) - border(part)};
}

void GroupKernel::run(std::int64_t part, const GroupMemory& memory) const {
  Run run(memory, block_of(part));
  run.share = static_cast<char*>(memory.scratch) + part * share_bytes_;
  for (const TileSum& s : sums_) s.sum.start(run.share + s.offset);
  find_memory(run);
  if (tiling_ == Tiling::pieces) {
    run_pieces(run);
  } else {
    run_rows(run);
  }
  for (const TileSum& s : sums_) s.sum.end(run.share + s.offset);
}

/// Points every slot to its memory, and copies what all tiles share.
void GroupKernel::find_memory(Run& run) const {
  run.registers = static_cast<char*>(
      thread_scratch(static_cast<std::size_t>(code_.register_bytes)));
  const GroupMemory& m = run.memory;
  for (std::size_t s = 0; s < code_.slots.size(); ++s) {
    const Slot& slot = code_.slots[s];
    if (slot.kind == Slot::Kind::fixed) {
      // A host of one element lies in its block, as any other host does.
      run.current[s] =
          m.block && slot.buffer == host_input_
              ? m.block
              : m.inputs[static_cast<std::size_t>(slot.buffer)].data;
    } else {
      run.current[s] = run.registers + slot.offset;
    }
    if (slot.kind == Slot::Kind::repeated) {
      fill(s, 0, std::min(code_.tile_rows, run.block.rows), run);
    }
  }
  const auto inputs = static_cast<std::int32_t>(shape_.inputs.size());
  for (std::size_t i = 0; i < code_.moving.size(); ++i) {
    const MovingSlot& slot = code_.moving[i];
    Run::Moving& to = run.moving[i];
    to.row_bytes = slot.row_bytes;
    if (m.block && slot.buffer == host_input_) {
      // As if the block lay in the whole matrix.
      const std::int64_t bytes =
          code_.slots[static_cast<std::size_t>(slot.slot)].bytes;
      to.row_bytes = run.block.columns * bytes;
      to.base = static_cast<char*>(m.block) - run.block.row * to.row_bytes -
                run.block.column * bytes;
      continue;
    }
    to.base = static_cast<char*>(
        slot.buffer < inputs
            ? m.inputs[static_cast<std::size_t>(slot.buffer)].data
            : m.outputs[static_cast<std::size_t>(slot.buffer - inputs)].data);
  }
}

void GroupKernel::finish(const GroupMemory& memory) const {
  for (const TileSum& s : sums_) {
    s.sum.join(static_cast<const char*>(memory.scratch) + s.offset, parts_,
               share_bytes_,
               memory.outputs[static_cast<std::size_t>(s.output)].data);
  }
}

void GroupKernel::run_pieces(Run& run) const {
  const Block& block = run.block;
  const std::int64_t end = block.column + block.columns;
  for (std::int64_t r = block.row; r < block.row + block.rows; ++r) {
    for (std::int64_t c = block.column; c < end; c += code_.tile) {
      move_to(r, 1, c, run);
      run_tile(run, 1, std::min(code_.tile, end - c));
    }
    ++run.rows_done;
  }
}

void GroupKernel::run_rows(Run& run) const {
  const std::int64_t end = run.block.row + run.block.rows;
  for (std::int64_t r = run.block.row; r < end; r += code_.tile_rows) {
    const std::int64_t rows = std::min(code_.tile_rows, end - r);
    move_to(r, rows, 0, run);
    run_tile(run, rows, shape_.columns);
    run.rows_done += rows;
  }
}

/// Points what moves to the tile that begins at (row, column).
void GroupKernel::move_to(std::int64_t row, std::int64_t rows,
                          std::int64_t column, Run& run) const {
  run.row = row;
  run.column = column;
  for (std::size_t i = 0; i < code_.moving.size(); ++i) {
    const MovingSlot& slot = code_.moving[i];
    const Run::Moving& at = run.moving[i];
    std::int64_t offset = row * at.row_bytes;
    if (at.row_bytes < 0) {
      const auto bytes = code_.slots[static_cast<std::size_t>(slot.slot)].bytes;
      offset =
          shape_.row_offset(static_cast<std::size_t>(slot.buffer), row) * bytes;
    }
    run.current[slot.slot] = at.base + offset + column * slot.column_bytes;
  }
  for (std::int32_t s : code_.gathered) {
    fill(static_cast<std::size_t>(s), row, rows, run);
  }
}

/// Copies rows of an input that do not lie as the group's elements do.
void GroupKernel::fill(std::size_t s, std::int64_t row, std::int64_t rows,
                       Run& run) const {
  const Slot& slot = code_.slots[s];
  const auto i = static_cast<std::size_t>(slot.buffer);
  const auto* from = static_cast<const char*>(run.memory.inputs[i].data);
  char* to = run.registers + slot.offset;
  const std::int64_t bytes = slot.bytes;
  const std::int64_t n = slot.per_row ? 1 : shape_.columns;
  const bool one = !slot.per_row && shape_.inputs[i].column == 0;
  for (std::int64_t r = row; r < row + rows; ++r, to += n * bytes) {
    const char* x = from + shape_.row_offset(i, r) * bytes;
    if (one) {
      row_spread(slot.bytes)(x, to, 1, n);
    } else {
      std::memcpy(to, x, static_cast<std::size_t>(n * bytes));
    }
  }
}

void GroupKernel::run_tile(Run& run, std::int64_t rows,
                           std::int64_t columns) const {
  const std::int64_t n = rows * columns;
  for (const TileStep& s : code_.steps) {
    void* result = const_cast<void*>(run.current[s.result]);
    if (!s.run) {
      if (s.generate) {
        s.generate(s.op, *run.memory.context, result,
                   run.row * (s.per_row ? 1 : shape_.columns) + run.column,
                   s.per_row ? rows : n);
        continue;
      }
      s.reduce(run.current[s.operands[0]], result, rows, columns);
      continue;
    }
    const void* operands[4] = {
        run.current[s.operands[0]], run.current[s.operands[1]],
        run.current[s.operands[2]], run.current[s.operands[3]]};
    s.run(s.op, operands, result, s.per_row ? rows : n, s.scalars);
  }
  for (const TileSum& s : sums_) {
    s.sum.add(run.share + s.offset, run.current[s.slot], s.per_row ? rows : n,
              run.column, run.rows_done);
  }
}

}  // namespace weft::runtime
