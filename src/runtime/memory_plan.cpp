// Offsets of values in the arena. Two values may share memory only if every
// reader of the one is done before the writer of the other starts, in every
// order that the schedule allows: for a program that runs in parallel that
// means there is a path of dependencies, for a serial one that it comes
// earlier.

#include <algorithm>
#include <map>
#include <numeric>

#include "src/runtime/instance.h"

namespace weft::runtime {

namespace {

constexpr std::int64_t kAlignment = 64;

/// A piece of the arena: a value, or the scratch memory of a step.
struct Block {
  std::int64_t bytes = 0;
  std::size_t writer = 0;            ///< step
  std::vector<std::size_t> readers;  ///< steps, ascending
  std::int32_t value = -1;           ///< or -1 for scratch
  std::int64_t offset = -1;
};

/// For each step the set of steps that are done before it starts.
class Ancestors {
 public:
  explicit Ancestors(const Instance& instance)
      : parallel_(instance.parallel),
        words_((instance.steps.size() + 63) / 64) {
    if (!parallel_) return;
    bits_.resize(words_ * instance.steps.size());
    for (std::size_t s = 0; s < instance.steps.size(); ++s) {
      for (std::int32_t t : instance.steps[s].successors) {
        const auto to = static_cast<std::size_t>(t);
        for (std::size_t w = 0; w < words_; ++w) {
          bits_[to * words_ + w] |= bits_[s * words_ + w];
        }
        bits_[to * words_ + s / 64] |= std::uint64_t{1} << (s % 64);
      }
    }
  }
  bool before(std::size_t a, std::size_t b) const {
    if (!parallel_) return a < b;
    return (bits_[b * words_ + a / 64] >> (a % 64)) & 1U;
  }

 private:
  bool parallel_;
  std::size_t words_;
  std::vector<std::uint64_t> bits_;
};

class MemoryPlan {
 public:
  MemoryPlan(Instance& instance, const passes::Ir& ir)
      : instance_(instance), ir_(ir), ancestors_(instance) {}

  void plan(bool reuse) {
    collect();
    if (!reuse) {
      for (Block& b : blocks_) place_at_end(b);
    } else if (blocks_.size() <= 2048) {
      fit_by_size();
    } else {
      fit_by_time();
    }
    for (const Block& b : blocks_) {
      if (b.value >= 0) {
        instance_.places[static_cast<std::size_t>(b.value)].offset = b.offset;
      } else {
        instance_.steps[b.writer].scratch_offset = b.offset;
      }
    }
    instance_.arena_bytes = end_;
    instance_.least_bytes = lower_bound();
  }

 private:
  /// The most that lives at one step in the order of the steps, a result in
  /// the place of an input counted once: no plan for this order needs less.
  std::int64_t lower_bound() const {
    const std::size_t n = instance_.steps.size();
    std::vector<std::int64_t> begins(n + 1), ends(n + 1);
    std::vector<std::vector<std::size_t>> dying(n);
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      const Block& b = blocks_[i];
      begins[b.writer] += b.bytes;
      if (kept_[i]) continue;
      ends[b.readers.back()] += b.bytes;
      dying[b.readers.back()].push_back(i);
    }
    std::vector<std::int64_t> shared(n);
    std::vector<bool> used(blocks_.size());
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      for (std::size_t d : dying[blocks_[i].writer]) {
        if (used[d] || d == i || !in_place(d, i)) continue;
        used[d] = true;
        shared[blocks_[i].writer] += blocks_[i].bytes;
        break;
      }
    }
    std::int64_t live = 0, most = 0;
    for (std::size_t s = 0; s < n; ++s) {
      live += begins[s];
      most = std::max(most, live - shared[s]);
      live -= ends[s];
    }
    return most;
  }

  void collect() {
    std::vector<std::int32_t> block_of(ir_.values.size(), -1);
    for (std::size_t s = 0; s < instance_.steps.size(); ++s) {
      const Step& step = instance_.steps[s];
      for (std::int32_t v : step.outputs) {
        if (instance_.places[static_cast<std::size_t>(v)].kind !=
            Place::Kind::arena) {
          continue;
        }
        const Type& t = instance_.types[static_cast<std::size_t>(v)];
        block_of[static_cast<std::size_t>(v)] =
            static_cast<std::int32_t>(blocks_.size());
        add(t.shape.elements() * static_cast<std::int64_t>(size_of(t.dtype)), s,
            v);
      }
      if (step.scratch_bytes > 0) add(step.scratch_bytes, s, -1);
    }
    auto block = [&](std::int32_t v) {
      return block_of[static_cast<std::size_t>(
          instance_.root[static_cast<std::size_t>(v)])];
    };
    for (std::size_t s = 0; s < instance_.steps.size(); ++s) {
      for (std::int32_t v : instance_.steps[s].inputs) {
        const std::int32_t b = block(v);
        if (b >= 0) blocks_[static_cast<std::size_t>(b)].readers.push_back(s);
      }
    }
    for (std::int32_t v : ir_.outputs) {  // read after the run
      const std::int32_t b = block(v);
      if (b >= 0) kept(blocks_[static_cast<std::size_t>(b)]) = true;
    }
  }

  void add(std::int64_t bytes, std::size_t writer, std::int32_t value) {
    Block b;
    b.bytes = (std::max<std::int64_t>(bytes, 1) + kAlignment - 1) / kAlignment *
              kAlignment;
    b.writer = writer;
    b.readers = {writer};
    b.value = value;
    blocks_.push_back(std::move(b));
    kept_.push_back(false);
  }
  std::vector<bool>::reference kept(const Block& b) {
    return kept_[static_cast<std::size_t>(&b - blocks_.data())];
  }

