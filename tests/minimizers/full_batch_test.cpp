#include <algorithm>
#include <cstdio>
#include <sstream>
#include <tuple>

#include "catch.h"
#include "train/rings.h"
#include "weft/doctor.h"
#include "weft/weft.h"

using namespace weft;

namespace {

Network plain(Graph& g, Mode) {
  Network n;
  n.input = g.input("x", {kBatch, 2});
  n.target = g.input("y", {kBatch}, DType::i32);
  const Value h = tanh(dense(n.input, 24, {.name = "fc1"}));
  n.output = dense(h, 2, {.name = "out"});
  n.loss = mean(softmax_cross_entropy(n.output, n.target));
  return n;
}

/// A small network in f64 on the rings, with L2 so that there is one minimum
/// in reach.
Network precise(Graph& g, Mode) {
  Network n;
  n.input = g.input("x", {kBatch, 2}, DType::f64);
  n.target = g.input("y", {kBatch}, DType::i32);
  const Value h = tanh(dense(n.input, 6, {.name = "fc"}));
  n.output = dense(h, 2, {.name = "out"});
  n.loss = mean(softmax_cross_entropy(n.output, n.target));
  for (const Value& w : {g.find("fc/weight"), g.find("out/weight")}) {
    n.loss = n.loss + 1e-3 * sum(square(w));
  }
  return n;
}

}  // namespace

TEST_CASE("full-batch methods train a classifier") {
  const data::Dataset train = rings(400, 1), test = rings(200, 2);
  using Beta = ConjugateGradient::Beta;
  for (const Method& method :
       {Method(Lbfgs{}), Method(Bfgs{}), Method(ConjugateGradient{}),
        Method(ConjugateGradient{.beta = Beta::polak_ribiere}),
        Method(NewtonCg{})}) {
    INFO(name_of(method));
    Trainer t(plain, Sgd{}, {.seed = {1}, .threads = 1});
    const Minimum m = fit_full_batch(
        t, train, method,
        {.stop = {.gradient = 1e-4, .iterations = 60}, .validation = &test});
    CHECK(m.cost < 0.1);
    CHECK(t.evaluate(test).accuracy > 0.97);
    const History& h = t.progress().history;
    REQUIRE(h.size() == static_cast<std::size_t>(m.iterations));
    CHECK(h.back().loss == m.cost);
    CHECK(h.back().validation_accuracy == t.evaluate(test).accuracy);
  }
}

TEST_CASE("batches and threads change nothing but rounding, threads no bit") {
  const data::Dataset train = rings(403, 1);
  auto fitted = [&](int threads, std::int64_t batch) {
    Trainer t(precise, Sgd{}, {.seed = {1}, .threads = threads});
    return fit_full_batch(
        t, train, Lbfgs{},
        {.stop = {.gradient = 1e-8, .iterations = 400}, .batch_size = batch});
  };
  const Minimum whole = fitted(1, 403), pieces = fitted(1, 100);
  CHECK(whole.ending == Ending::gradient);
  CHECK(pieces.ending == Ending::gradient);
  for (const int threads : {2, 4}) {
    CHECK(fitted(threads, 403).x == whole.x);
    CHECK(fitted(threads, 100).x == pieces.x);
  }
  // The gradient of the batches together is that of the whole.
  Graph g;
  const Network n = precise(g, Mode::train);
  State state = initialize(g, {3});
  const auto one = make_objective(n, state, batches_of(train, 403));
  const auto some = make_objective(n, state, batches_of(train, 50));
  const std::vector<double> x = one->start();
  std::vector<double> a(x.size()), b(x.size()), u(x.size()), v(x.size());
  CHECK(one->evaluate(x, a) == Approx(some->evaluate(x, b)).epsilon(1e-13));
  one->hessian_times(x, a, u);
  some->hessian_times(x, a, v);
  for (std::size_t i = 0; i < x.size(); ++i) {
    CHECK(a[i] == Approx(b[i]).margin(1e-14));
    CHECK(u[i] == Approx(v[i]).margin(1e-13));
  }
}

