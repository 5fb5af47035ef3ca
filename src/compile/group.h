#pragma once

// A group of elementwise ops that runs as one kernel: a short list of vector
// instructions over tiles that stay in the first-level cache. All results have
// the group's shape; external inputs may be broadcast to it.

#include <utility>
#include <vector>

#include "weft/op.h"

namespace weft::passes {

/// An operand of an instruction: external input k, or result of instruction k.
struct Operand {
  bool external = false;
  std::int32_t index = 0;
};

struct Instruction {
  OpPtr op;  ///< null: copy the operand
  std::vector<Operand> operands;
  DType dtype = DType::f32;  ///< of the result
};

/// True for the ops that groups are made of: elementwise ones, and expand,
/// which is a copy there.
inline bool is_elementwise(const Op& op) {
  return op.traits().elementwise || op.name() == "expand";
}

/// The op of an instruction: null for a copy.
inline OpPtr instruction_op(OpPtr op) {
  return op->traits().elementwise ? std::move(op) : nullptr;
}

class Group final : public Op {
 public:
  std::vector<Instruction> code;
  std::vector<DType> inputs;          ///< dtypes of the external inputs
  std::vector<std::int32_t> results;  ///< instructions that are outputs
  Shape shape;                        ///< may be symbolic

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
           static_cast<double>(work.outputs[0].shape.elements());
  }
  const void* object() const override { return this; }
  std::vector<Sample> samples() const override { return {}; }
};

}  // namespace weft::passes
