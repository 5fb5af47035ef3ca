#include "use_model.h"

#include <algorithm>

#include "src/graph/body.h"
#include "target.h"
#include "weft/io.h"

namespace weft::fuzz {

namespace {

constexpr std::int64_t kMost = 4096;      // elements of a value
constexpr std::int64_t kMostAll = 65536;  // of all values of a run

SymbolSizes twos() {
  SymbolSizes sizes;
  sizes.sizes.fill(2);
  return sizes;
}

std::int64_t elements(const Shape& shape) {
  std::int64_t n = 1;
  for (Dim d : shape) {
    if (d == kInfer) continue;
    // An empty array with a large axis takes its time, too.
    n *= std::clamp<std::int64_t>(twos().resolve(d), 1, kMost + 1);
    n = std::min(n, kMost + 1);
  }
  return n;
}

std::int64_t cost(const Graph& graph);

/// How often a node's bodies run.
std::int64_t repeats(const Graph& graph, const Node& n) {
  if (n.op->name() != "scan") return 1;
  std::size_t first = n.inputs.size();
  for (const Attribute& a : n.op->attributes()) {
    const auto* length = std::get_if<Shape>(&a.value);
    if (length && length->rank() == 1 && (*length)[0] != kInfer) {
      return twos().resolve((*length)[0]);
    }
    if (a.name == "carries") {
      first = static_cast<std::size_t>(std::get<std::int64_t>(a.value));
    }
  }
  if (first >= n.inputs.size()) return 1;
  const Port p = n.inputs[first];
  const Type& t =
      graph.node(p.node).outputs[static_cast<std::size_t>(p.output)];
  return t.shape.rank() == 0 ? 1 : twos().resolve(t.shape[0]);
}

/// Elements that a node computes.
std::int64_t cost(const Graph& graph, const Node& n) {
  std::int64_t sum = 1;
  const auto add = [&sum](const Shape& shape) {
    const std::int64_t some = elements(shape);
    sum += some > kMost ? kMostAll : some;
  };
  for (const Type& t : n.outputs) add(t.shape);
  if (!n.op) return sum;
  for (const Attribute& a : n.op->attributes()) {
    // Of an array that is nowhere else, which may take scratch.
    if (const auto* shape = std::get_if<Shape>(&a.value)) add(*shape);
    const Body* body = std::get_if<Body>(&a.value);
    if (!body || !*body) continue;
    const std::int64_t times =
        std::clamp<std::int64_t>(repeats(graph, n), 0, kMostAll);
    sum += std::min(times * cost(*(*body)->graph), kMostAll);
  }
  return sum;
}

std::int64_t cost(const Graph& graph) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < graph.size() && sum < kMostAll; ++i) {
    sum += cost(graph, graph.node(static_cast<std::int32_t>(i)));
  }
  return std::min(sum, kMostAll);
}

}  // namespace

bool is_small(const Graph& graph) {
  bool small = false;
  worked([&] { small = graph.size() < 400 && cost(graph) < kMostAll; });
  return small;
}

void run_graph(Graph& graph, const CompileOptions& what, State& state) {
  std::vector<Feed> feeds;
  for (const Value& v : graph.inputs()) {
    feeds.emplace_back(v, Tensor(v.dtype(), v.shape().resolve(twos())));
  }
  worked([&] {
    const Program p = compile(graph, what);
    Executor({.threads = 1})(p, state, feeds);
  });
}

void use_model(Trainer& t) {
  static const std::string first = scratch_path("first.weft");
  static const std::string second = scratch_path("second.weft");
  save(t, first);
  Trainer again = load(first, 1);
  save(again, second);
  require(read_all(first) == read_all(second), "saved again, it differs");
  const TrainingGraphs& g = t.graphs();
  if (is_small(*g.eval)) {
    const Network& n = g.eval_network;
    run_graph(*g.eval, {.outputs = {n.loss ? n.loss : n.output}}, t.state());
    worked([&] {
      t.predict(Tensor(n.input.dtype(), n.input.shape().resolve(twos())));
    });
  }
  if (g.train && is_small(*g.train)) {
    run_graph(*g.train,
              {.outputs = {g.train_network.loss}, .updates = g.updates},
              t.state());
  }
}

}  // namespace weft::fuzz
