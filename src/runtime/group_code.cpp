#include "src/runtime/group_code.h"

#include <algorithm>
#include <map>

namespace weft::runtime {

namespace {

constexpr std::int64_t kRegisterBytes = 24 * 1024;  // of the L1 data cache

template <class T>
void copy_tile(const void*, const void* const* in, void* out, std::int64_t n,
               unsigned scalars) {
  T* y = static_cast<T*>(out);
  const T* x = static_cast<const T*>(in[0]);
  if (scalars) {
    std::fill(y, y + n, *x);
  } else if (y != x) {
    std::copy(x, x + n, y);
  }
}

TileFn copy_of(DType t) {
  switch (size_of(t)) {
    case 1: return &copy_tile<std::uint8_t>;
    case 4: return &copy_tile<std::uint32_t>;
    default: return &copy_tile<std::uint64_t>;
  }
}

class Binder {
 public:
  Binder(const passes::Group& group, const GroupShape& shape, Tiling tiling,
         const std::vector<bool>& deferred)
      : group_(group), shape_(shape), tiling_(tiling), deferred_(deferred) {}

  GroupCode bind(std::vector<TileSum>& sums) {
    find_last_reads(sums);
    slot_of_.assign(group_.code.size(), -1);
    for (std::size_t i = 0; i < group_.code.size(); ++i) add(i);
    write_deferred();
    for (TileSum& s : sums) s.slot = slot_of_[static_cast<std::size_t>(s.slot)];
    size_tile();
    return std::move(code_);
  }

 private:
  void find_last_reads(const std::vector<TileSum>& sums) {
    const std::size_t n = group_.code.size();
    last_.resize(n);
    output_of_.assign(n, -1);
    for (std::size_t i = 0; i < n; ++i) {
      last_[i] = i;
      for (const passes::Operand& o : group_.code[i].operands) {
        if (!o.external) last_[static_cast<std::size_t>(o.index)] = i;
      }
    }
    for (std::size_t r = 0; r < group_.results.size(); ++r) {
      if (group_.results[r].extent != passes::Extent::all) continue;
      const auto i = static_cast<std::size_t>(group_.results[r].instruction);
      if (deferred_[r]) {
        last_[i] = n;  // kept until all instructions are done
      } else {
        output_of_[i] = static_cast<std::int32_t>(r);
      }
    }
    for (const TileSum& s : sums) last_[static_cast<std::size_t>(s.slot)] = n;
  }

  void add(std::size_t i) {
    const passes::Instruction& in = group_.code[i];
    const bool per_row = in.space == passes::Space::row;
    TileStep step;
    std::vector<DType> types;
    for (std::size_t k = 0; k < in.operands.size(); ++k) {
      bool scalar = false;
      step.operands[k] = operand(in, in.operands[k], scalar);
      if (scalar) step.scalars |= 1U << k;
      types.push_back(dtype_of(in.operands[k]));
    }
    switch (in.reduction) {
      case passes::Reduction::sum: step.reduce = row_sum(in.dtype); break;
      case passes::Reduction::max: step.reduce = row_max(in.dtype); break;
      case passes::Reduction::min: step.reduce = row_min(in.dtype); break;
      case passes::Reduction::none:
        step.generate = in.op ? in.op->generator(in.dtype) : nullptr;
        step.run = in.op ? in.op->tile(types, in.dtype) : copy_of(in.dtype);
        step.op = in.op ? in.op->object() : nullptr;
        step.per_row = per_row;
        break;
    }
    slot_of_[i] = result_slot(i, in.dtype, per_row);
    step.result = slot_of_[i];
    code_.steps.push_back(step);
    for (const passes::Operand& o : in.operands) {
      if (!o.external) release(static_cast<std::size_t>(o.index), i);
    }
    release(i, i);
  }

  DType dtype_of(const passes::Operand& o) const {
    const auto i = static_cast<std::size_t>(o.index);
    return o.external ? group_.inputs[i].dtype : group_.code[i].dtype;
  }

