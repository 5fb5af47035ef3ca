// Averages of weights, and freezing by name.

#include "weft/averages.h"

#include <cmath>
#include <cstdio>

#include "catch.h"
#include "weft/weft.h"

using namespace weft;
using Catch::Matchers::Contains;

namespace {

/// (w − 1)² and its step.
struct Parabola {
  explicit Parabola(const AverageOptions& average) {
    w = g.parameter("w", {2}, initializers::constant(3)({2}, DType::f64),
                    DType::f64);
    const Value off = w - g.constant(Tensor::from<double>({1, -1}, {2}));
    loss = sum(square(off));
    updates =
        minimize(loss, Sgd{.learning_rate = 0.2}, {.average = average}).updates;
    program = compile(g, {.outputs = {loss}, .updates = updates});
    state = initialize(g);
  }
  Graph g;
  Value w, loss;
  std::vector<Value> updates;
  Program program;
  State state;
};

Network rings(Graph& g, Mode mode) {
  Network n;
  n.input = g.input("x", {kBatch, 4});
  n.target = g.input("y", {kBatch}, DType::i32);
  Value h = dense(n.input, 8, {.name = "fc1"});
  h = relu(batch_norm(h, mode));
  n.output = dense(h, 3, {.name = "out"});
  n.loss = mean(softmax_cross_entropy(n.output, n.target));
  return n;
}

data::Dataset some_data() {
  Tensor x(DType::f32, {60, 4});
  float k = 0;
  for (float& v : x.values<float>()) v = std::sin(k += 0.37F);
  Tensor y(DType::i32, {60});
  for (int i = 0; i < 60; ++i) y.data<std::int32_t>()[i] = i % 3;
  return data::make_dataset(x, y);
}

constexpr const char* kAverage = "optimizer/average/";

}  // namespace

TEST_CASE("averages of weights are those of the formula") {
  for (const double decay : {0.9, 0.5, 1.0}) {
    for (const int after : {0, 3}) {
      Parabola p({.decay = decay, .after = after});
      Executor run({.threads = 1});
      double weighted = 0, weights = 0;
      for (int step = 1; step <= 12; ++step) {
        run(p.program, p.state, {});
        const double w = p.state.at("w").at(0);
        if (step <= after) {
          weighted = w, weights = 1;
        } else {
          if (step == after + 1) weighted = weights = 0;
          weighted = decay * weighted + w;
          weights = decay * weights + 1;
        }
        const Tensor& average = p.state.at("optimizer/average/w");
        CHECK(average.at(0) == Approx(weighted / weights).epsilon(1e-14));
        if (step <= after + 1) CHECK(average.bits_equal(p.state.at("w")));
      }
    }
  }
}

TEST_CASE("averages may be made of any updates") {
  Graph g;
  const Value w = g.parameter(
      "w", {}, initializers::constant(4)({}, DType::f64), DType::f64);
  const Value half = g.assign(w, 0.5 * w);
  auto updates = average_weights({half}, {.decay = 1});
  updates.push_back(half);
  State s = initialize(g);
  CHECK_FALSE(has_averages(s));
  CHECK(averaged_state(s).at("w").item() == 4);
  Executor run({.threads = 1});
  const Program p = compile(g, {.outputs = {w}, .updates = updates});
  run(p, s, {});
  run(p, s, {});
  CHECK(s.at("w").item() == 1);
  CHECK(averaged_state(s).at("w").item() == 1.5);
  CHECK(has_averages(s));
  CHECK_FALSE(averaged_state(s).contains("optimizer/average/w"));
}

TEST_CASE("averages that can't be kept are errors") {
  Graph g;
  const Value w = g.parameter("w", {}, initializers::ones()({}, DType::f32));
  const Value b = g.buffer("b", {}, initializers::ones()({}, DType::f32));
  const std::vector<Value> none{g.assign(b, w)}, some{g.assign(w, b)};
  CHECK_THROWS_WITH(average_weights(none, {.decay = 0.9}),
                    Contains("[average_weights] the updates write no "
                             "parameter") &&
                        Contains("averages_test.cpp:"));
  CHECK_THROWS_AS(average_weights({w}, {.decay = 0.9}), GraphError);
  CHECK_THROWS_AS(average_weights({}, {.decay = 0.9}), GraphError);
  for (const double decay : {0.0, -0.1, 1.5, double(NAN)}) {
    CHECK_THROWS_WITH(average_weights(some, {.decay = decay}),
                      Contains("decay must be in (0, 1]"));
  }
  CHECK_THROWS_AS(average_weights(some, {.decay = 1, .after = -1}), GraphError);
  CHECK_THROWS_WITH(averaged_state(initialize(g)),
                    Contains("[averaged_state] the state has no averages"));
  Trainer trainer(rings, Sgd{});
  CHECK_THROWS_AS(trainer.use_averages(), GraphError);
}

