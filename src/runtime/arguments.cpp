// What kernels get: for each step the memory of its inputs and outputs.

#include "src/runtime/instance.h"

namespace weft::runtime {

namespace {

class Arguments {
 public:
  Arguments(Instance& instance, const passes::Ir& ir)
      : instance_(instance), ir_(ir) {}

  void fill() {
    Instance& m = instance_;
    m.input_users.resize(ir_.inputs.size());
    m.state_users.resize(ir_.states.size());
    m.output_users.resize(ir_.outputs.size());
    m.input_data.resize(ir_.inputs.size());
    m.state_data.resize(ir_.states.size());
    m.output_data.resize(ir_.outputs.size());
    m.state_entries.resize(ir_.states.size());
    for (Step& step : m.steps) {
      step.op_argument = m.arguments.size();
      for (std::int32_t v : step.op_inputs) add(v);
      for (std::int32_t v : step.op_outputs) add(v);
      step.group_argument = m.arguments.size();
      for (std::int32_t v : step.group_inputs) add(v);
      for (std::int32_t v : step.group_outputs) add(v);
      if (step.copy_to_state >= 0) {
        add(step.inputs[0]);
        add(ir_.states[static_cast<std::size_t>(step.copy_to_state)].value);
      }
    }
  }

 private:
  void add(std::int32_t v) {
    Instance& m = instance_;
    const auto argument = static_cast<std::int32_t>(m.arguments.size());
    Buffer b{nullptr, &m.types[static_cast<std::size_t>(v)].shape};
    const auto root =
        static_cast<std::size_t>(m.root[static_cast<std::size_t>(v)]);
    const Place& p = m.places[root];
    auto use = [&](std::vector<std::vector<std::int32_t>>& users) {
      users[static_cast<std::size_t>(p.index)].push_back(argument);
    };
    switch (p.kind) {
      case Place::Kind::arena:
        m.arena_users.emplace_back(argument, p.offset);
        break;
      case Place::Kind::constant:
        b.data = const_cast<void*>(ir_.values[root].constant.raw());
        break;
      case Place::Kind::input: use(m.input_users); break;
      case Place::Kind::state: use(m.state_users); break;
      case Place::Kind::output: use(m.output_users); break;
      case Place::Kind::unset: break;
    }
    m.arguments.push_back(b);
  }

  Instance& instance_;
  const passes::Ir& ir_;
};

}  // namespace

void fill_arguments(Instance& instance, const passes::Ir& ir, bool is_body) {
  Arguments(instance, ir).fill();
  if (is_body) return;
  instance.arena = Tensor(DType::boolean, Shape{Dim(instance.arena_bytes)});
  instance.set_memory(static_cast<char*>(instance.arena.raw()));
}

}  // namespace weft::runtime
