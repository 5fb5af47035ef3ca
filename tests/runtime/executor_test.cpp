#include <thread>

#include "catch.h"
#include "core/error_text.h"
#include "weft/weft.h"

using namespace weft;

namespace {

struct Model {
  Graph g;
  Value x, y, loss;
  std::vector<Value> updates;

  explicit Model(double dropout_rate = 0.2) {
    x = g.input("x", {kBatch, 20});
    y = g.input("y", {kBatch}, DType::i32);
    Value h = relu(dense(x, 64, {.name = "a"}));
    h = dropout(h, dropout_rate, Mode::train);
    h = batch_norm(tanh(dense(h, 48, {.name = "b"})), Mode::train);
    loss = mean(softmax_cross_entropy(dense(h, 5, {.name = "c"}), y));
    updates = minimize(loss, Adam{}, {.clip_norm = 1}).updates;
  }
};

std::pair<Tensor, Tensor> examples(std::int64_t n) {
  Tensor x(DType::f32, {Dim(n), 20}), y(DType::i32, {Dim(n)});
  RandomSequence draws(Philox({5}, 0, 0));
  for (float& v : x.values<float>()) v = static_cast<float>(draws.normal());
  for (auto& v : y.values<std::int32_t>()) {
    v = static_cast<std::int32_t>(draws.below(5));
  }
  return {x, y};
}

std::uint64_t train(int threads, const CompileOptions& options = {}) {
  Model m;
  CompileOptions o = options;
  o.outputs = {m.loss};
  o.updates = m.updates;
  const Program p = compile(m.g, o);
  Executor run({.threads = threads});
  State s = initialize(m.g, {9});
  for (int i = 0; i < 30; ++i) {
    const auto [x, y] = examples(i % 7 == 6 ? 13 : 32);
    run(p, s, {{m.x, x}, {m.y, y}});
  }
  return parameter_hash(s);
}

}  // namespace

TEST_CASE("a training has the same bits on any number of threads") {
  CompileOptions parallel;
  parallel.parallel_from = 0;
  const std::uint64_t expected = train(1);
  for (int threads : {1, 2, 3, 8}) {
    INFO(threads);
    CHECK(train(threads, parallel) == expected);
  }
}

TEST_CASE("every pass can be left out without changing the result") {
  auto f64_result = [](std::vector<std::string> disabled) {
    Graph g;
    const Value x = g.input("x", {kBatch, 6}, DType::f64);
    Value h = tanh(dense(x, 8, {.name = "a"}));
    h = layer_norm(h * 1 + 0.0);
    const Value loss = mean(square(dense(h, 3, {.name = "b"})));
    const auto step = minimize(loss, Adam{});
    const Program p = compile(g, {.outputs = {loss},
                                  .updates = step.updates,
                                  .disabled_passes = disabled});
    State s = initialize(g, {2});
    Executor run({.threads = 1});
    Tensor in(DType::f64, {4, 6});
    for (int i = 0; i < 24; ++i) in.data<double>()[i] = 0.1 * i - 1;
    double last = 0;
    for (int i = 0; i < 10; ++i) last = run(p, s, {{x, in}})[0].item();
    return last;
  };
  const double expected = f64_result({});
  REQUIRE(pass_names().size() >= 5);
  for (const std::string& pass : pass_names()) {
    INFO(pass);
    CHECK(f64_result({pass}) == Approx(expected).epsilon(1e-12));
  }
  CHECK(f64_result(pass_names()) == Approx(expected).epsilon(1e-12));
  CHECK(error_text<GraphError>([&] {
          f64_result({"nothing"});
        }).find("there is no pass 'nothing'; passes are fold, merge, ") !=
        std::string::npos);
}

TEST_CASE("what fails on constants fails when it is run") {
  Graph g;
  const Value places = g.constant(Tensor::from<std::int32_t>({3}, {1}));
  const Value y = one_hot(places, 2);
  Program p = compile(g, {.outputs = {y}});
  State s = initialize(g);
  Executor run({.threads = 1});
  const std::string text = error_text<DataError>([&] { run(p, s, {}); });
  CHECK(text.find("[one_hot] the index 3 is outside 0 to 1") !=
        std::string::npos);
}

TEST_CASE("memory is reused, and fusion makes fewer kernels") {
  Graph g;
  const Value x = g.input("x", {kBatch, 1024});
  Value y = x;
  for (int i = 0; i < 10; ++i) y = sin(y * 2 + 1) - softmax(y);
  SymbolSizes sizes;
  sizes.sizes[0] = 16;
  const Program all = compile(g, {.outputs = {y}});
  const Program plain =
      compile(g, {.outputs = {y}, .disabled_passes = {"fuse"}});
  const Program elementwise =
      compile(g, {.outputs = {y}, .disabled_passes = {"reductions"}});
  const Program wasteful = compile(
      g, {.outputs = {y}, .disabled_passes = {"reductions", "reuse_memory"}});
  CHECK(all.kernel_count(sizes) < 6);
  CHECK(elementwise.kernel_count(sizes) == 20);
  CHECK(plain.kernel_count(sizes) == 50);
  CHECK(all.planned_bytes(sizes) <= 3 * 16 * 1024 * 4);
  CHECK(elementwise.planned_bytes(sizes) <= 3 * 16 * 1024 * 4);
  // 29 values, of which the caller has the last one.
  CHECK(wasteful.planned_bytes(sizes) == 28 * 16 * 1024 * 4);
  CHECK(elementwise.summary({{"batch", 16}}).find("kernels        20") !=
        std::string::npos);
}