  std::int32_t operand(const passes::Instruction& in, const passes::Operand& o,
                       bool& scalar) {
    const bool reads_row = in.space == passes::Space::row &&
                           in.reduction == passes::Reduction::none;
    if (o.external) return external(o.index, reads_row, scalar);
    const auto i = static_cast<std::size_t>(o.index);
    const bool needs_spread =
        !reads_row && group_.code[i].space == passes::Space::row;
    if (!needs_spread) return slot_of_[i];
    if (tiling_ == Tiling::row) {
      scalar = true;  // the tile has one row
      return slot_of_[i];
    }
    return spread(i);
  }

  /// A register with each row's element repeated along its row.
  std::int32_t spread(std::size_t i) {
    const auto [at, added] = spread_.try_emplace(i, -1);
    if (!added) return at->second;
    const DType t = group_.code[i].dtype;
    at->second = new_register(t);
    TileStep step;
    step.reduce = row_spread(size_of(t));
    step.operands[0] = slot_of_[i];
    step.result = at->second;
    code_.steps.push_back(step);
    return at->second;
  }

  std::int32_t external(std::int32_t input, bool per_row, bool& scalar) {
    const auto i = static_cast<std::size_t>(input);
    const InputView& view = shape_.inputs[i];
    const bool one_column = per_row || shape_.columns == 1;
    const bool alike = shape_.rows == 1 || view.same_for_all_rows();
    const bool one = alike && (one_column || view.column == 0);
    scalar = one || (tiling_ != Tiling::rows && !per_row && view.column == 0);
    const auto [at, added] = external_.try_emplace(
        {input, per_row}, static_cast<std::int32_t>(code_.slots.size()));
    if (!added) return at->second;
    Slot slot;
    slot.buffer = input;
    slot.bytes = static_cast<std::uint8_t>(size_of(group_.inputs[i].dtype));
    slot.per_row = per_row;
    if (one) {
      slot.kind = Slot::Kind::fixed;
    } else if (tiling_ != Tiling::rows || lies_straight(i, per_row)) {
      add_moving(slot, view_stride(i), per_row ? 0 : view.column);
    } else {
      slot.kind = alike ? Slot::Kind::repeated : Slot::Kind::gathered;
      slot.offset = registers_++;
      widest_ = std::max<std::int64_t>(widest_, slot.bytes);
      if (!alike) code_.gathered.push_back(at->second);
    }
    code_.slots.push_back(slot);
    return at->second;
  }

  /// True if elements (or rows' elements) follow one another in input i.
  bool lies_straight(std::size_t i, bool per_row) const {
    if (per_row) return shape_.rows_advance_by(i, 1);
    const std::int64_t column = shape_.inputs[i].column;
    return (shape_.columns == 1 || column == 1) &&
           shape_.rows_advance_by(i, shape_.columns);
  }
  /// Elements between the rows of input i, -1 if that varies.
  std::int64_t view_stride(std::size_t i) const {
    const auto& outer = shape_.inputs[i].outer;
    const std::int64_t stride = outer.empty() ? 0 : outer.back();
    return shape_.rows_advance_by(i, stride) ? stride : -1;
  }

  /// For a slot that is pushed next.
  void add_moving(Slot& slot, std::int64_t row, std::int64_t column) {
    slot.kind = Slot::Kind::moving;
    code_.moving.push_back({static_cast<std::int32_t>(code_.slots.size()),
                            slot.buffer, row < 0 ? -1 : row * slot.bytes,
                            column * slot.bytes});
  }

  /// The output's memory, or a register that is free again after the last
  /// instruction that reads it.
  std::int32_t result_slot(std::size_t i, DType t, bool per_row) {
    if (output_of_[i] < 0) return new_register(t);
    Slot slot;
    slot.bytes = static_cast<std::uint8_t>(size_of(t));
    slot.buffer =
        static_cast<std::int32_t>(shape_.inputs.size()) + output_of_[i];
    add_moving(slot, per_row ? 1 : shape_.columns, per_row ? 0 : 1);
    code_.slots.push_back(slot);
    return static_cast<std::int32_t>(code_.slots.size() - 1);
  }

