#pragma once

// A program made concrete: shapes, memory, bound kernels and their order. One
// run uses an instance at a time.

#include <atomic>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

#include "src/compile/ir.h"
#include "src/runtime/group_kernel.h"
#include "weft/context.h"
#include "weft/tensor.h"

namespace weft::runtime {

class BodyRun;

/// One kernel of the program: an op, a group, or an op whose blocks a group
/// follows; or a copy of a value into a state tensor.
struct Step {
  DirectCall direct;               ///< what a small group amounts to
  std::size_t group_argument = 0;  ///< of the group's inputs, then outputs
  std::int64_t parts = 1;
  std::int32_t group_input_count = 0;
  bool has_finish = false;  ///< `finish_step` is to be called after all parts
  OpPtr op;                 ///< null in a step of a group alone
  KernelFn kernel = nullptr;
  KernelFn finish = nullptr;
  std::vector<std::int32_t> op_inputs;   ///< value ids
  std::vector<std::int32_t> op_outputs;  ///< value ids
  std::shared_ptr<BodyRun> body;         ///< of a scan or cond
  std::shared_ptr<const passes::Group> group_op;
  std::unique_ptr<GroupKernel> group;
  std::vector<std::int32_t> group_inputs, group_outputs;  ///< value ids
  /// What the step as a whole reads and writes in memory that others see.
  std::vector<std::int32_t> inputs, outputs;
  std::vector<std::int32_t> after;  ///< values that must be there, unread
  std::size_t op_argument = 0;      ///< of the op's inputs, then outputs
  std::int64_t block_bytes = 0;     ///< of a block that only the group reads
  std::int64_t scratch_bytes = 0;   ///< the group's after the op's
  std::int64_t scratch_offset = 0;
  std::int64_t group_scratch = 0;   ///< where the group's begins in it
  std::int32_t copy_to_state = -1;  ///< index into Ir::states, if a copy
  std::int32_t source = -1;         ///< for messages
  bool throws = false;
  bool writes_state = false;
  double cost = 0;  ///< estimated ns
  double flops = 0, bytes = 0;
  double path = 0;  ///< cost of the longest path from here on
  std::vector<std::int32_t> successors;
  std::int32_t predecessors = 0;
};

/// Where a value's elements live.
struct Place {
  enum class Kind : std::uint8_t {
    unset,
    arena,
    input,
    state,
    constant,
    output  ///< the caller says where: a body's, or a large one's
  };
  Kind kind = Kind::unset;
  std::int32_t index = -1;  ///< of input, state or output
  std::int64_t offset = 0;  ///< in the arena
};

/// Counters of one parallel run.
struct RunState {
  explicit RunState(std::size_t steps)
      : pending(steps), next_part(steps), done_parts(steps), ready(steps) {}
  std::vector<std::atomic<std::int32_t>> pending;
  std::vector<std::atomic<std::int64_t>> next_part;
  std::vector<std::atomic<std::int64_t>> done_parts;
  std::vector<std::atomic<std::int32_t>> ready;  ///< step + 1; 0: not yet
  std::atomic<std::size_t> head{0};
  std::atomic<std::size_t> tail{0};
  std::atomic<std::size_t> done{0};
  std::atomic<bool> claimed{false};  ///< a thread is writing the failure
  std::atomic<bool> failed{false};
  std::exception_ptr error;
  std::int32_t failed_source = -1;
};

/// What a step threw, and which graph node it came from.
struct StepFailure {
  std::exception_ptr error;
  std::int32_t source;
};

class Recorder;

struct Instance {
  SymbolSizes sizes;
  std::vector<Type> types;         ///< of values, concrete
  std::vector<std::int32_t> root;  ///< the value whose memory a value has
  std::vector<Place> places;       ///< of roots
  std::vector<Step> steps;         ///< in a topological order
  std::vector<Buffer> arguments;
  /// For each input and state: the arguments that point to it.
  std::vector<std::vector<std::int32_t>> input_users, state_users, output_users;
  std::vector<void*> input_data, state_data, output_data;
  /// Arguments in the arena, and their offsets.
  std::vector<std::pair<std::int32_t, std::int64_t>> arena_users;
  std::uint64_t state_layout = 0;
  std::vector<std::int32_t> state_entries;  ///< of Ir::states in the State
  char* memory = nullptr;                   ///< where the arena is
  Tensor arena;                             ///< it, unless it is a body's
  std::int64_t arena_bytes = 0;
  std::int64_t least_bytes = 0;  ///< that the order of the steps needs
  double total_cost = 0;
  double total_flops = 0;
  double critical_path = 0;
  bool parallel = false;
  Recorder* recorder = nullptr;  ///< while a profile is made
  std::unique_ptr<RunState> run;

  void set_memory(char* begin) {
    if (begin == memory) return;
    memory = begin;
    for (const auto& [argument, offset] : arena_users) {
      arguments[static_cast<std::size_t>(argument)].data = begin + offset;
    }
  }
  /// Whether value v is made where output i of the program is wanted.
  bool is_direct(std::size_t i, std::int32_t v) const {
    const auto r = static_cast<std::size_t>(root[static_cast<std::size_t>(v)]);
    return places[r].kind == Place::Kind::output &&
           places[r].index == static_cast<std::int32_t>(i);
  }
  void point_input(std::size_t i, void* data) {
    point(input_data[i], input_users[i], data);
  }
  void point_state(std::size_t i, void* data) {
    point(state_data[i], state_users[i], data);
  }
  void point_output(std::size_t i, void* data) {
    point(output_data[i], output_users[i], data);
  }

 private:
  void point(void*& known, const std::vector<std::int32_t>& users, void* data) {
    if (known == data) return;
    known = data;
    for (std::int32_t a : users) {
      arguments[static_cast<std::size_t>(a)].data = data;
    }
  }
};

struct PlanOptions {
  bool reuse_memory = true;
  double parallel_from = 0;  ///< estimated ns
  bool is_body = false;  ///< the caller gives memory, and places for outputs
};

/// Plans the program for these sizes.
std::unique_ptr<Instance> make_instance(const passes::Ir& ir,
                                        const SymbolSizes& sizes,
                                        const PlanOptions& options);

/// Says how new state values get into the state, and adds the steps that this
/// takes (state_writes.cpp). `step_of_node` is -1 for nodes without a step.
void add_state_writes(Instance& instance, const passes::Ir& ir,
                      const std::vector<std::int32_t>& step_of_node);
/// The bytes that a step reads and writes; of a table, those of the rows that
/// it takes or puts (moved_bytes.cpp).
double moved_bytes(const Instance& instance, const Step& step);

/// Chooses offsets in the arena (memory_plan.cpp).
void plan_memory(Instance& instance, const passes::Ir& ir, bool reuse);
/// Successors, predecessors and longest paths (dependencies.cpp).
void link_steps(Instance& instance, const passes::Ir& ir);

/// Says where the arguments of steps lie (arguments.cpp); a body has no memory
/// of its own.
void fill_arguments(Instance& instance, const passes::Ir& ir, bool is_body);

/// Runs part `part` of a step.
void run_part(const Instance& instance, const Step& step, std::int64_t part,
              Context& context);
/// What is left when all parts of a step are done.
void finish_step(const Instance& instance, const Step& step, Context& context);

}  // namespace weft::runtime
