#include "src/runtime/group_kernel.h"

#include <algorithm>
#include <cstring>

#include "src/runtime/scratch.h"

namespace weft::runtime {

namespace {

constexpr std::int64_t kRegisterBytes = 24 * 1024;  // of the L1 data cache
constexpr std::int64_t kPartElements = 16 * 1024;
constexpr std::size_t kMaxSlots = 1536;

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

/// Elements to advance along each axis of `shape` when reading `input`.
std::vector<std::int64_t> broadcast_strides(const Shape& input,
                                            const Shape& shape) {
  std::vector<std::int64_t> strides(static_cast<std::size_t>(shape.rank()));
  std::int64_t stride = 1;
  for (int i = input.rank(); i-- > 0;) {
    const int axis = i + shape.rank() - input.rank();
    if (input.dim(i) != 1) strides[static_cast<std::size_t>(axis)] = stride;
    stride *= input.dim(i);
  }
  return strides;
}

/// The position after which each instruction's result is not read any more.
std::vector<std::size_t> last_reads(const passes::Group& group) {
  std::vector<std::size_t> last(group.code.size());
  for (std::size_t i = 0; i < group.code.size(); ++i) {
    last[i] = i;
    for (const passes::Operand& o : group.code[i].operands) {
      if (!o.external) last[static_cast<std::size_t>(o.index)] = i;
    }
  }
  return last;
}

}  // namespace

GroupKernel::GroupKernel(const passes::Group& group,
                         std::span<const Shape> inputs, const Shape& shape,
                         const std::vector<bool>& deferred)
    : input_count_(inputs.size()) {
  collapse(inputs, shape);
  assign_slots(group, deferred);
  const std::int64_t total = rows_ * columns_;
  parts_ = std::max<std::int64_t>(
      1, std::min(rows_ > 1 ? rows_ : total / 1024, total / kPartElements));
}

/// Merges neighbouring axes along which every input advances alike.
void GroupKernel::collapse(std::span<const Shape> inputs, const Shape& shape) {
  std::vector<std::vector<std::int64_t>> all;
  for (const Shape& s : inputs) all.push_back(broadcast_strides(s, shape));
  strides_.assign(inputs.size(), {});
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const auto a = static_cast<std::size_t>(axis);
    const std::int64_t extent = shape.dim(axis);
    if (extent == 1) continue;
    bool merge = !extents_.empty();
    for (std::size_t i = 0; merge && i < all.size(); ++i) {
      merge = strides_[i].back() == all[i][a] * extent;
    }
    if (merge) {
      extents_.back() *= extent;
    } else {
      extents_.push_back(extent);
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (merge) {
        strides_[i].back() = all[i][a];
      } else {
        strides_[i].push_back(all[i][a]);
      }
    }
  }
  if (extents_.empty()) {
    extents_.push_back(1);
    for (auto& s : strides_) s.push_back(0);
  }
  columns_ = extents_.back();
  for (std::size_t i = 0; i + 1 < extents_.size(); ++i) rows_ *= extents_[i];
}

/// Gives every instruction's result a place: the output's memory, or a register
/// that is free again after the last instruction that reads it. Returns each
/// instruction's slot.
std::vector<std::int32_t> GroupKernel::place_results(
    const passes::Group& group, const std::vector<bool>& deferred) {
  std::vector<std::int32_t> result_of(group.code.size(), -1);
  auto last = last_reads(group);
  for (std::size_t r = 0; r < group.results.size(); ++r) {
    const auto i = static_cast<std::size_t>(group.results[r]);
    if (deferred[r]) {
      last[i] = group.code.size();  // kept until all instructions are done
    } else {
      result_of[i] = static_cast<std::int32_t>(r);
    }
  }
  std::vector<std::int32_t> slot_of(group.code.size());
  std::vector<std::int32_t> free;  // register numbers
  for (std::size_t i = 0; i < group.code.size(); ++i) {
    const auto bytes = static_cast<std::uint8_t>(size_of(group.code[i].dtype));
    Slot slot{-1, 0, bytes, true};
    if (result_of[i] >= 0) {
      slot.buffer = static_cast<std::int32_t>(input_count_) + result_of[i];
    } else if (!free.empty()) {
      slot.offset = free.back();
      free.pop_back();
    } else {
      slot.offset = static_cast<std::int32_t>(registers_++);
    }
    slot_of[i] = static_cast<std::int32_t>(slots_.size());
    slots_.push_back(slot);
    // Freed only after this result has its register: no operand is overwritten
    // by the instruction that reads it.
    auto release = [&](std::size_t k) {
      const Slot& used = slots_[static_cast<std::size_t>(slot_of[k])];
      const bool known =
          std::find(free.begin(), free.end(), used.offset) != free.end();
      if (last[k] == i && used.buffer < 0 && !known) {
        free.push_back(used.offset);
      }
    };
    for (const passes::Operand& o : group.code[i].operands) {
      if (!o.external) release(static_cast<std::size_t>(o.index));
    }
    release(i);
  }
  return slot_of;
}

