#pragma once

// A group of ops that runs as one kernel: a short list of vector instructions
// over tiles that stay in the first-level cache. Results have the group's shape
// (external inputs may be broadcast to it), or one element for each of its rows
// (its last axis reduced), or are sums over all rows or all elements.

#include <utility>
#include <vector>

#include "weft/op.h"

namespace weft::passes {

/// An operand of an instruction: external input k, or result of instruction k.
struct Operand {
  bool external = false;
  std::int32_t index = 0;
};

/// What an instruction's result has elements for.
enum class Space : std::uint8_t {
  full,  ///< every element of the group's shape
  row    ///< every row of it, that is all but the last axis
};

/// How an instruction takes a row of elements to one.
enum class Reduction : std::uint8_t { none, sum, max, min };

struct Instruction {
  OpPtr op;  ///< null: copy the operand, or reduce its rows; may generate
  std::vector<Operand> operands;
  DType dtype = DType::f32;  ///< of the result
  Space space = Space::full;
  Reduction reduction = Reduction::none;  ///< from full to row
};

/// What of an instruction's result leaves the group.
enum class Extent : std::uint8_t {
  all,      ///< each element
  columns,  ///< the sum over the rows
  total     ///< the sum of all elements
};

struct GroupResult {
  std::int32_t instruction = 0;
  Extent extent = Extent::all;
};

/// The longest rows that a group keeps in registers.
inline constexpr std::int64_t kLongestRow = 2048;

/// True for the ops that groups are made of: elementwise ones, those that make
/// elements from nothing, and expand, which is a copy there.
inline bool is_elementwise(const Op& op) {
  const OpTraits traits = op.traits();
  return traits.elementwise || traits.generates || op.name() == "expand";
}

/// The op of an instruction: null for a copy.
inline OpPtr instruction_op(OpPtr op) {
  return op->name() == "expand" ? nullptr : std::move(op);
}

struct GroupInput {
  DType dtype = DType::f32;
  /// Read by instructions of one element per row whose shape lacks the last
  /// axis: so does this input's.
  bool lacks_last = false;
};

class Group final : public Op {
 public:
  std::vector<Instruction> code;
  std::vector<GroupInput> inputs;    ///< the external ones
  std::vector<GroupResult> results;  ///< one for each output
  Shape shape;                       ///< may be symbolic
  /// The external input that the node before this one makes, a matrix product
  /// of the group's shape: the group can run on each of its blocks as soon as
  /// they are done. Negative if there is none.
  std::int32_t host_input = -1;
  bool host_is_local = false;  ///< nobody else reads it

  /// True if rows must be whole while the group runs.
  bool has_rows() const {
    for (const Instruction& i : code) {
      if (i.space == Space::row || i.reduction != Reduction::none) return true;
    }
    return false;
  }

  std::string_view name() const override { return "fused"; }
  std::vector<Attribute> attributes() const override { return {}; }
  OpTraits traits() const override { return {}; }
  std::vector<Type> infer(std::span<const Type>) const override { return {}; }
  bool differentiable() const override { return false; }
  std::vector<Value> vjp(std::span<const Value>, std::span<const Value>,
                         std::span<const Value>) const override {
    return {};
  }
  KernelFn kernel(std::span<const DType>,
                  std::span<const DType>) const override {
    return nullptr;
  }
  KernelFn finish(std::span<const DType>,
                  std::span<const DType>) const override {
    return nullptr;
  }
  TileFn tile(std::span<const DType>, DType) const override { return nullptr; }
  std::int64_t tiles(const Work&) const override { return 1; }
  std::int64_t scratch(const Work&) const override { return 0; }
  double flops(const Work& work) const override {
    return static_cast<double>(code.size()) *
           static_cast<double>(shape.resolve(*work.symbols).elements());
  }
  const void* object() const override { return this; }
  std::vector<Sample> samples() const override { return {}; }
};

}  // namespace weft::passes
