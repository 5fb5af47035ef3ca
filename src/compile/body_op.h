#pragma once

// What a scan or cond is once its bodies are programs: computations after all
// passes, and where their inputs come from and their results go.

#include <functional>
#include <memory>
#include <vector>

#include "src/compile/ir.h"

namespace weft::passes {

class BodyOp final : public Op {
 public:
  /// A value that a step of a loop hands on to the next.
  struct Carry {
    std::int32_t first = -1;    ///< the node's input
    std::int32_t result = -1;   ///< the body's output
    std::int32_t last = -1;     ///< the node's output, or -1
    std::int32_t history = -1;  ///< the node's output of all carries, or -1
  };
  struct Result {
    std::int32_t from = -1;  ///< the body's output
    std::int32_t to = -1;    ///< the node's output
  };
  /// Where an input of a body comes from.
  struct Source {
    enum class Kind : std::uint8_t { carry, row, whole };
    Kind kind = Kind::whole;
    std::int32_t index = -1;  ///< of a carry, else of the node's input
  };
  struct Part {
    std::shared_ptr<const Ir> ir;
    std::vector<Source> sources;  ///< by Ir::inputs
    std::vector<Result> results;  ///< not those of carries
  };

  bool is_loop = false;
  std::vector<Part> parts;  ///< one of a loop; two of a cond
  std::vector<Carry> carries;
  bool reverse = false;
  Shape length;  ///< the number of steps of a loop
  bool may_throw = false;

  std::string_view name() const override { return is_loop ? "scan" : "cond"; }
  std::vector<Attribute> attributes() const override { return {}; }
  OpTraits traits() const override {
    OpTraits t;
    t.throws = may_throw;
    t.has_body = true;
    t.variadic = true;
    return t;
  }
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
  double flops(const Work&) const override { return 0; }
  const void* object() const override { return this; }
  std::vector<Sample> samples() const override { return {}; }
};

using Pass = std::function<void(Ir&)>;

/// Gives scans and conds the programs of their bodies, with no more results
/// than are read: after `optimise`, each output is made by a node in memory of
/// its own, and then `fuse` runs.
void bind_bodies(Ir& ir, const Pass& optimise, const Pass& fuse);

}  // namespace weft::passes
