// How new values get into state tensors: written there by the kernel that makes
// them, where nobody reads the old ones later; else copied at the end.

#include <algorithm>

#include "src/runtime/instance.h"

namespace weft::runtime {

namespace {

class StateWrites {
 public:
  StateWrites(Instance& instance, const passes::Ir& ir,
              const std::vector<std::int32_t>& step_of_node)
      : made_(instance),
        ir_(ir),
        step_of_node_(step_of_node),
        last_reader_(last_readers()),
        uses_(ir.values.size()) {
    for (std::int32_t v : ir.outputs) ++uses_[root(v)];
    for (const passes::IrAssign& a : ir.assigns) ++uses_[root(a.value)];
  }

  void add() {
    std::vector<bool> direct(ir_.values.size());
    std::vector<bool> last(made_.steps.size());
    std::vector<Step> copies;
    const std::int32_t last_throw = last_that_throws();
    for (const passes::IrAssign& a : ir_.assigns) {
      const std::int32_t state =
          ir_.states[static_cast<std::size_t>(a.state)].value;
      const auto v = static_cast<std::size_t>(a.value);
      const std::int32_t from = step_of(a.value);
      const bool at_end = from >= 0 && updates_in_place(from, a.value, state);
      const bool grouped =
          from >= 0 && !direct[v] && writes_elementwise(from, a.value, state) &&
          last_reader_[static_cast<std::size_t>(state)] <= from &&
          last_throw <= from;
      if (at_end || grouped) {
        direct[v] = true;
        made_.places[v].kind = Place::Kind::state;
        made_.places[v].index = a.state;
        made_.steps[static_cast<std::size_t>(from)].writes_state = true;
        if (at_end) last[static_cast<std::size_t>(from)] = true;
        continue;
      }
      Step copy;
      copy.inputs = {a.value};
      copy.copy_to_state = a.state;
      copy.writes_state = true;
      copies.push_back(std::move(copy));
    }
    move_to_end(last);
    for (Step& c : copies) made_.steps.push_back(std::move(c));
  }

 private:
  std::size_t root(std::int32_t v) const {
    return static_cast<std::size_t>(made_.root[static_cast<std::size_t>(v)]);
  }
  const Step& step(std::int32_t s) const {
    return made_.steps[static_cast<std::size_t>(s)];
  }

  /// The step that produces v, or -1.
  std::int32_t step_of(std::int32_t v) const {
    const passes::IrValue& value = ir_.value(v);
    return value.origin == passes::Origin::node
               ? step_of_node_[static_cast<std::size_t>(value.producer)]
               : -1;
  }
  /// For each value the last step that reads its memory, or -1.
  std::vector<std::int32_t> last_readers() const {
    std::vector<std::int32_t> last(ir_.values.size(), -1);
    for (std::size_t s = 0; s < made_.steps.size(); ++s) {
      for (std::int32_t v : made_.steps[s].inputs) {
        last[root(v)] = static_cast<std::int32_t>(s);
      }
    }
    return last;
  }
  std::int32_t last_that_throws() const {
    for (std::size_t s = made_.steps.size(); s-- > 0;) {
      if (made_.steps[s].throws) return static_cast<std::int32_t>(s);
    }
    return -1;
  }

  /// True if step s may write v over the memory of `state`: the group writes
  /// each element after its last read, or all of them at the end.
  bool writes_elementwise(std::int32_t s, std::int32_t v,
                          std::int32_t state) const {
    if (!step(s).group_op) return false;
    for (std::int32_t in : step(s).op_inputs) {
      if (root(in) == static_cast<std::size_t>(state)) return false;
    }
    const passes::Group& group = *step(s).group_op;
    for (std::size_t r = 0; r < step(s).group_outputs.size(); ++r) {
      if (step(s).group_outputs[r] != v) continue;
      const passes::GroupResult& result = group.results[r];
      return result.extent != passes::Extent::all ||
             group.code[static_cast<std::size_t>(result.instruction)].space ==
                 passes::Space::full;
    }
    return false;
  }

  /// True if step s makes v from `state` in place, such as put_rows. No other
  /// step reads v, so s can run after all that read the state; and it reads no
  /// other state, which one that waits for s might write.
  bool updates_in_place(std::int32_t s, std::int32_t v,
                        std::int32_t state) const {
    const Step& made_by = step(s);
    if (made_by.group_op || made_by.throws || !made_by.op->traits().in_place ||
        made_by.op_outputs[0] != v ||
        root(made_by.op_inputs[0]) != static_cast<std::size_t>(state) ||
        last_reader_[root(v)] >= 0 || uses_[root(v)] != 1) {
      return false;
    }
    return std::none_of(made_by.op_inputs.begin() + 1, made_by.op_inputs.end(),
                        [&](std::int32_t in) {
                          return ir_.values[root(in)].origin ==
                                 passes::Origin::state;
                        });
  }

  /// Moves the marked steps behind all others, in their order.
  void move_to_end(const std::vector<bool>& marked) {
    std::vector<Step> steps;
    steps.reserve(marked.size());
    for (const bool late : {false, true}) {
      for (std::size_t s = 0; s < marked.size(); ++s) {
        if (marked[s] == late) steps.push_back(std::move(made_.steps[s]));
      }
    }
    made_.steps = std::move(steps);
  }

  Instance& made_;
  const passes::Ir& ir_;
  const std::vector<std::int32_t>& step_of_node_;
  const std::vector<std::int32_t> last_reader_;
  std::vector<int> uses_;  ///< of roots, by outputs and assignments
};

}  // namespace

void add_state_writes(Instance& instance, const passes::Ir& ir,
                      const std::vector<std::int32_t>& step_of_node) {
  StateWrites(instance, ir, step_of_node).add();
}

}  // namespace weft::runtime