TEST_CASE("a trainer evaluates and predicts with averages when asked") {
  const auto data = some_data();
  TrainerOptions options;
  options.minimize.average = {.decay = 0.95};
  Trainer trainer(rings, Adam{.learning_rate = 0.05}, options);
  const auto rows = data.batch(0, 5).first;
  const Tensor fresh = trainer.predict(rows);
  trainer.use_averages();
  CHECK(trainer.predict(rows).bits_equal(fresh));  // no step was made
  trainer.fit(data, {.epochs = 5, .batch_size = 8});

  // The same weights in another trainer.
  Trainer other(rings, Sgd{});
  int averaged = 0;
  for (const State::Entry& e : other.state().entries()) {
    const std::string path = kAverage + e.path;
    if (!trainer.state().contains(path)) continue;
    other.state().set(e.path, trainer.state().at(path));
    ++averaged;
  }
  CHECK(averaged == 8);  // two weights and biases, gain, bias, running moments
  const auto with = trainer.evaluate(data);
  CHECK(with.loss == other.evaluate(data).loss);
  CHECK(trainer.predict(rows).bits_equal(other.predict(rows)));
  trainer.use_averages(false);
  CHECK(trainer.evaluate(data).loss != with.loss);
  CHECK_FALSE(trainer.predict(rows).bits_equal(other.predict(rows)));
}

TEST_CASE("averages are saved, and a resumed run has the same bits") {
  const auto data = some_data();
  TrainerOptions options;
  options.minimize.average = {.decay = 0.95, .after = 6};
  Trainer one(rings, Adam{}, options), two(rings, Adam{}, options);
  one.use_averages();
  two.use_averages();
  one.fit(data, {.epochs = 4, .batch_size = 8, .validation = &data});
  two.fit(data, {.epochs = 2, .batch_size = 8, .validation = &data});
  const std::string file = "averages_test.weft";
  save(two, file);
  Trainer loaded = load(file);
  const auto rows = data.batch(0, 5).first;
  CHECK(loaded.predict(rows).bits_equal(two.predict(rows)));
  {
    Trainer light = load(file, LoadOptions{.inference = true});
    CHECK(light.predict(rows).bits_equal(two.predict(rows)));
    light.use_averages(false);
    two.use_averages(false);
    CHECK(light.predict(rows).bits_equal(two.predict(rows)));
    CHECK_FALSE(light.state().contains("optimizer/fc1/weight/m"));
  }
  std::remove(file.c_str());
  loaded.fit(data, {.epochs = 4, .batch_size = 8, .validation = &data});
  CHECK(loaded.predict(rows).bits_equal(one.predict(rows)));
  for (const State::Entry& e : one.state().entries()) {
    INFO(e.path);
    CHECK(e.tensor.bits_equal(loaded.state().at(e.path)));
  }
  CHECK(loaded.progress().history.back().validation_loss ==
        one.progress().history.back().validation_loss);
}

TEST_CASE("frozen parameters cost nothing and stay as they are") {
  auto step = [](const MinimizeOptions& options) {
    Graph g;
    const Network n = rings(g, Mode::train);
    MinimizeOptions o = options;
    if (o.groups.empty())
      o.parameters = {g.find("out/weight"), g.find("out/bias")};
    const auto made = minimize(n.loss, Adam{.learning_rate = 0.1}, o);
    const Program p =
        compile(g, {.outputs = {n.loss}, .updates = made.updates});
    State s = initialize(g, {1});
    const auto [x, y] = some_data().batch(0, 8);
    Executor run({.threads = 1});
    run(p, s, {{n.input, x}, {n.target, y}});
    SymbolSizes sizes;
    sizes.sizes[static_cast<std::size_t>(kBatch.symbol_id())] = 8;
    return std::tuple{s.clone(), p.kernel_count(sizes), p.planned_bytes(sizes)};
  };
  const std::vector<ParameterGroup> frozen{
      {.pattern = "fc1/*", .rate_factor = 0},
      {.pattern = "batch_norm/*", .rate_factor = 0}};
  for (const double clip : {0.0, 0.01}) {
    const auto [by_name, kernels, bytes] =
        step({.clip_norm = clip, .groups = frozen});
    const auto [alone, fewest, least] = step({.clip_norm = clip});
    CHECK(kernels == fewest);
    CHECK(bytes == least);
    CHECK_FALSE(by_name.contains("optimizer/fc1/weight/m"));
    CHECK(by_name.contains("optimizer/out/weight/m"));
    for (const State::Entry& e : alone.entries()) {
      INFO(e.path);
      CHECK(e.tensor.bits_equal(by_name.at(e.path)));
    }
    Graph g;
    rings(g, Mode::train);
    const State fresh = initialize(g, {1});
    CHECK(by_name.at("fc1/weight").bits_equal(fresh.at("fc1/weight")));
    CHECK_FALSE(by_name.at("out/weight").bits_equal(fresh.at("out/weight")));
  }
}

TEST_CASE("a pattern that names nothing is an error") {
  Graph g;
  const Value loss = rings(g, Mode::train).loss;
  CHECK_THROWS_WITH(
      minimize(loss, Sgd{}, {.groups = {{.pattern = "fc2/weight"}}}),
      Contains("[minimize] no parameter matches 'fc2/weight'; did you mean "
               "fc1/weight?; the parameters are fc1/weight, fc1/bias, ") &&
          Contains("averages_test.cpp:"));
  CHECK_THROWS_WITH(
      minimize(loss, Sgd{}, {.groups = {{.pattern = "*", .rate_factor = 0}}}),
      Contains("[minimize] all parameters are frozen"));
}