TEST_CASE("a state is read before it is written") {
  Graph g;
  const auto one = initializers::ones()({}, DType::f32);
  const Value a = g.buffer("a", {}, one), b = g.buffer("b", {}, one);
  const Value ua = g.assign(a, b * 2), ub = g.assign(b, a + b);
  const Program p = compile(g, {.outputs = {a, b, a + b}, .updates = {ua, ub}});
  State s = initialize(g);
  Executor run({.threads = 1});
  const auto first = run(p, s, {});
  CHECK(first[0].item() == 1);
  CHECK(first[2].item() == 2);
  CHECK(s.at("a").item() == 2);
  CHECK(s.at("b").item() == 2);
  run(p, s, {});
  CHECK(s.at("a").item() == 4);
  CHECK(s.at("b").item() == 4);
}

TEST_CASE("two states can be exchanged") {
  Graph g;
  const Value a =
      g.buffer("a", {2}, initializers::constant(1)({2}, DType::f32));
  const Value b =
      g.buffer("b", {2}, initializers::constant(2)({2}, DType::f32));
  const Program p = compile(g, {.updates = {g.assign(a, b), g.assign(b, a)}});
  State s = initialize(g);
  Executor run({.threads = 1});
  run(p, s, {});
  CHECK(s.at("a").at(1) == 2);
  CHECK(s.at("b").at(1) == 1);
}

TEST_CASE("a run that throws leaves the state as it was") {
  Graph g;
  const Value i = g.input("i", {kBatch}, DType::i32);
  const Value rows = embedding(i, 4, 3);
  const auto step = minimize(sum(square(rows)), Momentum{});
  const Program p = compile(g, {.updates = step.updates});
  State s = initialize(g, {1});
  Executor run({.threads = 2});
  run(p, s, {{i, Tensor::from<std::int32_t>({0, 3}, {2})}});
  const State before = s.clone();
  try {
    run(p, s, {{i, Tensor::from<std::int32_t>({0, 7}, {2})}});
    FAIL("an index out of range was taken");
  } catch (const DataError& e) {
    CHECK(std::string(e.what()).rfind(
              "[gather] the index 7 is outside 0 to 3; in gather (embedding, "
              "executor_test.cpp:",
              0) == 0);
  }
  for (const auto& e : before.entries()) {
    CHECK(s.at(e.path).bits_equal(e.tensor));
  }
  CHECK(s.step == before.step);
  run(p, s, {{i, Tensor::from<std::int32_t>({1}, {1})}});
}

TEST_CASE("feeds are checked") {
  Model m;
  const Program p = compile(m.g, {.outputs = {m.loss}});
  State s = initialize(m.g);
  Executor run({.threads = 1});
  const auto [x, y] = examples(4);
  CHECK_THROWS_AS(run(p, s, {{m.x, x}}), GraphError);
  CHECK_THROWS_AS(run(p, s, {{m.x, x}, {m.y, x}}), TypeError);
  CHECK_THROWS_AS(run(p, s, {{m.x, x}, {m.y, y.rows(0, 3)}}), ShapeError);
  CHECK_THROWS_AS(run(p, s, {{m.x, x.to(DType::f64)}, {m.y, y}}), TypeError);
  CHECK_THROWS_AS(run(p, s, {{m.loss, x}, {m.y, y}}), GraphError);
  Model other;
  CHECK_THROWS_AS(run(p, s, {{other.x, x}, {other.y, y}}), GraphError);
  CHECK_THROWS_AS(Program().planned_bytes({}), GraphError);
  CHECK_THROWS_AS(Program().summary(), GraphError);
  State empty;
  CHECK_THROWS_AS(run(p, empty, {{m.x, x}, {m.y, y}}), GraphError);
  CHECK_THROWS_AS(Executor({.threads = -1}), GraphError);
  CHECK_THROWS_AS(run(Program(), s, {}), GraphError);
  CHECK(run(p, s, {{m.x, x}, {m.y, y}}).size() == 1);
}

TEST_CASE("many threads run one program, each with its own state") {
  Model m;
  const Program p = compile(
      m.g, {.outputs = {m.loss}, .updates = m.updates, .parallel_from = 0});
  const std::uint64_t expected = train(1);
  std::vector<std::uint64_t> hashes(4);
  Executor shared({.threads = 2});
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < hashes.size(); ++t) {
    threads.emplace_back([&, t] {
      State s = initialize(m.g, {9});
      for (int i = 0; i < 30; ++i) {
        const auto [x, y] = examples(i % 7 == 6 ? 13 : 32);
        shared(p, s, {{m.x, x}, {m.y, y}});
      }
      hashes[t] = parameter_hash(s);
    });
  }
  for (std::thread& t : threads) t.join();
  for (std::uint64_t h : hashes) CHECK(h == expected);
}