TEST_CASE("batches may be made as they are needed") {
  const data::Dataset train = rings(300, 1);
  Graph g;
  const Network n = precise(g, Mode::train);
  State state = initialize(g, {3});
  std::int64_t made = 0;
  const Batches batches{7, [&](std::int64_t i, Tensor& x, Tensor& y) {
                          ++made;
                          std::tie(x, y) = train.batch(
                              i * 43, std::min<std::int64_t>(300, i * 43 + 43));
                        }};
  const auto some = make_objective(n, state, batches);
  const auto all = make_objective(n, state, batches_of(train, 43));
  const std::vector<double> x = all->start();
  std::vector<double> a(x.size()), b(x.size());
  CHECK(some->evaluate(x, a) == all->evaluate(x, b));
  CHECK(a == b);
  CHECK(made == 7);
  CHECK_THROWS_AS(make_objective(n, state, Batches{0, batches.get}), DataError);
}

TEST_CASE("a trainer's model may compute in f64") {
  const data::Dataset train = rings(200, 1), test = rings(100, 2);
  auto build = [](Graph& g, Mode) {
    Network n;
    n.input = g.input("x", {kBatch, 2});
    n.target = g.input("y", {kBatch}, DType::i32);
    const Value x = cast(n.input, DType::f64);
    n.output = dense(tanh(dense(x, 6, {.name = "fc"})), 2, {.name = "out"});
    n.loss = mean(softmax_cross_entropy(n.output, n.target)) +
             1e-3 * sum(square(g.find("fc/weight"))) +
             1e-3 * sum(square(g.find("out/weight")));
    return n;
  };
  Trainer t(build, Sgd{}, {.seed = {1}, .threads = 1});
  const Minimum m = fit_full_batch(
      t, train, Lbfgs{},
      {.stop = {.gradient = 1e-9, .iterations = 1000}, .validation = &test});
  CHECK(m.ending == Ending::gradient);  // f32 does not get there
  CHECK(t.state().at("fc/weight").dtype() == DType::f64);
  CHECK(t.evaluate(test).accuracy > 0.97);
  CHECK(t.predict(test.batch(0, 10).first).dtype() == DType::f64);
}

TEST_CASE("a saved trainer's full-batch training goes on with the same bits") {
  const data::Dataset train = rings(200, 1);
  for (const Method& method :
       {Method(Lbfgs{}), Method(Bfgs{}), Method(ConjugateGradient{})}) {
    INFO(name_of(method));
    auto until = [&](Trainer& t, std::int64_t iterations) {
      return fit_full_batch(
          t, train, method,
          {.stop = {.gradient = 0, .iterations = iterations}});
    };
    Trainer whole(plain, Sgd{}, {.seed = {1}, .threads = 1});
    const Minimum expected = until(whole, 20);
    Trainer part(plain, Sgd{}, {.seed = {1}, .threads = 1});
    until(part, 8);
    save(part, "full_batch_test.weft");
    Trainer loaded = load("full_batch_test.weft", 1);
    std::remove("full_batch_test.weft");
    const Minimum m = until(loaded, 20);
    CHECK(m.x == expected.x);
    CHECK(m.iterations == 20);
    CHECK(loaded.progress().history.size() == 20);
    CHECK(parameter_hash(loaded.state()) == parameter_hash(whole.state()));
    // Other training in between counts.
    loaded.state().at("out/bias").data<float>()[0] += 1;
    const Minimum other = until(loaded, 21);
    CHECK(other.cost != m.cost);
  }
}

