#include <algorithm>
#include <cstring>
#include <thread>

#include "src/core/annotate.h"
#include "src/runtime/helpers.h"
#include "src/runtime/program_impl.h"
#include "src/runtime/schedule.h"
#include "weft/error.h"
#include "weft/program.h"

namespace weft {

namespace runtime {

std::unique_ptr<Instance> ProgramImpl::take(const SymbolSizes& sizes) {
  {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = idle_.size(); i-- > 0;) {
      if (idle_[i]->sizes.sizes == sizes.sizes) {
        auto found = std::move(idle_[i]);
        idle_.erase(idle_.begin() + static_cast<std::ptrdiff_t>(i));
        return found;
      }
    }
  }
  return make_instance(ir_, sizes, options_);
}

void ProgramImpl::give_back(std::unique_ptr<Instance> instance) {
  constexpr std::size_t kMostIdle = 16;
  const std::lock_guard lock(mutex_);
  idle_.reserve(kMostIdle + 1);
  idle_.push_back(std::move(instance));
  if (idle_.size() > kMostIdle) idle_.erase(idle_.begin());
}

SymbolSizes ProgramImpl::last_sizes() {
  const std::lock_guard lock(mutex_);
  return idle_.empty() ? SymbolSizes() : idle_.back()->sizes;
}

namespace {

const Tensor* find_feed(std::span<const Feed> feeds,
                        const passes::IrInput& input) {
  for (const Feed& f : feeds) {
    if (f.first.node() == input.node) return &f.second;
  }
  return nullptr;
}

/// Solves multiple * symbol + offset = size for the symbol.
void match_dim(const passes::IrInput& input, const Type& declared,
               const Tensor& tensor, int axis, SymbolSizes& sizes) {
  const Dim d = declared.shape[axis];
  const std::int64_t n = tensor.dim(axis);
  auto mismatch = [&](const std::string& why) {
    throw ShapeError("[run] the input '" + input.name + "' is " +
                     to_string(declared) + ", the tensor is " +
                     to_string(tensor.type()) + why);
  };
  if (!d.is_symbolic()) {
    if (d.size() != n) mismatch("");
    return;
  }
  auto& known = sizes.sizes[static_cast<std::size_t>(d.symbol_id())];
  const std::int64_t rest = n - d.offset();
  if (rest < 0 || rest % d.multiple() != 0) mismatch("");
  if (known < 0) {
    known = rest / d.multiple();
  } else if (known != rest / d.multiple()) {
    mismatch(", but another input has " +
             to_string(Dim::symbol(d.symbol_id())) + " = " +
             std::to_string(known));
  }
}

SymbolSizes match_inputs(const passes::Ir& ir, std::span<const Feed> feeds) {
  SymbolSizes sizes;
  for (const passes::IrInput& input : ir.inputs) {
    const Tensor* t = find_feed(feeds, input);
    if (!t) {
      throw GraphError("[run] the input '" + input.name +
                       "' is missing among the feeds");
    }
    const Type& declared = ir.value(input.value).type;
    if (t->dtype() != declared.dtype) {
      throw TypeError("[run] the input '" + input.name + "' is " +
                      to_string(declared) + ", the tensor is " +
                      to_string(t->type()) + "; convert with to()");
    }
    if (t->rank() != declared.shape.rank()) {
      throw ShapeError("[run] the input '" + input.name + "' is " +
                       to_string(declared) + ", the tensor is " +
                       to_string(t->type()));
    }
    for (int axis = 0; axis < t->rank(); ++axis) {
      match_dim(input, declared, *t, axis, sizes);
    }
  }
  return sizes;
}

void find_state_entries(const passes::Ir& ir, const State& state,
                        Instance& instance) {
  for (std::size_t i = 0; i < ir.states.size(); ++i) {
    const passes::IrState& s = ir.states[i];
    const auto& entries = state.entries();
    const auto at =
        std::find_if(entries.begin(), entries.end(),
                     [&](const auto& e) { return e.path == s.path; });
    if (at == entries.end()) {
      throw GraphError("[run] the state has no entry '" + s.path +
                       "'; add it with initialize_missing");
    }
    if (at->tensor.type() != ir.value(s.value).type) {
      throw ShapeError("[run] the state's '" + s.path + "' is " +
                       to_string(at->tensor.type()) + ", the program needs " +
                       to_string(ir.value(s.value).type));
    }
    instance.state_entries[i] = static_cast<std::int32_t>(at - entries.begin());
  }
  instance.state_layout = state.layout();
}

void bind_tensors(const passes::Ir& ir, State& state,
                  std::span<const Feed> feeds, Instance& instance) {
  if (instance.state_layout != state.layout()) {
    find_state_entries(ir, state, instance);
  }
  for (std::size_t i = 0; i < ir.states.size(); ++i) {
    const auto entry = static_cast<std::size_t>(instance.state_entries[i]);
    const Tensor& t = state.entries()[entry].tensor;
    instance.point_state(i, const_cast<void*>(t.raw()));
  }
  for (std::size_t i = 0; i < ir.inputs.size(); ++i) {
    const Tensor* t = find_feed(feeds, ir.inputs[i]);
    instance.point_input(i, const_cast<void*>(t->raw()));
  }
}

bool overlap(const Tensor& a, const Tensor& b) {
  const auto* p = static_cast<const char*>(a.raw());
  const auto* q = static_cast<const char*>(b.raw());
  return p < q + b.bytes() && q < p + a.bytes();
}

/// Where the program makes results in the caller's tensors. `spare` takes those
/// whose tensor is also read, or is that of another result.
void bind_outputs(const passes::Ir& ir, const State& state,
                  std::span<const Feed> feeds, std::span<Tensor> outputs,
                  Instance& instance, std::vector<Tensor>& spare) {
  auto is_read = [&](const Tensor& t, std::size_t i) {
    auto meets = [&](const Tensor& other) { return overlap(t, other); };
    return std::any_of(feeds.begin(), feeds.end(),
                       [&](const Feed& f) { return meets(f.second); }) ||
           std::any_of(state.entries().begin(), state.entries().end(),
                       [&](const auto& e) { return meets(e.tensor); }) ||
           std::any_of(outputs.begin(), outputs.begin() + std::ptrdiff_t(i),
                       meets) ||
           std::any_of(outputs.begin() + std::ptrdiff_t(i) + 1, outputs.end(),
                       meets);
  };
  for (std::size_t i = 0; i < ir.outputs.size(); ++i) {
    const auto v = static_cast<std::size_t>(ir.outputs[i]);
    const Type& type = instance.types[v];
    if (outputs[i].type() != type) {
      outputs[i] = Tensor(type.dtype, type.shape);
    }
  }
  for (std::size_t i = 0; i < ir.outputs.size(); ++i) {
    if (!instance.is_direct(i, ir.outputs[i])) continue;
    Tensor* target = &outputs[i];
    if (is_read(*target, i)) {
      spare.push_back(Tensor(target->dtype(), target->shape()));
      target = &spare.back();
    }
    instance.point_output(i, target->raw());
  }
}

void copy_outputs(const passes::Ir& ir, const Instance& instance,
                  std::span<Tensor> outputs) {
  for (std::size_t i = 0; i < ir.outputs.size(); ++i) {
    if (outputs[i].size() == 0) continue;
    const auto v = static_cast<std::size_t>(ir.outputs[i]);
    const Place& p =
        instance.places[static_cast<std::size_t>(instance.root[v])];
    const void* from = nullptr;
    switch (p.kind) {
      case Place::Kind::output:
        from = instance.output_data[static_cast<std::size_t>(p.index)];
        break;
      case Place::Kind::arena: from = instance.memory + p.offset; break;
      case Place::Kind::input:
        from = instance.input_data[static_cast<std::size_t>(p.index)];
        break;
      case Place::Kind::state:
        from = instance.state_data[static_cast<std::size_t>(p.index)];
        break;
      default: from = ir.value(instance.root[v]).constant.raw();
    }
    if (from == outputs[i].raw()) continue;
    std::memcpy(outputs[i].raw(), from, outputs[i].bytes());
  }
}

/// Throws what a step threw, with the step's place added to the text.
[[noreturn]] void rethrow(const passes::Ir& ir, const StepFailure& failure) {
  const std::string place =
      failure.source < 0
          ? ""
          : "; in " + ir.places[static_cast<std::size_t>(failure.source)];
  try {
    std::rethrow_exception(failure.error);
  } catch (const std::exception&) {
    detail::rethrow_with(place);
  }
}

void check_feeds(const passes::Ir& ir, std::span<const Feed> feeds) {
  for (const Feed& f : feeds) {
    if (!f.first) throw GraphError("[run] a feed is for an empty value");
    if (f.first.graph().node(f.first).kind != Node::Kind::input) {
      throw GraphError("[run] only inputs can be fed, not " +
                       f.first.graph().describe(f.first.node()));
    }
    if (&f.first.graph() != ir.graph) {
      throw GraphError("[run] the feed for '" + f.first.path() +
                       "' belongs to another graph than the program's");
    }
  }
}

}  // namespace
}  // namespace runtime

