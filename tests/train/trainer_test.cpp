#include <atomic>
#include <cmath>
#include <sstream>

#include "catch.h"
#include "train/rings.h"
#include "weft/weft.h"

using namespace weft;

TEST_CASE("every optimiser learns the rings") {
  const data::Dataset train = rings(400, 1), test = rings(200, 2);
  const std::vector<Optimizer> all = {
      Sgd{.learning_rate = 0.3},
      Momentum{.learning_rate = 0.05},
      Momentum{.learning_rate = 0.05, .nesterov = true},
      Adagrad{.learning_rate = 0.1},
      Adadelta{.learning_rate = 5},
      RmsProp{.learning_rate = 0.01},
      RmsProp{.learning_rate = 0.005, .momentum = 0.5},
      Adam{.learning_rate = 0.02},
      AdamW{.learning_rate = 0.02}};
  for (const Optimizer& o : all) {
    INFO(o.name());
    Trainer t(rings_network, o, {.seed = {1}, .threads = 1});
    t.fit(train, {.epochs = 40, .batch_size = 20});
    CHECK(t.evaluate(test).accuracy > 0.97);
  }
}

TEST_CASE("Adam's first step is the learning rate, whatever the gradient") {
  Graph g;
  const Value w =
      g.parameter("w", {2}, initializers::zeros()({2}, DType::f64), DType::f64);
  const Value loss =
      sum(w * g.constant(Tensor::from<double>({1e-3, -50}, {2})));
  const auto step = minimize(loss, Adam{.learning_rate = 0.25});
  State s = initialize(g);
  Executor run({.threads = 1});
  run(compile(g, {.updates = step.updates}), s, {});
  CHECK(s.at("w").at(0) == Approx(-0.25).epsilon(1e-4));
  CHECK(s.at("w").at(1) == Approx(0.25).epsilon(1e-6));
}

TEST_CASE("clipping, decay and groups") {
  auto stepped = [](const MinimizeOptions& options) {
    Graph g;
    using initializers::ones;
    const Value w =
        g.parameter("a/weight", {2, 1}, ones()({2, 1}, DType::f64), DType::f64);
    const Value b =
        g.parameter("a/bias", {2}, ones()({2}, DType::f64), DType::f64);
    const Value loss = 3 * sum(w) + 4 * sum(b);
    const auto step = minimize(loss, Sgd{.learning_rate = 1}, options);
    State s = initialize(g);
    Executor run({.threads = 1});
    run(compile(g, {.updates = step.updates}), s, {});
    return std::pair(s.at("a/weight").at(0), s.at("a/bias").at(0));
  };
  CHECK(stepped({}) == std::pair(-2.0, -3.0));
  CHECK(stepped({.clip_value = 1}) == std::pair(0.0, 0.0));
  CHECK(stepped({.weight_decay = 0.5}) == std::pair(-2.5, -3.0));
  CHECK(stepped({.weight_decay = 0.5, .decay_all = true}) ==
        std::pair(-2.5, -3.5));
  CHECK(stepped({.groups = {{.pattern = "*/bias", .rate_factor = 0}}}) ==
        std::pair(-2.0, 1.0));
  const auto clipped = stepped({.clip_norm = std::sqrt(2.0)});
  CHECK(clipped.first == Approx(1 - 3.0 / 5));
  CHECK(clipped.second == Approx(1 - 4.0 / 5));
}

TEST_CASE("schedules") {
  CHECK(schedules::step(10).rate(1, 25) == Approx(0.01));
  CHECK(schedules::exponential(10).rate(1, 5) == Approx(std::sqrt(0.1)));
  CHECK(schedules::cosine(100).rate(2, 0) == 2);
  CHECK(schedules::cosine(100).rate(2, 50) == Approx(1));
  CHECK(schedules::cosine(100).rate(2, 1000) == Approx(0).margin(1e-12));
  CHECK(schedules::with_warmup(schedules::constant(), 10).rate(1, 4) == 0.5);
  CHECK_THROWS_AS((Schedule{.name = "none"}.rate(1, 1)), GraphError);
}

TEST_CASE("schedules that return and end give PyTorch's rates") {
  const Schedule restarts = schedules::warm_restarts(10, 2);
  CHECK(restarts.rate(0.1, 1) == Approx(0.09755283));
  CHECK(restarts.rate(0.1, 9) == Approx(0.002447174));
  CHECK(restarts.rate(0.1, 29) == Approx(0.000615583));
  CHECK(restarts.rate(0.1, 31) == Approx(0.09984587));
  CHECK(schedules::warm_restarts(10).rate(0.1, 1e9 + 1) == Approx(0.09755283));
  const Schedule steps = schedules::multistep({5, 20, 33}, 0.3);
  CHECK(steps.rate(0.1, 4) == 0.1);
  CHECK(steps.rate(0.1, 5) == Approx(0.03));
  CHECK(steps.rate(0.1, 33) == Approx(0.0027));
  const Schedule power = schedules::polynomial(51, 2);
  CHECK(power.rate(0.1, 1) == Approx(0.09611688));
  CHECK(power.rate(0.1, 49) == Approx(0.000153787));
  CHECK(power.rate(0.1, 52) == 0);
  const Schedule cycle = schedules::one_cycle(51);
  CHECK(cycle.rate(0.2, 0) == Approx(0.008));
  CHECK(cycle.rate(0.2, 1) == Approx(0.01030739));
  CHECK(cycle.rate(0.2, 14) == Approx(0.1997916));
  CHECK(cycle.rate(0.2, 49) == Approx(0.0003877468));
  CHECK(cycle.rate(0.2, 70) == Approx(8e-7));
}