TEST_CASE("running statistics and unfit data are refused") {
  const data::Dataset train = rings(50, 1);
  Trainer t(
      [](Graph& g, Mode mode) {
        Network n;
        n.input = g.input("x", {kBatch, 2});
        n.target = g.input("y", {kBatch}, DType::i32);
        n.output = batch_norm(dense(n.input, 2), mode);
        n.loss = mean(softmax_cross_entropy(n.output, n.target));
        return n;
      },
      Sgd{}, {.threads = 1});
  CHECK_THROWS_WITH(fit_full_batch(t, train, Lbfgs{}),
                    Catch::Contains("running statistic"));
  Trainer random(rings_network, Sgd{}, {.threads = 1});  // has dropout
  CHECK_THROWS_WITH(
      fit_full_batch(random, train, Lbfgs{}),
      Catch::Contains("draws random numbers") && Catch::Contains("dropout"));
  Trainer good(plain, Sgd{}, {.threads = 1});
  CHECK_THROWS_WITH(fit_full_batch(good, train, LevenbergMarquardt{}),
                    Catch::Contains("no residuals"));
  CHECK_THROWS_AS(fit_full_batch(good, train, Lbfgs{}, {.early_stopping = -1}),
                  DataError);
  CHECK_THROWS_AS(batches_of(train, 0), DataError);
}

TEST_CASE("callbacks see a full-batch training as they see any other") {
  const data::Dataset train = rings(200, 1), test = rings(100, 2);
  Trainer t(plain, Sgd{}, {.seed = {1}, .threads = 1});
  const auto recorder = std::make_shared<Recorder>();
  std::ostringstream lines;
  const Minimum m = fit_full_batch(t, train, Lbfgs{},
                                   {.stop = {.gradient = 0, .iterations = 12},
                                    .validation = &test,
                                    .callbacks = {recorder},
                                    .on_iteration = search_progress(lines)});
  const RunRecord& r = recorder->record();
  CHECK(r.steps == 12);
  REQUIRE(r.step_records.size() == 12);
  CHECK(r.step_records.front().step == 1);
  CHECK(r.step_records.back().step == 12);
  CHECK(r.step_records.back().learning_rate == 0);
  CHECK(t.learning_rate() == Sgd{}.learning_rate);
  CHECK(r.step_records.back().loss == m.cost);
  REQUIRE(r.epochs.size() == 12);
  CHECK(r.epochs.back().loss == m.cost);
  REQUIRE(!r.probes.empty());
  CHECK(r.probes.front().layers.size() == 2);
  const std::string text = lines.str();
  CHECK(std::count(text.begin(), text.end(), '\n') == 12);
  CHECK(text.find("Iteration   12  cost ") != std::string::npos);
  // What is said of learning rates does not fit.
  for (const Finding& f : diagnose(r)) {
    CHECK(f.kind.find("learning rate") == std::string::npos);
  }
  RunRecord slow = r;
  slow.epochs.back().loss = slow.probes.front().loss;
  CHECK(diagnose(slow).empty());
  slow.epochs.back().learning_rate = 1e-9;
  CHECK(!diagnose(slow).empty());
  // A callback can stop it.
  struct Stop : Callback {
    bool on_epoch(Trainer&, const EpochRecord& e) override {
      return e.epoch < 14;
    }
  };
  const Minimum stopped = fit_full_batch(
      t, train, Lbfgs{}, {.callbacks = {std::make_shared<Stop>()}});
  CHECK(stopped.ending == Ending::stopped);
  CHECK(stopped.iterations == 14);
}

TEST_CASE("held-out data that get no better end a full-batch training") {
  // Few noisy examples and many units: soon it only learns the noise.
  data::Dataset train = rings(40, 1);
  const data::Dataset test = rings(400, 2);
  for (std::int64_t i = 0; i < 40; i += 5) {
    train.targets.data<std::int32_t>()[i] ^= 1;
  }
  Trainer t(plain, Sgd{}, {.seed = {1}, .threads = 1});
  const Minimum m = fit_full_batch(
      t, train, Lbfgs{},
      {.stop = {.iterations = 500}, .validation = &test, .early_stopping = 5});
  CHECK(m.ending == Ending::early_stopping);
  CHECK(m.message.find("held-out data does not get better any more: cost ") !=
        std::string::npos);
  CHECK(!converged(m.ending));
  CHECK(t.progress().waited == 5);
  const History& h = t.progress().history;
  REQUIRE(h.size() > 6);
  for (std::size_t i = h.size() - 5; i < h.size(); ++i) {
    CHECK(h[i].validation_loss >= h[h.size() - 6].validation_loss);
  }
}
