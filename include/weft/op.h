#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "weft/context.h"
#include "weft/field.h"
#include "weft/value.h"
#include "weft/view.h"

namespace weft {

/// A bound kernel: `forward` of an op for certain dtypes.
using KernelFn = void (*)(const void* op, const Context& context,
                          const Buffer* inputs, std::size_t input_count,
                          const Buffer* outputs, std::size_t output_count);

/// An elementwise op applied to `n` elements. `inputs[i]` advances by one
/// element a step, or stays where bit i of `scalars` is set.
using TileFn = void (*)(const void* op, const void* const* inputs, void* output,
                        std::int64_t n, unsigned scalars);

/// Writes elements begin … begin + n − 1 of an output that has no inputs.
using GenerateFn = void (*)(const void* op, const Context& context,
                            void* output, std::int64_t begin, std::int64_t n);

/// What the passes and the runtime need to know of an op's behaviour.
struct OpTraits {
  bool elementwise = false;  ///< has a TileFn; broadcasts its inputs
  bool alias = false;        ///< output 0 is input 0 with another shape
  bool random = false;       ///< depends on the step: never folded or merged
  bool variadic = false;     ///< any number of inputs
  int inputs = 0;            ///< number of inputs unless variadic
  bool in_place = false;     ///< output 0 may be input 0's memory
  bool throws = false;       ///< its kernel may throw while it runs
  bool blocks = false;       ///< each tile writes one block of a matrix
  bool lowers = false;       ///< has a definition in other ops
  bool generates = false;    ///< has a GenerateFn; takes no inputs
  bool has_body = false;     ///< runs a Body: `compile` gives it a kernel
};

/// Rows and columns of a matrix: output 0 as rows of its last axis.
struct Block {
  std::int64_t row = 0, rows = 0;
  std::int64_t column = 0, columns = 0;
};

struct Sample;

/// An op with its attributes, erased from a plain struct. Immutable.
class Op {
 public:
  virtual ~Op() = default;

  virtual std::string_view name() const = 0;
  virtual std::vector<Attribute> attributes() const = 0;
  virtual OpTraits traits() const = 0;
  /// The types of the outputs. Throws ShapeError or TypeError.
  virtual std::vector<Type> infer(std::span<const Type> inputs) const = 0;
  virtual bool differentiable() const = 0;
  /// The gradients of the inputs, one each, empty where there is none.
  virtual std::vector<Value> vjp(std::span<const Value> inputs,
                                 std::span<const Value> outputs,
                                 std::span<const Value> grads) const = 0;
  /// The kernel for these dtypes; null if the op does not take them.
  virtual KernelFn kernel(std::span<const DType> inputs,
                          std::span<const DType> outputs) const = 0;
  /// Runs once after the last tile of `kernel`; null if there is none.
  virtual KernelFn finish(std::span<const DType> inputs,
                          std::span<const DType> outputs) const = 0;
  /// The elementwise loop for these dtypes; null if there is none.
  virtual TileFn tile(std::span<const DType> inputs, DType output) const = 0;
  /// The loop that makes elements from nothing; null if there is none.
  virtual GenerateFn generator(DType) const { return nullptr; }
  virtual std::int64_t tiles(const Work& work) const = 0;
  virtual std::int64_t scratch(const Work& work) const = 0;
  /// What tile `tile` of an op with `blocks` writes, to `Context::block_of` its
  /// output; `rows` is -1 where the tiles of these sizes are no blocks.
  virtual Block block(const Work&, std::int64_t /*tile*/) const { return {}; }
  /// The same output by other ops, empty if there is no such definition: what
  /// consists of elementwise ops and reductions can be fused.
  virtual Value lower(std::span<const Value>) const { return {}; }
  /// Floating-point operations of one run, for plans and summaries.
  virtual double flops(const Work& work) const = 0;
  /// The struct that this op was made from.
  virtual const void* object() const = 0;
  virtual std::vector<Sample> samples() const = 0;
};

using OpPtr = std::shared_ptr<const Op>;

/// Equal name and attributes.
bool operator==(const Op& a, const Op& b);
std::size_t hash_value(const Op& op);
/// "leaky_relu(slope=0.01)".
std::string to_string(const Op& op);

/// One input of an example: its shape, and what values make sense for it.
struct SampleInput {
  SampleInput(Shape s) : shape(s) {}  // NOLINT: a shape is a sample input
  SampleInput(Shape s, double lo, double hi) : shape(s), low(lo), high(hi) {}
  /// Integers 0 … limit-1 (indices, labels) or booleans.
  static SampleInput integers(Shape s, std::int64_t limit,
                              DType dtype = DType::i32) {
    SampleInput in(s, 0, static_cast<double>(limit));
    in.dtype = dtype;
    return in;
  }
  static SampleInput booleans(Shape s) {
    return integers(s, 2, DType::boolean);
  }
  Shape shape;
  double low = -2;  ///< values are drawn from [low, high) …
  double high = 2;
  std::optional<DType> dtype;  ///< … the op's tested dtype unless given here
  double keep_off = 0;        ///< … and at least this far from every kink …
  std::vector<double> kinks;  ///< … that is listed here
  SampleInput& off(std::vector<double> points, double distance = 0.05) {
    kinks = std::move(points);
    keep_off = distance;
    return *this;
  }
};

/// An example for an op, from which everything that must hold is tested: the
/// inputs, and optionally an op with other attributes than the default ones.
struct Sample {
  Sample(std::initializer_list<SampleInput> in) : inputs(in) {}
  Sample(OpPtr o, std::vector<SampleInput> in)
      : op(std::move(o)), inputs(std::move(in)) {}
  OpPtr op;  ///< null: the op with default attributes
  std::vector<SampleInput> inputs;
  bool smooth = true;  ///< compare gradients with finite differences
};
using Samples = std::vector<Sample>;

}  // namespace weft

#include "weft/detail/op_model.h"

namespace weft {

/// Erases a struct into an op.
template <class T>
OpPtr make_op(T op) {
  return std::make_shared<const detail::OpModel<T>>(std::move(op));
}

/// An example with attributes: `sample(Softplus{.beta = 2}, {Shape{2, 3}})`.
template <class T>
Sample sample(T op, std::vector<SampleInput> inputs) {
  return Sample(make_op(std::move(op)), std::move(inputs));
}

namespace detail {
std::vector<Value> apply_op(OpPtr op, std::vector<Operand> inputs);
}

/// Adds a node with this op to the graph of its operands and returns its
/// outputs. Throws ShapeError, TypeError or GraphError at the operands' line.
template <class T>
std::vector<Value> apply_all(const T& op, std::vector<Operand> inputs) {
  return detail::apply_op(make_op(op), std::move(inputs));
}

/// The same for an op with one output.
template <class T, class... Operands>
Value apply(const T& op, const Operands&... inputs) {
  return detail::apply_op(make_op(op), {Operand(inputs)...}).front();
}

}  // namespace weft
