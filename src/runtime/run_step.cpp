// Calls the kernels of one step.

#include <cstring>

#include "src/runtime/body_run.h"
#include "src/runtime/instance.h"
#include "src/runtime/scratch.h"

namespace weft::runtime {

namespace {

char* scratch_of(const Instance& instance, const Step& step) {
  return instance.memory + step.scratch_offset;
}

void call(const Instance& instance, const Step& step, KernelFn kernel,
          const Context& context) {
  const Buffer* in = instance.arguments.data() + step.op_argument;
  kernel(step.op->object(), context, in, step.op_inputs.size(),
         in + step.op_inputs.size(), step.op_outputs.size());
}

GroupMemory memory_of(const Instance& instance, const Step& step) {
  const Buffer* in = instance.arguments.data() + step.group_argument;
  return {in, in + step.group_inputs.size(),
          scratch_of(instance, step) + step.group_scratch, nullptr, nullptr};
}

void copy_to_state(const Instance& instance, const Step& step) {
  const Buffer* in = instance.arguments.data() + step.group_argument;
  const Type& t = instance.types[static_cast<std::size_t>(step.inputs[0])];
  std::memcpy(in[1].data, in[0].data,
              static_cast<std::size_t>(t.shape.elements()) * size_of(t.dtype));
}

}  // namespace

void run_part(const Instance& instance, const Step& step, std::int64_t part,
              Context& context) {
  if (const DirectCall& call = step.direct; call.run) {
    const Buffer* in = instance.arguments.data() + step.group_argument;
    const void* operands[4] = {
        in[call.operands[0]].data, in[call.operands[1]].data,
        in[call.operands[2]].data, in[call.operands[3]].data};
    call.run(call.op, operands, in[step.group_input_count].data, call.n,
             call.scalars);
    return;
  }
  if (step.copy_to_state >= 0) {
    copy_to_state(instance, step);
    return;
  }
  if (step.body) {
    const Buffer* in = instance.arguments.data() + step.op_argument;
    step.body->run(in, in + step.op_inputs.size(), scratch_of(instance, step),
                   context);
    return;
  }
  void* local = nullptr;
  if (step.op) {
    context.tile_ = part;
    context.tiles_ = step.parts;
    context.scratch_ = scratch_of(instance, step);
    context.block_ = nullptr;
    if (step.block_bytes > 0) {
      const Block& b = step.group->blocks()[static_cast<std::size_t>(part)];
      local = block_scratch(static_cast<std::size_t>(step.block_bytes));
      context.block_ = local;
      context.block_row_ = b.row;
      context.block_column_ = b.column;
      context.block_columns_ = b.columns;
    }
    call(instance, step, step.kernel, context);
  }
  if (step.group) {
    GroupMemory memory = memory_of(instance, step);
    memory.block = local;
    memory.context = &context;
    step.group->run(part, memory);
  }
}

void finish_step(const Instance& instance, const Step& step, Context& context) {
  if (step.finish) {
    context.tile_ = 0;
    context.tiles_ = step.parts;
    context.scratch_ = scratch_of(instance, step);
    context.block_ = nullptr;
    call(instance, step, step.finish, context);
  }
  if (step.group && step.group->has_finish()) {
    step.group->finish(memory_of(instance, step));
  }
}

}  // namespace weft::runtime