  /// True if all uses of a end before b is written; with `reuse`, its last use
  /// may be the step that writes b in its place.
  bool dead_before(std::size_t a, std::size_t b, bool reuse) const {
    if (kept_[a]) return false;
    for (std::size_t r : blocks_[a].readers) {
      if (r == blocks_[b].writer ? !(reuse && in_place(a, b))
                                 : !ancestors_.before(r, blocks_[b].writer)) {
        return false;
      }
    }
    return true;
  }

  /// True if the step that writes b may put it where it reads a: elementwise,
  /// with equal size and no broadcasting of a.
  bool in_place(std::size_t a, std::size_t b) const {
    const Block& from = blocks_[a];
    const Block& to = blocks_[b];
    if (from.value < 0 || to.value < 0 || from.writer == to.writer) {
      return false;
    }
    const Step& step = instance_.steps[to.writer];
    const Type& x = instance_.types[static_cast<std::size_t>(from.value)];
    const Type& y = instance_.types[static_cast<std::size_t>(to.value)];
    if (size_of(x.dtype) != size_of(y.dtype) ||
        x.shape.elements() != y.shape.elements()) {
      return false;
    }
    if (step.group_op) return group_in_place(step, from.value, to.value);
    auto is_from = [&](std::int32_t v) {
      return instance_.root[static_cast<std::size_t>(v)] == from.value;
    };
    return step.op && step.op->traits().in_place &&
           step.outputs[0] == to.value && is_from(step.inputs[0]) &&
           std::none_of(step.inputs.begin() + 1, step.inputs.end(), is_from);
  }

  /// A group may, for a result of its full shape, unless the op before it reads
  /// what would be overwritten.
  bool group_in_place(const Step& step, std::int32_t from,
                      std::int32_t to) const {
    for (std::int32_t v : step.op_inputs) {
      if (instance_.root[static_cast<std::size_t>(v)] == from) return false;
    }
    for (std::size_t r = 0; r < step.group_outputs.size(); ++r) {
      if (step.group_outputs[r] != to) continue;
      const passes::GroupResult& result = step.group_op->results[r];
      const auto i = static_cast<std::size_t>(result.instruction);
      return result.extent == passes::Extent::all &&
             step.group_op->code[i].space == passes::Space::full;
    }
    return false;
  }

  /// True if blocks a, to be placed at `offset`, and b may not have that place:
  /// in-place writers need exactly their input's place.
  bool collides(std::size_t a, std::int64_t offset, std::size_t b) const {
    const Block& other = blocks_[b];
    if (other.offset + other.bytes <= offset ||
        other.offset >= offset + blocks_[a].bytes) {
      return false;
    }
    const bool reuse = offset == other.offset;
    return !dead_before(a, b, reuse) && !dead_before(b, a, reuse);
  }

  void place_at_end(Block& b) {
    b.offset = end_;
    end_ += b.bytes;
  }

  /// Largest first, each at the lowest offset that no living block has.
  void fit_by_size() {
    std::vector<std::size_t> order(blocks_.size());
    std::iota(order.begin(), order.end(), 0U);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) {
                       return blocks_[a].bytes > blocks_[b].bytes;
                     });
    std::vector<std::size_t> placed;  // by offset
    for (std::size_t b : order) {
      blocks_[b].offset = lowest_offset(b, placed);
      end_ = std::max(end_, blocks_[b].offset + blocks_[b].bytes);
      placed.insert(std::upper_bound(placed.begin(), placed.end(), b,
                                     [&](std::size_t x, std::size_t y) {
                                       return blocks_[x].offset <
                                              blocks_[y].offset;
                                     }),
                    b);
    }
  }

  /// The lowest offset where block b meets no living one; `placed` by offset.
  std::int64_t lowest_offset(std::size_t b,
                             const std::vector<std::size_t>& placed) const {
    std::int64_t offset = 0;
    bool shares = false;  // a place that is right at this offset alone
    for (std::size_t i = 0; i < placed.size();) {
      const Block& other = blocks_[placed[i]];
      if (other.offset >= offset + blocks_[b].bytes) break;
      if (!collides(b, offset, placed[i])) {
        shares = shares || other.offset == offset;
        ++i;
        continue;
      }
      offset = other.offset + other.bytes;
      // What was passed lies below, unless it was shared.
      i = shares ? 0 : i + 1;
      shares = false;
    }
    return offset;
  }

  /// For large programs, which are serial: blocks of equal size are handed on
  /// in the order of the steps.
  void fit_by_time() {
    std::vector<std::vector<std::size_t>> dying(instance_.steps.size());
    std::map<std::int64_t, std::vector<std::int64_t>> free;
    std::size_t next = 0;
    for (std::size_t s = 0; s < instance_.steps.size(); ++s) {
      for (; next < blocks_.size() && blocks_[next].writer == s; ++next) {
        Block& b = blocks_[next];
        auto& offsets = free[b.bytes];
        if (offsets.empty() || instance_.parallel) {
          place_at_end(b);
        } else {
          b.offset = offsets.back();
          offsets.pop_back();
        }
        if (!kept_[next]) dying[b.readers.back()].push_back(next);
      }
      for (std::size_t d : dying[s]) {
        free[blocks_[d].bytes].push_back(blocks_[d].offset);
      }
    }
  }

  Instance& instance_;
  const passes::Ir& ir_;
  Ancestors ancestors_;
  std::vector<Block> blocks_;
  std::vector<bool> kept_;
  std::int64_t end_ = 0;
};

}  // namespace

void plan_memory(Instance& instance, const passes::Ir& ir, bool reuse) {
  MemoryPlan(instance, ir).plan(reuse);
}

}  // namespace weft::runtime
