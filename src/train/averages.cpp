#include "weft/averages.h"

#include <algorithm>
#include <cmath>

#include "src/train/average_paths.h"
#include "weft/error.h"
#include "weft/graph.h"
#include "weft/initializers.h"
#include "weft/ops.h"

namespace weft {

namespace {

/// The state tensors whose writing is to be averaged.
std::vector<Value> averaged_updates(const std::vector<Value>& updates,
                                    const Source& at) {
  std::vector<Value> some;
  bool any = false;
  for (const Value& u : updates) {
    Graph& g = u.graph();
    if (g.node(u).kind != Node::Kind::assign) {
      throw GraphError("[average_weights] " + g.describe(u.node()) +
                       " is no result of assign" + at_line(at));
    }
    const Port target = g.node(u).inputs[0];
    const auto& layers = g.step_updates();
    const bool trained = g.node(target.node).kind == Node::Kind::parameter;
    const bool of_layer =
        std::find(layers.begin(), layers.end(), u) != layers.end() &&
        is_floating(u.dtype());
    if (trained || of_layer) some.push_back(u);
    any = any || trained;
  }
  if (!any) {
    throw GraphError(
        "[average_weights] the updates write no parameter; give it those of "
        "minimize" +
        at_line(at));
  }
  return some;
}

/// r of the n-th step: 1 at first.
Value share_of(Value n, double decay) {
  if (decay == 1) return 1 / n;
  // (1 − d)/(1 − dⁿ), both by one function so that the first is exactly 1.
  const Value log_decay = fill(n.graph(), {}, std::log(decay), DType::f64);
  return expm1(log_decay) / expm1(n * log_decay);
}

}  // namespace

std::vector<Value> average_weights(const std::vector<Value>& updates,
                                   const AverageOptions& options, Source at) {
  if (!(options.decay > 0 && options.decay <= 1) || options.after < 0) {
    throw GraphError(
        "[average_weights] decay must be in (0, 1] and after not negative, "
        "not " +
        std::to_string(options.decay) + " and " +
        std::to_string(options.after) + at_line(at));
  }
  const std::vector<Value> written = averaged_updates(updates, at);
  Graph& g = written.front().graph();
  const CallScope call(g, at);
  const Value steps = g.buffer(
      kAverageSteps, {}, initializers::zeros()({}, DType::f64), DType::f64, at);
  const Value step = steps + 1;
  std::vector<Value> made{g.assign(steps, step, at)};
  const double after = static_cast<double>(options.after);
  const Value share = share_of(maximum(step - after, 1), options.decay);
  for (const Value& w : written) {
    const Value target(&g, g.node(w).inputs[0].node, 0);
    const Type& t = target.type();
    const Value average =
        g.buffer(std::string(kAveragePrefix) + target.path(), t.shape,
                 initializers::zeros()(t.shape, t.dtype), t.dtype, at);
    const Value r = cast(share, t.dtype);
    // Where r is 1 the sum is w to the bit.
    made.push_back(g.assign(average, (1 - r) * average + r * w, at));
  }
  return made;
}

bool evaluation_reads(const Graph& graph, std::string_view path) {
  if (path == kAverageSteps) return true;
  if (path.starts_with(kAveragePrefix)) {
    path.remove_prefix(kAveragePrefix.size());
  }
  return static_cast<bool>(graph.find(path));
}

bool has_averages(const State& state) {
  return state.contains(kAverageSteps) && state.at(kAverageSteps).item() > 0;
}

State averaged_state(const State& state) {
  if (!state.contains(kAverageSteps)) {
    throw GraphError(
        "[averaged_state] the state has no averages; did you mean to give "
        "MinimizeOptions::average a decay?");
  }
  const bool counts = has_averages(state);
  State made;
  made.seed = state.seed;
  made.step = state.step;
  for (const State::Entry& e : state.entries()) {
    if (e.path.starts_with(kAveragePrefix)) continue;
    const std::string average = std::string(kAveragePrefix) + e.path;
    const bool found = counts && state.contains(average);
    made.add({e.path, found ? state.at(average) : e.tensor, e.trainable});
  }
  return made;
}

}  // namespace weft
