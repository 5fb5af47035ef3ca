#include "src/lab/bench.h"

#include <algorithm>
#include <exception>
#include <mutex>
#include <thread>

#include "weft/error.h"
#include "weft/optimizers.h"

namespace weft::lab {

namespace {

constexpr std::int64_t kTrainRows = 8000, kTestRows = 2000;
constexpr std::int64_t kQuickRows = 200;

/// `rows` of them, drawn by the seed; all if there are no more.
data::Dataset draw(const data::Dataset& from, std::int64_t rows, Seed seed) {
  if (from.size() <= rows) return from;
  const double share =
      static_cast<double>(rows) / static_cast<double>(from.size());
  return data::split(from, share, seed).test;
}

}  // namespace

Bench::Bench(const Examples& examples, const Settings& settings)
    : examples_(examples), settings_(settings) {
  if (settings.seeds < 2) {
    throw DataError("[lab] an interval takes 2 seeds or more, not " +
                    std::to_string(settings.seeds));
  }
  examples.train.check();
  examples.test.check();
  classes_ = examples.train.classes();
  if (classes_ < 2 || examples.test.classes() != classes_) {
    throw DataError("[lab] " + examples.name + " has " +
                    std::to_string(classes_) + " classes to learn from and " +
                    std::to_string(examples.test.classes()) +
                    " to measure on; the experiments take the same, 2 or more");
  }
  if (examples.train.size() < 100 || examples.test.size() < 20) {
    throw DataError("[lab] " + examples.name + " has " +
                    std::to_string(examples.train.size()) + " and " +
                    std::to_string(examples.test.size()) +
                    " rows; the experiments take 100 to learn from and 20 to "
                    "measure on, or more");
  }
  // With few rows each seed leaves out a tenth, so that seeds differ in them.
  train_rows_ = std::min({settings.quick ? kQuickRows : kTrainRows,
                          examples.train.size() * 9 / 10});
  const data::Dataset test =
      draw(examples.test, settings.quick ? kQuickRows : kTestRows, {0});
  auto [x, y] = test.batch(0, test.size());
  test_x_ = x.reshape({Dim(x.dim(0)), kInfer});
  test_y_ = y;
  inputs_ = test_x_.dim(1);
}

data::Dataset Bench::train_set(std::size_t seed, std::int64_t rows) const {
  return draw(examples_.train,
              rows > 0 ? std::min(rows, train_rows_) : train_rows_,
              {seed_value(seed)});
}

void Bench::each(std::size_t count,
                 const std::function<void(std::size_t)>& job) const {
  const std::size_t threads = std::min<std::size_t>(
      count, settings_.threads > 0
                 ? static_cast<std::size_t>(settings_.threads)
                 : std::max(1U, std::thread::hardware_concurrency()));
  std::atomic<std::size_t> next{0};
  std::mutex lock;
  std::exception_ptr error;
  auto stopped = [&] { return settings_.stop && *settings_.stop; };
  auto work = [&] {
    for (std::size_t i; (i = next++) < count && !stopped();) {
      try {
        job(i);
      } catch (...) {
        const std::lock_guard held(lock);
        if (!error) error = std::current_exception();
        next = count;
      }
    }
  };
  std::vector<std::jthread> others;
  for (std::size_t t = 1; t < threads; ++t) others.emplace_back(work);
  work();
  others.clear();  // joins
  if (error) std::rethrow_exception(error);
  if (stopped()) throw Error("[lab] stopped");
}

std::vector<std::vector<Trace>> Bench::train(
    const std::vector<Plan>& plans) const {
  std::vector<std::vector<Trace>> traces(plans.size(),
                                         std::vector<Trace>(seeds()));
  each(plans.size() * seeds(), [&](std::size_t i) {
    const std::size_t plan = i / seeds(), seed = i % seeds();
    traces[plan][seed] = train_one(plans[plan], seed);
  });
  return traces;
}

std::vector<double> Bench::per_seed(
    const std::function<double(std::size_t)>& measure) const {
  std::vector<double> values(seeds());
  each(seeds(), [&](std::size_t i) { values[i] = measure(i); });
  return values;
}

namespace {

/// After which steps a training is looked at: 0, 20 to 40 others evenly and
/// the last one; with `early` also each of the first ones, then ever rarer.
std::vector<std::int64_t> looks(std::int64_t steps, bool early) {
  std::vector<std::int64_t> at = {0};
  for (int i = 1; i <= 24; ++i) at.push_back(steps * i / 24);
  for (double s = 1; early && s < static_cast<double>(steps); s *= 1.06) {
    at.push_back(static_cast<std::int64_t>(s));
  }
  std::sort(at.begin(), at.end());
  at.erase(std::unique(at.begin(), at.end()), at.end());
  return at;
}

}  // namespace

Trace Bench::train_one(const Plan& plan, std::size_t seed) const {
  Graph g;
  const Net net = plan.build(g, *this);
  const Value hit = mean(cast(equal(argmax(net.z), net.y), DType::f32));
  const Minimization step = minimize(net.loss, Sgd{plan.rate});
  const Program learn =
      compile(g, {.outputs = {net.loss}, .updates = step.updates});
  const Program look = compile(g, {.outputs = {net.loss, hit}});
  Executor run({.threads = 1});
  Trace t;
  State state = initialize(g, {seed_value(seed)});
  if (plan.prepare) plan.prepare(state, seed_value(seed));
  t.first = state.clone();

  const data::Dataset set = train_set(seed);
  data::Loader loader(set, {.batch_size = std::min(plan.batch, set.size()),
                            .drop_last = true,
                            .prefetch = false,
                            .seed = {seed_value(seed)}});
  const double epochs = settings_.quick ? 1 : plan.epochs;
  const auto steps =
      static_cast<std::int64_t>(epochs * static_cast<double>(loader.batches()));
  const auto at = looks(steps, plan.looks_early);
  std::size_t next = 0;
  for (std::int64_t s = 0; s <= steps; ++s) {
    if (s == at[next]) {
      const auto seen = run(look, state, {{net.x, test_x_}, {net.y, test_y_}});
      t.step.push_back(static_cast<double>(s));
      t.epoch.push_back(static_cast<double>(s) /
                        static_cast<double>(loader.batches()));
      t.cost.push_back(seen[0].item());
      t.accuracy.push_back(seen[1].item());
      if (settings_.stop && *settings_.stop) break;
      ++next;
    }
    if (s == steps) break;
    Tensor x, y;
    if (!loader.next(x, y)) {
      loader.seek(loader.epoch() + 1);
      loader.next(x, y);
    }
    run(learn, state,
        {{net.x, x.reshape({Dim(x.dim(0)), kInfer})}, {net.y, y}});
  }
  t.last = state.clone();
  return t;
}

Net make_net(Graph& g, const Bench& bench, Pair pair,
             const NetOptions& options) {
  Net n;
  n.x = g.input("x", {kBatch, Dim(bench.inputs())}, options.dtype);
  n.y = g.input("y", {kBatch}, DType::i32);
  Value a = options.input_scale == 1 ? n.x : options.input_scale * n.x;
  for (int layer = 0; layer < options.layers; ++layer) {
    const Value z = dense(a, options.hidden,
                          {.name = "hidden" + std::to_string(layer + 1),
                           .weight = options.weight,
                           .bias_value = options.bias});
    a = options.hidden_activation ? options.hidden_activation(z, layer)
                                  : sigmoid(z);
  }
  n.z = dense(
      a, bench.classes(),
      {.name = "out", .weight = options.weight, .bias_value = options.bias});
  const Value target = one_hot(n.y, bench.classes(), options.dtype);
  switch (pair) {
    case Pair::sigmoid_quadratic:
      n.output = sigmoid(n.z);
      n.loss = quadratic_cost(n.output, target);
      break;
    case Pair::sigmoid_cross_entropy:
      n.output = sigmoid(n.z);
      n.loss = mean(sum(binary_cross_entropy(n.z, target), {1}));
      break;
    case Pair::linear_quadratic:
      n.output = n.z;
      n.loss = quadratic_cost(n.output, target);
      break;
    case Pair::softmax_log_likelihood:
      n.output = softmax(n.z);
      n.loss = mean(softmax_cross_entropy(n.z, n.y));
      break;
  }
  return n;
}

}  // namespace weft::lab
