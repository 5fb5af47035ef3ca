// What Trainer::fit and train_many add to the compiled step, in one run and in
// turn: a step on a batch that stays where it is, steps on batches that lie
// ready as floats, the same by Trainer::fit with Fashion-MNIST's bytes shuffled
// and converted, and eight trainings by
// train_many, one after the other, and by eight threads of the user.
//   fit_bench [rounds] [B1 | B2]

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "weft/models/mlp.h"
#include "weft/weft.h"

using namespace weft;

namespace {

double now() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

struct Case {
  const char* name;
  Build build;
  Optimizer optimizer;
  std::int64_t batch;
  std::int64_t examples;
};

Build network(const std::vector<std::int64_t>& hidden,
              const std::string& activation) {
  return [=](Graph& g, Mode mode) {
    Network n;
    n.input = g.input("x", {kBatch, 784});
    n.target = g.input("y", {kBatch}, DType::i32);
    n.output = models::mlp(n.input,
                           {.hidden = hidden, .activation = activation}, mode);
    n.loss = mean(softmax_cross_entropy(n.output, n.target));
    return n;
  };
}

double median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  return v[v.size() / 2];
}

data::Dataset first(const data::Dataset& d, std::int64_t n) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) rows[static_cast<std::size_t>(i)] = i;
  return d.subset(rows);
}

/// Steps on a batch that stays, as many as an epoch has.
class Bare {
 public:
  Bare(const Case& c, const data::Dataset& data, int threads)
      : network_(c.build(graph_, Mode::train)), run_({.threads = threads}) {
    const auto step = minimize(network_.loss, c.optimizer);
    program_ =
        compile(graph_, {.outputs = {network_.loss}, .updates = step.updates});
    state_ = initialize(graph_, {1});
    const auto [x, y] = data.batch(0, data.size());
    for (std::int64_t i = 0; i < data.size(); i += c.batch) {
      feeds_.push_back({{network_.input, x.rows(i, i + c.batch)},
                        {network_.target, y.rows(i, i + c.batch)}});
    }
  }
  /// An epoch's steps, on all batches or on the first.
  void steps(bool all) {
    for (const auto& f : feeds_) {
      run_.run(program_, state_, all ? f : feeds_[0], loss_);
    }
  }

 private:
  Graph graph_;
  Network network_;
  Program program_;
  State state_;
  Executor run_;
  std::vector<std::vector<Feed>> feeds_;
  std::vector<Tensor> loss_{1};
};

void fit_case(const Case& c, const data::Dataset& all, int threads,
              int rounds) {
  const data::Dataset data = first(all, c.examples);
  const std::int64_t steps = c.examples / c.batch;
  Bare bare(c, data, threads);
  Trainer trainer(c.build, c.optimizer, {.threads = threads});
  std::vector<double> alone, fitted, ratio, ready;
  for (int r = 0; r <= rounds; ++r) {
    double t = now();
    bare.steps(false);
    const double a = now() - t;
    t = now();
    bare.steps(true);
    const double b = now() - t;
    t = now();
    trainer.fit(data, {.epochs = r + 1, .batch_size = c.batch});
    const double f = now() - t;
    if (r == 0) continue;
    alone.push_back(a);
    fitted.push_back(f);
    ratio.push_back(f / a);
    ready.push_back(f / b);
  }
  const double n = static_cast<double>(steps);
  std::printf(
      "%s, %d thread%s: step %.1f us, in fit %.1f us, ratio %.3f, to steps on "
      "batches that lie ready %.3f\n",
      c.name, threads, threads > 1 ? "s" : "", 1e6 * median(alone) / n,
      1e6 * median(fitted) / n, median(ratio), median(ready));
  std::fflush(stdout);
}

void many_case(const Case& c, const data::Dataset& all, int threads,
               int rounds) {
  const data::Dataset data = first(all, c.examples);
  // As long as makes the start of threads small.
  const FitOptions fit{.epochs = c.batch < 64 ? 5 : 1, .batch_size = c.batch};
  const auto trainings = ensemble_of(8, c.build, c.optimizer, {}, data, fit);
  std::vector<double> many, users;
  for (int r = 0; r <= rounds; ++r) {
    double t = now();
    for (const Training& one : trainings) one.make(1).fit(data, fit);
    const double single = now() - t;
    t = now();
    train_many(trainings, {.threads = threads});
    const double together = now() - t;
    t = now();
    std::vector<std::thread> own;
    for (const Training& one : trainings) {
      own.emplace_back([&] { one.make(1).fit(data, fit); });
    }
    for (std::thread& o : own) o.join();
    const double user = now() - t;
    if (r == 0) continue;
    many.push_back(single / together);
    users.push_back(single / user);
  }
  std::printf(
      "%s, 8 trainings on %d threads: throughput of one at a time times %.2f "
      "by train_many, %.2f by 8 threads of the user\n",
      c.name, threads, median(many), median(users));
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 7;
  const int threads = static_cast<int>(std::thread::hardware_concurrency());
  const data::Dataset train = data::fashion_mnist().train;
  const Case cases[] = {
      {"B1", network({30}, "sigmoid"), Sgd{.learning_rate = 0.5}, 10, 6000},
      {"B2", network({300, 100}, "relu"), Momentum{}, 64, 64 * 100}};
  for (const Case& c : cases) {
    if (argc > 2 && std::string(argv[2]) != c.name) continue;
    for (int t : {1, threads}) fit_case(c, train, t, rounds);
    many_case(c, train, threads, rounds);
  }
}