TEST_CASE("early stopping and plateaus watch the validation loss") {
  const data::Dataset train = rings(100, 1), test = rings(50, 2);
  Trainer t(rings_network, Sgd{.learning_rate = 1e-9}, {.threads = 1});
  const auto& history = t.fit(train, {.epochs = 50,
                                      .batch_size = 50,
                                      .validation = &test,
                                      .schedule = schedules::plateau(2, 0.5),
                                      .early_stopping = 5});
  CHECK(history.size() < 50);
}

TEST_CASE("a stopped and resumed training has the bits of a whole one") {
  const data::Dataset train = rings(200, 1), test = rings(50, 2);
  const FitOptions options{.epochs = 4,
                           .batch_size = 30,
                           .validation = &test,
                           .schedule = schedules::cosine(28)};
  Trainer whole(rings_network, Adam{}, {.seed = {3}, .threads = 1});
  whole.fit(train, options);

  struct StopAt final : Callback {
    explicit StopAt(int n) : left(n) {}
    bool on_step(Trainer&, std::int64_t, std::int64_t, double) override {
      return --left > 0;
    }
    int left;
  };
  const std::string file = "resume_test.weft";
  for (int steps : {1, 7, 11, 20}) {
    INFO(steps);
    Trainer first(rings_network, Adam{}, {.seed = {3}, .threads = 2});
    FitOptions stopping = options;
    stopping.callbacks = {std::make_shared<StopAt>(steps)};
    first.fit(train, stopping);
    CHECK(first.stopped());
    save(first, file);
    Trainer second = load(file, 1);
    second.fit(train, options);
    CHECK(parameter_hash(second.state()) == parameter_hash(whole.state()));
    for (std::size_t i = 0; i < 4; ++i) {
      CHECK(second.progress().history.at(i).loss ==
            whole.progress().history.at(i).loss);
    }
  }
  std::remove(file.c_str());
}

TEST_CASE("a loss that is not finite is reported") {
  data::Dataset train = rings(40, 1);
  train.inputs.data<float>()[7] = NAN;
  Trainer t(rings_network, Sgd{}, {.threads = 1});
  CHECK_THROWS_AS(t.fit(train, {.epochs = 20, .batch_size = 10}), NumericError);
}

TEST_CASE("data that do not fit the model are refused") {
  Trainer t(rings_network, Adam{}, {.threads = 1});
  data::Dataset wide = rings(10, 1);
  wide.row = {4};
  wide.inputs = Tensor(DType::f32, {10, 4});
  CHECK_THROWS_AS(t.fit(wide, {}), DataError);
  data::Dataset many = rings(10, 1);
  many.class_names = {"a", "b", "c"};
  CHECK_THROWS_AS(t.fit(many, {}), DataError);
  CHECK_THROWS_AS(t.fit(rings(10, 1), {.batch_size = 0}), DataError);
}

TEST_CASE("a trainer of the user's own graph") {
  Graph g;
  const Value x = g.input("x", {kBatch, 2});
  const Value y = g.input("y", {kBatch}, DType::i32);
  const Value out = dense(tanh(dense(x, 16, {.name = "fc1"})), 2);
  Trainer t(mean(softmax_cross_entropy(out, y)), Adam{.learning_rate = 0.02},
            {.threads = 1, .output = out});
  t.fit(rings(300, 1), {.epochs = 30, .batch_size = 20});
  CHECK(t.evaluate(rings(100, 2)).accuracy > 0.97);
}

TEST_CASE("the progress bar is quiet where there is no terminal") {
  std::ostringstream out;
  Trainer t(rings_network, Adam{}, {.threads = 1});
  t.fit(rings(50, 1),
        {.epochs = 2, .batch_size = 10, .callbacks = {progress_bar(out)}});
  const std::string text = out.str();
  CHECK(std::count(text.begin(), text.end(), '\n') == 2);
  CHECK(text.find('\r') == std::string::npos);
  CHECK(text.find("validation") == std::string::npos);
  const data::Dataset other = rings(50, 2);
  t.fit(rings(50, 1), {.epochs = 3,
                       .batch_size = 10,
                       .validation = &other,
                       .callbacks = {progress_bar(out)}});
  CHECK(out.str().find("validation accuracy") != std::string::npos);
}
