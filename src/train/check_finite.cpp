#include "weft/check_finite.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "weft/error.h"
#include "weft/train.h"

namespace weft {

namespace {

struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  std::int64_t nans = 0, infinities = 0;
  bool finite() const { return nans == 0 && infinities == 0; }
};

template <class Element>
Range range(const Element* values, std::int64_t size) {
  Range r;
  for (std::int64_t i = 0; i < size; ++i) {
    const auto v = static_cast<double>(values[i]);
    if (std::isnan(v)) {
      ++r.nans;
      continue;
    }
    if (std::isinf(v)) ++r.infinities;
    r.low = std::min(r.low, v);
    r.high = std::max(r.high, v);
  }
  return r;
}

bool is_float(DType t) { return t == DType::f32 || t == DType::f64; }

Range range(const Tensor& t) {
  if (t.dtype() == DType::f32) return range(t.data<float>(), t.size());
  if (t.dtype() == DType::f64) return range(t.data<double>(), t.size());
  return {};
}

std::string to_text(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", v);
  return text;
}

std::string to_text(const Range& r, std::int64_t size) {
  if (size == 0) return "empty";
  if (r.nans == size) return "all NaN";
  return "in [" + to_text(r.low) + ", " + to_text(r.high) + "]";
}

/// All floating-point values that the roots are computed from, in one run.
class Values {
 public:
  Values(Graph& graph, const std::vector<Value>& roots) : graph_(graph) {
    std::vector<bool> seen(graph.size());
    std::vector<std::int32_t> open;
    auto visit = [&](std::int32_t node) {
      if (seen[static_cast<std::size_t>(node)]) return;
      seen[static_cast<std::size_t>(node)] = true;
      open.push_back(node);
    };
    for (const Value& v : roots) visit(v.node());
    while (!open.empty()) {
      const std::int32_t at = open.back();
      open.pop_back();
      for (const Port& p : graph.node(at).inputs) visit(p.node);
    }
    first_.assign(graph.size(), kNone);
    for (std::size_t i = 0; i < seen.size(); ++i) {
      const Node& n = graph.node(static_cast<std::int32_t>(i));
      if (!seen[i] || n.kind == Node::Kind::assign) continue;
      first_[i] = values_.size();
      for (std::size_t k = 0; k < n.outputs.size(); ++k) {
        values_.emplace_back(&graph, static_cast<std::int32_t>(i),
                             static_cast<std::int32_t>(k));
      }
    }
  }

  void compute(State& state, std::span<const Feed> feeds) {
    // As it was written: no pass may move what goes wrong to another node.
    const Program program =
        compile(graph_, {.outputs = values_, .disabled_passes = pass_names()});
    Executor executor({.threads = 1});
    results_.resize(values_.size());
    executor.run(program, state, feeds, results_);
  }

  const Tensor& operator[](Port p) const {
    return results_[first_[static_cast<std::size_t>(p.node)] +
                    static_cast<std::size_t>(p.output)];
  }

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  Graph& graph_;
  std::vector<std::size_t> first_;  ///< of a node's values
  std::vector<Value> values_;
  std::vector<Tensor> results_;
};

std::string phase_of(const Graph& graph, std::int32_t node, Value loss) {
  const Node& n = graph.node(node);
  if (n.kind == Node::Kind::input) return "data";
  if (node <= loss.node()) return "forward";
  const bool update =
      ("/" + n.name + "/").find("/optimizer/") != std::string::npos;
  return update ? "update" : "backward";
}

/// Follows what is not finite from `at` to where it came from.
NotFinite origin(const Graph& graph, const Values& values, Port at,
                 Value loss) {
  for (;;) {
    const Node& n = graph.node(at.node);
    const Port* next = nullptr;
    for (const Port& p : n.inputs) {
      const Range r = range(values[p]);
      if (r.finite()) continue;
      if (!next || (r.nans > 0 && range(values[*next]).nans == 0)) next = &p;
    }
    if (!next) break;
    at = *next;
  }
  const Range r = range(values[at]);
  NotFinite found{.node = graph.describe(at.node),
                  .phase = phase_of(graph, at.node, loss),
                  .nans = r.nans,
                  .infinities = r.infinities,
                  .size = values[at].size(),
                  .inputs = {}};
  for (const Port& p : graph.node(at.node).inputs) {
    const Tensor& t = values[p];
    if (!is_float(t.dtype())) continue;
    found.inputs.push_back(graph.describe(p.node) + " " +
                           to_text(range(t), t.size()));
  }
  return found;
}

}  // namespace

std::optional<NotFinite> first_not_finite(const TrainingGraphs& graphs,
                                          const State& state, const Tensor& x,
                                          const Tensor& y) {
  const bool trains = graphs.train != nullptr;
  Graph& graph = trains ? *graphs.train : *graphs.eval;
  const Network& net = trains ? graphs.train_network : graphs.eval_network;
  if (!net.loss) throw GraphError("[first_not_finite] the model has no loss");
  std::vector<Value> roots{net.loss};
  for (const Value& update : graphs.updates) {
    const Port p = graph.node(update.node()).inputs[1];
    roots.emplace_back(&graph, p.node, p.output);
  }
  Values values(graph, roots);
  State copy = state.clone();
  std::vector<Feed> feeds{{net.input, x}};
  if (net.target) feeds.emplace_back(net.target, y);
  values.compute(copy, feeds);
  for (const Value& root : roots) {
    const Port p{root.node(), root.output()};
    if (!range(values[p]).finite()) {
      return origin(graph, values, p, net.loss);
    }
  }
  return std::nullopt;
}

std::string to_string(const NotFinite& f) {
  std::string text =
      f.node + " made the first value that is not finite, " + f.phase + ": ";
  if (f.nans > 0) text += std::to_string(f.nans) + " NaN";
  if (f.infinities > 0) {
    text +=
        (f.nans > 0 ? ", " : "") + std::to_string(f.infinities) + " infinite";
  }
  text += " of " + std::to_string(f.size);
  for (std::size_t i = 0; i < f.inputs.size(); ++i) {
    text += (i == 0 ? "; from " : ", ") + f.inputs[i];
  }
  return text;
}

}  // namespace weft
