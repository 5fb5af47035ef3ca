#include "src/runtime/evaluate.h"

#include "src/runtime/group_kernel.h"
#include "src/runtime/nothing.h"
#include "weft/error.h"

namespace weft::runtime {

namespace {

std::vector<Buffer> buffers_of(std::vector<Tensor>& tensors) {
  std::vector<Buffer> all;
  for (Tensor& t : tensors) all.push_back({t.raw(), &t.shape()});
  return all;
}

void run_elementwise(const Op& op, std::span<const Type> types,
                     const Buffer* in, const Type& out, const Buffer* result,
                     Context context) {
  passes::Group group;
  passes::Instruction only;
  // The group only borrows the op: it does not outlive this call.
  only.op = passes::instruction_op(OpPtr(OpPtr(), &op));
  only.dtype = out.dtype;
  std::vector<Shape> shapes;
  for (std::size_t i = 0; i < types.size(); ++i) {
    only.operands.push_back({true, static_cast<std::int32_t>(i)});
    group.inputs.push_back({types[i].dtype, false});
    shapes.push_back(types[i].shape);
  }
  group.code.push_back(only);
  group.results = {{0, passes::Extent::all}};
  GroupKernel kernel(group, shapes, out.shape);
  kernel.bind(group, {false});
  const SymbolSizes symbols;
  context.symbols_ = &symbols;
  const GroupMemory memory{in, result, nullptr, nullptr, &context};
  for (std::int64_t p = 0; p < kernel.parts(); ++p) kernel.run(p, memory);
}

void run_kernel(const Op& op, std::span<const Type> in_types,
                const std::vector<Type>& out_types, Context context,
                const std::vector<Buffer>& in, const std::vector<Buffer>& out) {
  std::vector<DType> ins, outs;
  for (const Type& t : in_types) ins.push_back(t.dtype);
  for (const Type& t : out_types) outs.push_back(t.dtype);
  const KernelFn kernel = op.kernel(ins, outs);
  if (!kernel) throw GraphError("[eval] no kernel for " + to_string(op));
  if (makes_nothing(op, out_types)) return;
  const SymbolSizes symbols;
  const Work work{in_types, out_types, &symbols};
  Tensor scratch(DType::boolean, Shape{Dim(op.scratch(work))});
  context.symbols_ = &symbols;
  context.scratch_ = scratch.raw();
  context.tiles_ = op.tiles(work);
  for (context.tile_ = 0; context.tile_ < context.tiles_; ++context.tile_) {
    kernel(op.object(), context, in.data(), in.size(), out.data(), out.size());
  }
  context.tile_ = 0;
  if (const KernelFn finish = op.finish(ins, outs)) {
    finish(op.object(), context, in.data(), in.size(), out.data(), out.size());
  }
}

std::vector<Tensor> evaluate_in(const Op& op, std::vector<Tensor> inputs,
                                const std::vector<Type>& outputs,
                                const Context& context) {
  std::vector<Tensor> results;
  if (op.traits().alias) {
    results.push_back(inputs[0].reshape(outputs[0].shape));
    return results;
  }
  for (const Type& t : outputs) results.emplace_back(t.dtype, t.shape);
  std::vector<Type> types;
  for (const Tensor& t : inputs) types.push_back(t.type());
  const auto in = buffers_of(inputs), out = buffers_of(results);
  if (passes::is_elementwise(op)) {
    run_elementwise(op, types, in.data(), outputs[0], out.data(), context);
  } else {
    run_kernel(op, types, outputs, context, in, out);
  }
  return results;
}

}  // namespace

std::vector<Tensor> evaluate(const Op& op, const std::vector<Tensor>& inputs,
                             const std::vector<Type>& outputs) {
  return evaluate_in(op, inputs, outputs, Context());
}

Tensor run_initializer(const Op& op, const Type& type, Seed seed,
                       std::string_view path) {
  Context context;
  context.seed_ = seed;
  // Streams of paths must not meet those of random ops, which count from 0.
  context.step_ = stable_hash(path);
  const std::vector<Type> found = op.infer({});
  if (found.size() != 1 || found[0] != type) {
    throw ShapeError("[initialize] '" + std::string(path) + "' is " +
                     to_string(type) + ", its initializer " + to_string(op) +
                     " makes " +
                     (found.empty() ? "nothing" : to_string(found[0])));
  }
  return evaluate_in(op, {}, {type}, context).front();
}

}  // namespace weft::runtime