Executor::Executor() : Executor(ExecutorOptions{}) {}

Executor::Executor(ExecutorOptions options) : threads_(options.threads) {
  constexpr int kMost = 1024;
  if (threads_ < 0 || threads_ > kMost) {
    throw GraphError("[executor] threads must be 0 to 1024, not " +
                     std::to_string(threads_));
  }
  if (threads_ == 0) {
    threads_ =
        static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  }
  if (threads_ > 1) team_ = runtime::make_team(threads_);
}

Executor::~Executor() = default;

std::vector<Tensor> Executor::operator()(const Program& program, State& state,
                                         std::span<const Feed> feeds) {
  if (!program) throw GraphError("[run] the program is empty; compile one");
  std::vector<Tensor> outputs(program.impl().ir().outputs.size());
  run(program, state, feeds, outputs);
  return outputs;
}

void Executor::run(const Program& program, State& state,
                   std::span<const Feed> feeds, std::span<Tensor> outputs) {
  using namespace runtime;
  if (!program) throw GraphError("[run] the program is empty; compile one");
  ProgramImpl& impl = program.impl();
  const passes::Ir& ir = impl.ir();
  if (outputs.size() != ir.outputs.size()) {
    throw GraphError("[run] the program has " +
                     std::to_string(ir.outputs.size()) + " outputs, got " +
                     std::to_string(outputs.size()) + " tensors");
  }
  check_feeds(ir, feeds);
  const Loan loan(impl, match_inputs(ir, feeds));
  Instance& instance = *loan;
  instance.recorder = impl.recorder();
  bind_tensors(ir, state, feeds, instance);
  std::vector<Tensor> spare;
  bind_outputs(ir, state, feeds, outputs, instance, spare);
  Context context;
  context.seed_ = state.seed;
  context.step_ = state.step;
  context.symbols_ = &instance.sizes;
  const ActiveRun active;
  try {
    if (team_ && instance.parallel && !ActiveRun::machine_is_busy()) {
      run_parallel(instance, context, *team_);
    } else {
      run_serial(instance, context);
    }
  } catch (const StepFailure& failure) {
    rethrow(ir, failure);
  }
  copy_outputs(ir, instance, outputs);
  if (!ir.assigns.empty()) ++state.step;
}

Tensor eval(Value v, State& state, std::span<const Feed> feeds) {
  const Program program = compile(v.graph(), {.outputs = {v}});
  Executor run({.threads = 1});
  return run(program, state, feeds).front();
}

Tensor eval(Value v) {
  State state = initialize(v.graph());
  return eval(v, state);
}

}  // namespace weft