void GroupKernel::assign_slots(const passes::Group& group,
                               const std::vector<bool>& deferred) {
  for (std::size_t i = 0; i < input_count_; ++i) {
    slots_.push_back({static_cast<std::int32_t>(i), 0,
                      static_cast<std::uint8_t>(size_of(group.inputs[i])),
                      strides_[i].back() != 0});
  }
  const std::vector<std::int32_t> slot_of = place_results(group, deferred);
  for (std::size_t i = 0; i < group.code.size(); ++i) {
    const passes::Instruction& in = group.code[i];
    Step step{};
    std::vector<DType> types;
    for (std::size_t k = 0; k < in.operands.size(); ++k) {
      const passes::Operand& o = in.operands[k];
      const auto index = static_cast<std::size_t>(o.index);
      step.operands[k] = o.external ? o.index : slot_of[index];
      types.push_back(o.external ? group.inputs[index]
                                 : group.code[index].dtype);
      if (o.external && !slots_[index].moves) step.scalars |= 1U << k;
    }
    step.run = in.op ? in.op->tile(types, in.dtype) : copy_of(in.dtype);
    step.op = in.op ? in.op->object() : nullptr;
    step.result = slot_of[i];
    steps_.push_back(step);
  }
  for (std::size_t r = 0; r < group.results.size(); ++r) {
    if (!deferred[r]) continue;
    const auto from = static_cast<std::size_t>(group.results[r]);
    const DType t = group.code[from].dtype;
    slots_.push_back({static_cast<std::int32_t>(input_count_ + r), 0,
                      static_cast<std::uint8_t>(size_of(t)), true});
    steps_.push_back({copy_of(t),
                      nullptr,
                      {slot_of[from], 0, 0},
                      static_cast<std::int32_t>(slots_.size() - 1),
                      0});
  }
  tile_ = kRegisterBytes / (8 * std::max<std::int64_t>(4, registers_));
  tile_ = std::clamp<std::int64_t>(tile_ / 64 * 64, 64, 1024);
  for (Slot& s : slots_) {
    if (s.buffer < 0) s.offset *= static_cast<std::int32_t>(tile_ * 8);
  }
}

void GroupKernel::run(std::int64_t part, const Buffer* inputs,
                      const Buffer* outputs) const {
  if (rows_ == 0 || columns_ == 0) return;
  char* bases[kMaxSlots];
  for (std::size_t i = 0; i < input_count_; ++i) {
    bases[i] = static_cast<char*>(inputs[i].data);
  }
  for (const Slot& s : slots_) {
    const auto b = static_cast<std::size_t>(s.buffer);
    if (s.buffer < 0 || b < input_count_) continue;
    bases[b] = static_cast<char*>(outputs[b - input_count_].data);
  }
  if (rows_ > 1) {
    const std::int64_t first = rows_ * part / parts_;
    run_rows(first, rows_ * (part + 1) / parts_ - first, 0, columns_, bases);
  } else {
    // Borders at whole cache lines, so that parts never share one.
    auto border = [&](std::int64_t p) {
      return p == parts_ ? columns_ : columns_ * p / parts_ / 64 * 64;
    };
    run_rows(0, 1, border(part), border(part + 1), bases);
  }
}

void GroupKernel::run_rows(std::int64_t row, std::int64_t rows,
                           std::int64_t begin, std::int64_t end,
                           char* const* bases) const {
  const void* current[kMaxSlots];
  std::int64_t offsets[kMaxSlots];
  char* registers = static_cast<char*>(
      thread_scratch(static_cast<std::size_t>(registers_ * tile_ * 8)));
  for (std::size_t s = 0; s < slots_.size(); ++s) {
    if (slots_[s].buffer < 0) current[s] = registers + slots_[s].offset;
  }
  for (std::int64_t r = row; r < row + rows; ++r) {
    for (std::size_t i = 0; i < input_count_; ++i) {
      std::int64_t rest = r, offset = 0;
      for (std::size_t axis = extents_.size() - 1; axis-- > 0;) {
        offset += rest % extents_[axis] * strides_[i][axis];
        rest /= extents_[axis];
      }
      offsets[i] = offset;
    }
    for (std::int64_t t = begin; t < end; t += tile_) {
      for (std::size_t s = 0; s < slots_.size(); ++s) {
        const Slot& slot = slots_[s];
        if (slot.buffer < 0) continue;
        const auto b = static_cast<std::size_t>(slot.buffer);
        const std::int64_t at = b < input_count_
                                    ? offsets[b] + (slot.moves ? t : 0)
                                    : r * columns_ + t;
        current[s] = bases[b] + at * slot.bytes;
      }
      run_tile(current, std::min(tile_, end - t));
    }
  }
}

void GroupKernel::run_tile(const void* const* slots, std::int64_t n) const {
  for (const Step& s : steps_) {
    const void* operands[3] = {slots[s.operands[0]], slots[s.operands[1]],
                               slots[s.operands[2]]};
    s.run(s.op, operands, const_cast<void*>(slots[s.result]), n, s.scalars);
  }
}

}  // namespace weft::runtime
