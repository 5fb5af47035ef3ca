// Minimisers of the cost of all examples at once, beside gradient descent.

#include <algorithm>
#include <cmath>

#include "src/lab/bench.h"
#include "weft/loss.h"
#include "weft/minimizers.h"

namespace weft::lab {

namespace {

constexpr std::int64_t kRows = 500, kHidden = 15;
constexpr int kEvaluations = 100;

/// An objective that remembers the least cost after each evaluation.
class Traced : public Objective {
 public:
  explicit Traced(Objective& inner) : inner_(inner) {}
  std::int64_t size() const override { return inner_.size(); }
  std::vector<double> start() const override { return inner_.start(); }
  double evaluate(std::span<const double> x,
                  std::span<double> gradient) override {
    const double cost = inner_.evaluate(x, gradient);
    const double before = trace.empty() ? cost : trace.back();
    trace.push_back(std::isfinite(cost) ? std::min(before, cost) : before);
    return cost;
  }
  void round(std::span<double> x) const override { inner_.round(x); }
  void store(std::span<const double> x) override { inner_.store(x); }
  int threads() const override { return inner_.threads(); }

  std::vector<double> trace;

 private:
  Objective& inner_;
};

struct Search {
  std::string name;
  Method method;
};

const std::vector<Search>& searches() {
  static const std::vector<Search> all = {
      {"BFGS", Bfgs{}},
      {"L-BFGS", Lbfgs{}},
      {"conjugate gradient", ConjugateGradient{}},
      {"gradient descent, line search", GradientDescent{}}};
  return all;
}

constexpr double kRates[] = {0.03, 0.1, 0.3, 1, 3, 10};

/// The least cost after each of `evaluations` evaluations.
std::vector<double> cut(std::vector<double> trace, int evaluations) {
  trace.resize(static_cast<std::size_t>(evaluations), trace.back());
  return trace;
}

std::vector<double> descend(Objective& objective, double rate,
                            int evaluations) {
  Traced traced(objective);
  std::vector<double> x = objective.start(), g(x.size());
  for (int i = 0; i < evaluations; ++i) {
    traced.evaluate(x, g);
    for (std::size_t k = 0; k < x.size(); ++k) x[k] -= rate * g[k];
  }
  return traced.trace;
}

/// Of one seed: a trace for each of `searches()`, then gradient descent with
/// the best of the fixed rates.
struct Traces {
  std::vector<std::vector<double>> cost;
  double best_rate = 0;
};

Traces search_all(const Bench& bench, std::size_t seed) {
  const int evaluations = bench.quick() ? 15 : kEvaluations;
  const data::Dataset set = bench.train_set(seed, kRows);
  const auto [x, y] = set.batch(0, set.size());
  const auto rows = static_cast<double>(set.size());
  Graph g;
  const Net net = make_net(g, bench, Pair::softmax_log_likelihood,
                           {.hidden = kHidden, .dtype = DType::f64});
  const Value cost = net.loss + l2_penalty(g, 1, rows, DType::f64);
  State state = initialize(g, {bench.seed_value(seed)});
  const auto objective = make_objective(
      cost, state,
      {.feeds = {{net.x, x.reshape({Dim(x.dim(0)), kInfer}).to(DType::f64)},
                 {net.y, y}},
       .threads = 1});
  const std::vector<double> start = objective->start();
  Traces all;
  for (const Search& s : searches()) {
    Traced traced(*objective);
    find_minimum(
        traced, s.method,
        {.start = start,
         .stop = {
             .gradient = 1e-9, .iterations = 0, .evaluations = evaluations}});
    all.cost.push_back(cut(traced.trace, evaluations));
  }
  std::vector<double> best;
  for (const double rate : kRates) {
    objective->store(start);
    auto trace = descend(*objective, rate, evaluations);
    if (!best.empty() && best.back() <= trace.back()) continue;
    best = std::move(trace);
    all.best_rate = rate;
  }
  all.cost.push_back(best);
  return all;
}

}  // namespace

namespace claims {

void minimisers(const Bench& bench, Result& r) {
  r.method =
      "A network with 15 sigmoid units, softmax, log-likelihood and L2 "
      "(λ = 1) learns 500 rows in f64, all at once, by BFGS, L-BFGS, conjugate "
      "gradients and gradient descent with a line search, each as it is "
      "without any setting, and by gradient descent with the best of six fixed "
      "rates from 0.03 to 10. Compared is the cost after 100 evaluations of "
      "cost and gradient.";
  r.criterion =
      "BFGS, L-BFGS and conjugate gradients each reach a lower cost than "
      "gradient descent with a line search, and than that with the best fixed "
      "rate.";
  std::vector<Traces> traces(bench.seeds());
  bench.each(bench.seeds(),
             [&](std::size_t i) { traces[i] = search_all(bench, i); });
  std::vector<std::string> names;
  for (const Search& s : searches()) names.push_back(s.name);
  names.push_back("gradient descent, best rate");
  std::vector<std::vector<double>> last(names.size());
  std::vector<double> rates;
  for (const Traces& t : traces) {
    for (std::size_t k = 0; k < names.size(); ++k) {
      last[k].push_back(t.cost[k].back());
    }
    rates.push_back(t.best_rate);
  }
  for (std::size_t k = 0; k < names.size(); ++k) {
    r.measured.push_back({"cost, " + names[k], last[k]});
  }
  r.measured.push_back({"best fixed rate", rates});
  for (std::size_t k = 0; k < 3; ++k) {
    for (std::size_t other = 3; other < names.size(); ++other) {
      r.comparisons.push_back(
          compare({.name = "the cost of " + names[other] + " over " + names[k],
                   .values = over(last[other], last[k]),
                   .least = 1,
                   .factor = true}));
    }
  }
  Picture p{.id = "minimisers",
            .number = 11,
            .title = "Minimisers by evaluations",
            .note = "The least cost so far: mean over the seeds."};
  p.x_name = "evaluations of cost and gradient";
  p.y_name = "cost";
  for (std::size_t k = 0; k < names.size(); ++k) {
    Curve c{.name = names[k]};
    for (std::size_t i = 0; i < traces[0].cost[k].size(); ++i) {
      std::vector<double> at;
      for (const Traces& t : traces) at.push_back(t.cost[k][i]);
      const Quantity q{"", at};
      c.x.push_back(static_cast<double>(i + 1));
      c.y.push_back(q.mean());
      c.low.push_back(q.mean() - q.deviation());
      c.high.push_back(q.mean() + q.deviation());
    }
    p.curves.push_back(std::move(c));
  }
  r.pictures = {p};
  r.see = {11};
}

}  // namespace claims
}  // namespace weft::lab
