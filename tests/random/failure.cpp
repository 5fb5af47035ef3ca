#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <limits>

#include "recipe.h"

namespace random_graphs {

namespace {

constexpr double kRounding = 0x1p-51;  // 4 units in the last place of f64
constexpr int kNoisyRuns = 3;
constexpr int kMoreNoisyRuns = 40;  ///< before a difference is believed

/// What a run gives: the outputs, then the state after the updates.
using Results = std::vector<Tensor>;

struct Variant {
  std::string name;
  int threads = 1;
  std::vector<std::string> disabled = {};
  double parallel_from = 40'000;
  std::int64_t memory_budget = 0;
};

Results run(const Built& b, const Variant& v, int steps, std::int64_t batch) {
  CompileOptions options{.outputs = b.outputs,
                         .updates = b.updates,
                         .disabled_passes = v.disabled,
                         .parallel_from = v.parallel_from,
                         .memory_budget = v.memory_budget};
  options.budget_sizes.sizes[0] = batch;
  const Program p = compile(*b.graph, options);
  Executor executor({.threads = v.threads});
  State state = b.state.clone();
  Results results;
  for (int i = 0; i < steps; ++i) results = executor(p, state, b.feeds);
  for (Tensor& t : results) t = t.clone();
  for (const State::Entry& e : state.entries()) results.push_back(e.tensor);
  return results;
}

/// The same from the interpreter, after one step.
Results interpreted(const Built& b, std::int64_t batch, double noise,
                    std::uint64_t draw, bool apart = false) {
  const auto values =
      interpret(*b.graph, b.state, b.feeds, batch, noise, draw, apart);
  Results results;
  for (const Value& v : b.outputs) {
    results.push_back(values[static_cast<std::size_t>(v.node())]
                            [static_cast<std::size_t>(v.output())]);
  }
  State state = b.state.clone();
  for (const Value& u : b.updates) {
    const Node& n = b.graph->node(u);
    state.at(b.graph->node(n.inputs.front().node).name) =
        values[static_cast<std::size_t>(u.node())].front();
  }
  for (const State::Entry& e : state.entries()) results.push_back(e.tensor);
  return results;
}

std::string where(const Built& b, std::size_t i) {
  if (i < b.outputs.size()) {
    return "output " + std::to_string(i) + ", " +
           b.graph->describe(b.outputs[i].node());
  }
  return "the state " + b.state.entries()[i - b.outputs.size()].path;
}

template <class T>
Tensor with_one_nan_of(const Tensor& t) {
  Tensor result = t.clone();
  for (T& x : result.values<T>()) {
    if (x != x) x = std::numeric_limits<T>::quiet_NaN();
  }
  return result;
}

/// The sign of a NaN is that of either operand (IEEE 754-2019, 6.3): compilers
/// choose.
Tensor with_one_nan(const Tensor& t) {
  if (t.dtype() == DType::f32) return with_one_nan_of<float>(t);
  if (t.dtype() == DType::f64) return with_one_nan_of<double>(t);
  return t;
}

std::string bits_differ(const Built& b, const Results& a, const Results& c) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!with_one_nan(a[i]).bits_equal(with_one_nan(c[i]))) {
      return where(b, i) + " is " + to_string(c[i]) + ", not " +
             to_string(a[i]);
    }
  }
  return {};
}

/// How much rounding may change elements: the spread of noisy runs.
struct Reference {
  Results exact;
  std::vector<Results> noisy;

  /// The largest element and the widest spread of result i.
  void measure(std::size_t i, double& scale, double& spread) const {
    for (std::int64_t k = 0; k < exact[i].size(); ++k) {
      const double e = exact[i].at(k);
      if (std::isfinite(e)) scale = std::max(scale, std::abs(e));
      for (const Results& n : noisy) {
        const double d = std::abs(n[i].at(k) - e);
        const bool same =
            n[i].at(k) == e || (std::isnan(e) && std::isnan(n[i].at(k)));
        if (!same) spread = std::isnan(d) ? HUGE_VAL : std::max(spread, d);
      }
    }
  }
};

std::string values_differ(const Built& b, const Reference& reference,
                          const Results& found, std::int64_t* undetermined) {
  for (std::size_t i = 0; i < found.size(); ++i) {
    const Tensor& expected = reference.exact[i];
    if (!(found[i].type() == expected.type())) {
      return where(b, i) + " is " + to_string(found[i].type()) + ", not " +
             to_string(expected.type());
    }
    double scale = 0, spread = 0;
    reference.measure(i, scale, spread);
    const double unit = expected.dtype() == DType::f32 ? 0x1p29 : 1;
    const double limit = 100 * spread + 16 * kRounding * unit * scale;
    if (spread > 1e-3 * (1 + scale)) {
      if (undetermined != nullptr) ++*undetermined;
      continue;
    }
    for (std::int64_t k = 0; k < expected.size(); ++k) {
      const double f = found[i].at(k), e = expected.at(k);
      if (f == e || (std::isnan(f) && std::isnan(e))) continue;
      if (!(std::abs(f - e) <= limit)) {
        return where(b, i) + ": element " + std::to_string(k) + " is " +
               std::to_string(f) + ", not " + std::to_string(e) + " (within " +
               std::to_string(limit) + ")";
      }
    }
  }
  return {};
}

