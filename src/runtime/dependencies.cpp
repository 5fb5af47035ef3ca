// The order that steps must keep: a value is written before it is read, a state
// is read before it is written, and what may throw runs before any state is
// written, so that a failed run leaves the state as it was.

#include <algorithm>

#include "src/runtime/instance.h"

namespace weft::runtime {

namespace {

class Linker {
 public:
  Linker(Instance& instance, const passes::Ir& ir)
      : instance_(instance),
        ir_(ir),
        writer_(ir.values.size(), -1),
        readers_(ir.values.size()) {}

  void link() {
    const auto n = static_cast<std::int32_t>(instance_.steps.size());
    for (std::int32_t s = 0; s < n; ++s) {
      const Step& step = instance_.steps[static_cast<std::size_t>(s)];
      for (std::int32_t v : step.inputs) {
        edge(writer_[root(v)], s);
        readers_[root(v)].push_back(s);
      }
      for (std::int32_t v : step.after) edge(writer_[root(v)], s);
      for (std::int32_t v : step.outputs) writer_[root(v)] = s;
    }
    for (std::int32_t s = 0; s < n; ++s) {
      if (instance_.steps[static_cast<std::size_t>(s)].writes_state) {
        order_state_writer(s);
      }
    }
    longest_paths();
  }

 private:
  std::size_t root(std::int32_t v) const {
    return static_cast<std::size_t>(
        instance_.root[static_cast<std::size_t>(v)]);
  }

  void edge(std::int32_t from, std::int32_t to) {
    if (from < 0 || from == to) return;
    auto& successors =
        instance_.steps[static_cast<std::size_t>(from)].successors;
    if (std::find(successors.begin(), successors.end(), to) !=
        successors.end()) {
      return;
    }
    successors.push_back(to);
    ++instance_.steps[static_cast<std::size_t>(to)].predecessors;
  }

  void order_state_writer(std::int32_t s) {
    const Step& step = instance_.steps[static_cast<std::size_t>(s)];
    auto after_readers = [&](std::int32_t state) {
      const std::int32_t old =
          ir_.states[static_cast<std::size_t>(state)].value;
      for (std::int32_t r : readers_[static_cast<std::size_t>(old)]) {
        edge(r, s);
      }
    };
    if (step.copy_to_state >= 0) after_readers(step.copy_to_state);
    for (std::int32_t v : step.outputs) {
      const Place& p = instance_.places[root(v)];
      if (p.kind == Place::Kind::state) after_readers(p.index);
    }
    for (std::int32_t t = 0; t < s; ++t) {
      if (instance_.steps[static_cast<std::size_t>(t)].throws) edge(t, s);
    }
  }

  void longest_paths() {
    double longest = 0;
    for (std::size_t s = instance_.steps.size(); s-- > 0;) {
      Step& step = instance_.steps[s];
      double after = 0;
      for (std::int32_t t : step.successors) {
        after =
            std::max(after, instance_.steps[static_cast<std::size_t>(t)].path);
      }
      step.path = step.cost + after;
      longest = std::max(longest, step.path);
    }
    instance_.critical_path = longest;
    for (Step& step : instance_.steps) {
      std::sort(step.successors.begin(), step.successors.end(),
                [&](std::int32_t a, std::int32_t b) {
                  return instance_.steps[static_cast<std::size_t>(a)].path >
                         instance_.steps[static_cast<std::size_t>(b)].path;
                });
    }
  }

  Instance& instance_;
  const passes::Ir& ir_;
  std::vector<std::int32_t> writer_;
  std::vector<std::vector<std::int32_t>> readers_;
};

}  // namespace

void link_steps(Instance& instance, const passes::Ir& ir) {
  Linker(instance, ir).link();
}

}  // namespace weft::runtime