  std::int32_t new_register(DType t) {
    Slot slot;
    slot.bytes = static_cast<std::uint8_t>(size_of(t));
    widest_ = std::max<std::int64_t>(widest_, slot.bytes);
    if (free_.empty()) {
      slot.offset = registers_++;
    } else {
      slot.offset = free_.back();
      free_.pop_back();
    }
    code_.slots.push_back(slot);
    return static_cast<std::int32_t>(code_.slots.size() - 1);
  }

  /// Only after an instruction's result has its register: no operand is
  /// overwritten by the instruction that reads it.
  void release(std::size_t k, std::size_t now) {
    if (last_[k] != now) return;
    auto free = [&](std::int32_t s) {
      const Slot& used = code_.slots[static_cast<std::size_t>(s)];
      if (used.kind == Slot::Kind::reg &&
          std::find(free_.begin(), free_.end(), used.offset) == free_.end()) {
        free_.push_back(used.offset);
      }
    };
    free(slot_of_[k]);
    const auto at = spread_.find(k);
    if (at != spread_.end()) free(at->second);
  }

  void write_deferred() {
    for (std::size_t r = 0; r < group_.results.size(); ++r) {
      if (!deferred_[r]) continue;
      const auto from = static_cast<std::size_t>(group_.results[r].instruction);
      const passes::Instruction& in = group_.code[from];
      const bool per_row = in.space == passes::Space::row;
      output_of_[from] = static_cast<std::int32_t>(r);
      TileStep step;
      step.run = copy_of(in.dtype);
      step.operands[0] = slot_of_[from];
      step.result = result_slot(from, in.dtype, per_row);
      step.per_row = per_row;
      code_.steps.push_back(step);
    }
  }

  void size_tile() {
    std::int64_t n =
        kRegisterBytes / (widest_ * std::max<std::int64_t>(4, registers_));
    n = std::clamp<std::int64_t>(n / 64 * 64, 64, 2048);
    const std::int64_t columns = std::max<std::int64_t>(1, shape_.columns);
    switch (tiling_) {
      case Tiling::pieces: code_.tile = std::min(n, round_up(columns)); break;
      case Tiling::row: code_.tile = round_up(columns); break;
      case Tiling::rows:
        code_.tile_rows = std::clamp<std::int64_t>(
            n / columns, 1, std::max<std::int64_t>(1, shape_.rows));
        code_.tile = round_up(code_.tile_rows * columns);
        break;
    }
    code_.register_bytes = registers_ * code_.tile * widest_;
    for (Slot& s : code_.slots) s.offset *= code_.tile * widest_;
  }

  /// So that registers begin at cache lines.
  static std::int64_t round_up(std::int64_t n) { return (n + 63) / 64 * 64; }

  const passes::Group& group_;
  const GroupShape& shape_;
  const Tiling tiling_;
  const std::vector<bool>& deferred_;
  GroupCode code_;
  std::vector<std::size_t> last_;        ///< last reader, by instruction
  std::vector<std::int32_t> output_of_;  ///< by instruction; -1: none
  std::vector<std::int32_t> slot_of_;    ///< by instruction
  std::map<std::size_t, std::int32_t> spread_;
  std::map<std::pair<std::int32_t, bool>, std::int32_t> external_;
  std::vector<std::int64_t> free_;  ///< registers
  std::int64_t registers_ = 0;
  std::int64_t widest_ = 1;  ///< bytes of a register's elements
};

}  // namespace

GroupCode bind_code(const passes::Group& group, const GroupShape& shape,
                    Tiling tiling, const std::vector<bool>& deferred,
                    std::vector<TileSum>& sums) {
  return Binder(group, shape, tiling, deferred).bind(sums);
}

}  // namespace weft::runtime