/// The graph of a training file, written and read back.
Built saved_and_loaded(const Built& b, std::uint64_t seed) {
  TrainingGraphs graphs;
  graphs.train = graphs.eval = b.graph;
  Network network;
  network.input =
      b.feeds.empty() ? b.graph->state().front() : b.feeds.front().first;
  network.output = network.loss = b.loss ? b.loss : b.outputs.front();
  graphs.train_network = graphs.eval_network = network;
  graphs.updates = b.updates;
  const std::string name = "weft-random-" + std::to_string(getpid()) + "-" +
                           std::to_string(seed) + ".weft";
  const std::string path = std::filesystem::temp_directory_path() / name;
  Trainer trainer(graphs, b.state.clone(), {}, 1);
  save(trainer, path);
  Trainer loaded = load(path, 1);
  std::remove(path.c_str());
  Built again = b;
  again.graph = loaded.graphs().train;
  auto moved = [&](const Value& v) {
    return Value(again.graph.get(), v.node(), v.output());
  };
  for (Value& v : again.outputs) v = moved(v);
  for (Value& v : again.updates) v = moved(v);
  for (Feed& f : again.feeds) f.first = moved(f.first);
  again.state = loaded.state().clone();
  return again;
}

std::vector<Variant> bitwise_variants(std::uint64_t seed) {
  std::vector<Variant> all;
  // Waiting for more threads than cores takes long where others work too.
  const int threads = 2 + static_cast<int>(seed % 7);
  all.push_back(
      {"with " + std::to_string(threads) + " threads", threads, {}, 0});
  all.push_back({"without reuse of memory", 1, {"reuse_memory"}});
  return all;
}

/// A budget makes other groups, in which sums may be added in another order.
std::optional<Variant> with_less_memory(const Built& b, std::int64_t batch) {
  CompileOptions options{.outputs = b.outputs, .updates = b.updates};
  SymbolSizes sizes;
  sizes.sizes[0] = batch;
  const Program p = compile(*b.graph, options);
  const std::int64_t bytes = p.planned_bytes(sizes);
  if (bytes <= 4096) return std::nullopt;
  return Variant{
      "with three quarters of the memory", 1, {}, 40'000, bytes * 3 / 4};
}

std::string compare(const Recipe& recipe, std::int64_t* undetermined) {
  const Built b = build(recipe);
  if (b.outputs.empty()) return {};
  const std::int64_t batch = recipe.batch;
  Reference reference{interpreted(b, batch, 0, 0), {}};
  auto add_noisy = [&](std::size_t count) {
    while (reference.noisy.size() < count) {
      const std::size_t n = reference.noisy.size();
      // What is equal by two ways of rounding need not be.
      const bool apart = n >= kNoisyRuns && n % 2 == 0;
      reference.noisy.push_back(
          interpreted(b, batch, kRounding, recipe.seed + 1 + n, apart));
    }
  };
  add_noisy(kNoisyRuns);
  auto check = [&](const Variant& v) {
    std::string wrong;
    try {
      const Results found = run(b, v, 1, batch);
      wrong = values_differ(b, reference, found, undetermined);
      if (!wrong.empty()) {
        // A few draws may agree by chance, as on a sign.
        add_noisy(kMoreNoisyRuns);
        wrong = values_differ(b, reference, found, undetermined);
      }
    } catch (const GraphError& e) {
      // That there is no such small plan is fine.
      if (v.memory_budget == 0) wrong = std::string("threw ") + e.what();
    } catch (const std::exception& e) {
      wrong = std::string("threw ") + e.what();
    }
    return wrong.empty() ? wrong : v.name + ": " + wrong;
  };
  std::string wrong = check({"as compiled"});
  for (const std::string& pass : pass_names()) {
    if (wrong.empty()) wrong = check({"without " + pass, 1, {pass}});
  }
  if (wrong.empty()) wrong = check({"without any pass", 1, pass_names()});
  if (const auto small = with_less_memory(b, batch); small && wrong.empty()) {
    wrong = check(*small);
  }
  if (!wrong.empty()) return wrong;

  // On a graph of its own, as it adds gradients.
  const Built apart = build(recipe);
  wrong = slope_differs(apart, apart.loss, undetermined);
  if (wrong.empty()) {
    wrong = slope_differs(apart, apart.of_gradients, undetermined);
    if (!wrong.empty()) wrong = "second order: " + wrong;
  }
  if (!wrong.empty()) return wrong;

  const int steps = b.updates.empty() ? 1 : 3;
  const Results expected = run(b, {"as compiled"}, steps, batch);
  for (const Variant& v : bitwise_variants(recipe.seed)) {
    try {
      wrong = bits_differ(b, expected, run(b, v, steps, batch));
    } catch (const std::exception& e) {
      wrong = std::string("threw ") + e.what();
    }
    if (!wrong.empty()) return v.name + ": " + wrong;
  }
  if (b.feeds.empty() && b.state.entries().empty()) return {};  // no network
  const Built loaded = saved_and_loaded(b, recipe.seed);
  wrong =
      bits_differ(b, expected, run(loaded, {"saved and loaded"}, steps, batch));
  return wrong.empty() ? wrong : "saved and loaded: " + wrong;
}

}  // namespace

std::string failure(const Recipe& recipe, std::int64_t* undetermined) {
  try {
    return compare(recipe, undetermined);
  } catch (const std::exception& e) {
    return std::string("threw ") + e.what();
  }
}

}  // namespace random_graphs
