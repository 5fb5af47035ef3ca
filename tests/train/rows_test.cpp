// Training tables by rows: beside the whole table where both give the same, and
// beside loops written out for each optimiser where only touched rows count.

#include "train/rows.h"

#include <cmath>
#include <functional>
#include <set>

#include "catch.h"

using namespace weft;

namespace {

/// A table, looked up, and a layer behind it.
struct Net {
  Graph g;
  Value i, y, table, loss;
  State state;

  explicit Net(bool sparse, DType dtype = DType::f32) {
    i = g.input("i", {kBatch}, DType::i32);
    y = g.input("y", {kBatch}, dtype);
    const Value rows =
        embedding(i, kRows, kWidth, {.dtype = dtype, .sparse = sparse});
    const Value out = dense(tanh(rows), 1, {.name = "out"});
    loss = mean(square(reshape(out, {kBatch}) - y));
    table = g.find("embedding/table");
  }
  Tensor targets(std::uint64_t step) const {
    Tensor t(DType::f64, {kCount});
    for (double& v : t.values<double>()) v = std::sin(double(++step));
    return t.to(y.dtype());
  }
  void train(const Optimizer& rule, const MinimizeOptions& options,
             std::uint64_t steps, int threads = 1) {
    const auto step = minimize(loss, rule, options);
    const Program p = compile(
        g, {.outputs = {loss}, .updates = step.updates, .parallel_from = 0});
    state = initialize(g, {4});
    Executor run({.threads = threads});
    for (std::uint64_t s = 0; s < steps; ++s) {
      run(p, state, {{i, draw_indices(s, {kCount})}, {y, targets(s)}});
    }
  }
};

double largest_difference(const State& a, const State& b) {
  REQUIRE(a.entries().size() == b.entries().size());
  double worst = 0;
  for (const auto& e : a.entries()) {
    const Tensor& other = b.at(e.path);
    for (std::int64_t k = 0; k < e.tensor.size(); ++k) {
      const double d = std::abs(e.tensor.at(k) - other.at(k));
      worst = std::isnan(d) ? HUGE_VAL : std::max(worst, d);
    }
  }
  return worst;
}

/// The sum of weights·rows: its gradient for a row is the sum of the weights of
/// the indices that name it, so that loops need no derivative.
struct Linear {
  Graph g;
  Value i = g.input("i", {kCount}, DType::i32);
  Value c = g.input("c", {kCount, kWidth}, DType::f64);
  Value loss;
  State state;

  Linear() {
    loss = sum(
        c * embedding(i, kRows, kWidth, {.dtype = DType::f64, .sparse = true}));
  }
  static Tensor weights(std::uint64_t step) {
    Tensor t(DType::f64, {kCount, kWidth});
    RandomSequence draws(Philox({9}, 3, step));
    for (double& v : t.values<double>()) v = draws.normal();
    return t;
  }
};

using Loop = std::function<void(double& w, double* slots, double g, int t)>;

/// Trains both for some steps and compares tables: `loop` is called for each
/// element of each row that a step touches. Returns the largest difference.
double against_loop(const Optimizer& rule, const Loop& loop,
                    const MinimizeOptions& options = {}) {
  Linear net;
  const auto step = minimize(net.loss, rule, options);
  const Program p = compile(net.g, {.updates = step.updates});
  net.state = initialize(net.g, {4});
  Executor run({.threads = 1});
  const Tensor first = net.state.clone().at("embedding/table");
  std::vector<double> w(first.values<double>().begin(),
                        first.values<double>().end());
  std::vector<double> slots(w.size() * 2);
  for (int t = 1; t <= 30; ++t) {
    const auto s = static_cast<std::uint64_t>(t);
    const Tensor indices = draw_indices(s, {kCount}), c = Linear::weights(s);
    run(p, net.state, {{net.i, indices}, {net.c, c}});
    std::vector<double> g(w.size());
    std::set<std::int32_t> touched;
    for (std::int64_t k = 0; k < kCount; ++k) {
      const std::int32_t row = indices.data<std::int32_t>()[k];
      touched.insert(row);
      for (std::int64_t j = 0; j < kWidth; ++j) {
        g[static_cast<std::size_t>(row * kWidth + j)] += c.at(k * kWidth + j);
      }
    }
    for (const std::int32_t row : touched) {
      for (std::int64_t j = 0; j < kWidth; ++j) {
        const auto at = static_cast<std::size_t>(row * kWidth + j);
        loop(w[at], &slots[2 * at], g[at], t);
      }
    }
  }
  double worst = 0;
  const Tensor& found = net.state.at("embedding/table");
  for (std::size_t k = 0; k < w.size(); ++k) {
    const double d = std::abs(found.at(static_cast<std::int64_t>(k)) - w[k]);
    worst = std::isnan(d) ? HUGE_VAL : std::max(worst, d);
  }
  return worst;
}

void adam(double& w, double* s, double g, int t, double decay = 0) {
  w *= 1 - 0.01 * decay;
  s[0] = 0.9 * s[0] + 0.1 * g;
  s[1] = 0.999 * s[1] + 0.001 * g * g;
  const double m = s[0] / (1 - std::pow(0.9, t));
  const double v = s[1] / (1 - std::pow(0.999, t));
  w -= 0.01 * m / (std::sqrt(v) + 1e-8);
}

}  // namespace

TEST_CASE(
    "rules that leave alone what has no gradient give what they give for "
    "the whole table") {
  auto both = [](const Optimizer& rule, const MinimizeOptions& options) {
    Net whole(false), rows(true);
    whole.train(rule, options, 20);
    rows.train(rule, options, 20);
    CHECK(rows.g.warnings().empty());
    return std::pair(same_bits(whole.state, rows.state),
                     largest_difference(whole.state, rows.state));
  };
  CHECK(both(Sgd{}, {}).first);
  CHECK(both(Adagrad{}, {}).first);
  CHECK(both(Adagrad{.initial = 0.1}, {}).first);
  CHECK(both(Sgd{}, {.clip_value = 0.01}).first);
  // The sum of squares has other terms that are 0, in another order.
  CHECK(both(Sgd{}, {.clip_norm = 0.1}).second < 1e-6);
  const MinimizeOptions groups{
      .groups = {{.pattern = "embedding/*", .rate_factor = 0.5},
                 {.pattern = "out/*", .rate_factor = 0}}};
  CHECK(both(Sgd{}, groups).first);
  const MinimizeOptions frozen{
      .groups = {{.pattern = "embedding/*", .rate_factor = 0}}};
  CHECK(both(Adam{}, frozen).first);
}

TEST_CASE("a clipped norm is that of all gradients") {
  // Rows 0 and 1 get gradients (3, 0, 0) and (0, 4, 0): norm 5, limit 1.
  Linear net;
  const auto step =
      minimize(net.loss, Sgd{.learning_rate = 1}, {.clip_norm = 1});
  const Program p = compile(net.g, {.updates = step.updates});
  State s = initialize(net.g, {4});
  s.set("embedding/table", Tensor(DType::f64, {kRows, kWidth}));
  Tensor indices(DType::i32, {kCount}), c(DType::f64, {kCount, kWidth});
  indices.data<std::int32_t>()[7] = 1;
  c.data<double>()[0] = 1;  // row 0 in two parts
  c.data<double>()[3 * kWidth] = 2;
  c.data<double>()[7 * kWidth + 1] = 4;
  Executor run({.threads = 1});
  run(p, s, {{net.i, indices}, {net.c, c}});
  const Tensor& w = s.at("embedding/table");
  CHECK(std::abs(w.at(0) + 0.6) < 1e-12);
  CHECK(std::abs(w.at(kWidth + 1) + 0.8) < 1e-12);
  CHECK(w.at(1) == 0);
}

TEST_CASE("moments and decay count for the touched rows alone") {
  CHECK(against_loop(Adam{.learning_rate = 0.01},
                     [](double& w, double* s, double g, int t) {
                       adam(w, s, g, t);
                     }) < 1e-12);
  CHECK(against_loop(AdamW{.learning_rate = 0.01, .weight_decay = 0.1},
                     [](double& w, double* s, double g, int t) {
                       adam(w, s, g, t, 0.1);
                     }) < 1e-12);
  CHECK(against_loop(Momentum{.learning_rate = 0.1, .momentum = 0.8},
                     [](double& w, double* s, double g, int) {
                       s[0] = 0.8 * s[0] + g;
                       w -= 0.1 * s[0];
                     }) < 1e-12);
  CHECK(against_loop(RmsProp{.learning_rate = 0.1},
                     [](double& w, double* s, double g, int) {
                       s[0] = 0.99 * s[0] + 0.01 * g * g;
                       w -= 0.1 * g / (std::sqrt(s[0]) + 1e-8);
                     }) < 1e-12);
  CHECK(against_loop(Sgd{.learning_rate = 0.1},
                     [](double& w, double*, double g, int) {
                       w -= 0.1 * (g + 0.05 * w);
                     },
                     {.weight_decay = 0.05}) < 1e-12);
  CHECK(against_loop(Sgd{.learning_rate = 0.1},
                     [](double& w, double*, double g, int) {
                       w -= 0.1 * std::clamp(g, -0.5, 0.5);
                     },
                     {.clip_value = 0.5}) < 1e-12);
}

TEST_CASE("several lookups of one table are joined") {
  auto train = [](bool sparse, std::size_t& warnings) {
    Graph g;
    const Value a = g.input("a", {kBatch}, DType::i32);
    const Value b = g.input("b", {kBatch, 2}, DType::i64);
    const Value first =
        embedding(a, kRows, kWidth, {.dtype = DType::f64, .sparse = sparse});
    const Value w = g.find("embedding/table");
    const Value others = sparse ? lookup(w, b) : gather(w, b, 0);
    const Value loss = mean(square(tanh(first - mean(others, {1})) - 0.3));
    const auto step = minimize(loss, Adagrad{.learning_rate = 0.1});
    const Program p = compile(g, {.updates = step.updates});
    State s = initialize(g, {4});
    Executor run({.threads = 1});
    for (std::uint64_t k = 0; k < 10; ++k) {
      run(p, s,
          {{a, draw_indices(k, {6})},
           {b, draw_indices(100 + k, {6, 2}).to(DType::i64)}});
    }
    warnings = g.warnings().size();
    return s;
  };
  std::size_t warnings = 0;
  const State whole = train(false, warnings), rows = train(true, warnings);
  CHECK(warnings == 0);
  CHECK(largest_difference(whole, rows) < 1e-12);
}

TEST_CASE("a table that is read in other ways too is trained as a whole") {
  auto train = [](bool sparse, std::vector<Warning>& warnings) {
    Graph g;
    const Value i = g.input("i", {kBatch}, DType::i32);
    const Value x =
        embedding(i, kRows, kWidth, {.name = "words", .sparse = sparse});
    const Value out = matmul(tanh(x), g.find("words/table"), false, true);
    const auto step = minimize(mean(softmax_cross_entropy(out, i)), Adam{});
    const Program p = compile(g, {.updates = step.updates});
    State s = initialize(g, {4});
    Executor run({.threads = 1});
    for (std::uint64_t k = 0; k < 5; ++k) {
      run(p, s, {{i, draw_indices(k, {kCount})}});
    }
    warnings = g.warnings();
    return s;
  };
  std::vector<Warning> none, some;
  CHECK(same_bits(train(false, none), train(true, some)));
  CHECK(none.empty());
  REQUIRE(some.size() == 1);
  CHECK(to_string(some[0]).rfind(
            "dense gradient: lookups of 'words/table'. It is also read by "
            "matmul (rows_test.cpp:",
            0) == 0);
}

TEST_CASE(
    "indices that can't be joined are trained as a whole, with a warning") {
  Graph g;
  const Value a = g.input("a", {kBatch, kTime}, DType::i32);
  const Value b = g.input("b", {kBatch}, DType::i32);
  const Value x = embedding(a, kRows, kWidth, {.sparse = true});
  const Value z = lookup(g.find("embedding/table"), b);
  minimize(mean(square(x)) + mean(z), Sgd{});
  REQUIRE(g.warnings().size() == 1);
  CHECK(to_string(g.warnings()[0]).find("can't be joined") !=
        std::string::npos);
}

TEST_CASE("indices of two symbolic dimensions, and none at all") {
  Graph g;
  const Value i = g.input("i", {kBatch, kTime}, DType::i32);
  const Value loss =
      sum(embedding(i, kRows, kWidth, {.dtype = DType::f64, .sparse = true}));
  const auto step = minimize(loss, Sgd{.learning_rate = 0.5});
  const Program p = compile(g, {.updates = step.updates});
  State s = initialize(g, {4});
  const State before = s.clone();
  Executor run({.threads = 1});
  run(p, s, {{i, Tensor(DType::i32, {0, 5})}});
  run(p, s, {{i, Tensor(DType::i32, {3, 0})}});
  CHECK(s.at("embedding/table").bits_equal(before.at("embedding/table")));
  run(p, s, {{i, Tensor::from<std::int32_t>({7, 7, 2, 7}, {2, 2})}});
  for (std::int64_t row = 0; row < kRows; ++row) {
    const double d = s.at("embedding/table").at(row * kWidth) -
                     before.at("embedding/table").at(row * kWidth);
    CHECK(std::abs(d - (row == 7 ? -1.5 : row == 2 ? -0.5 : 0)) < 1e-12);
  }
}

TEST_CASE("training by rows has the same bits for any number of threads") {
  Net one(true), two(true), eight(true);
  one.train(Adam{}, {.clip_norm = 0.1}, 20, 1);
  two.train(Adam{}, {.clip_norm = 0.1}, 20, 2);
  eight.train(Adam{}, {.clip_norm = 0.1}, 20, 8);
  CHECK(same_bits(one.state, two.state));
  CHECK(same_bits(one.state, eight.state));
}

TEST_CASE("a step's memory, kernels and work do not depend on the table") {
  auto plan = [](std::int64_t rows) {
    Graph g;
    const Value a = g.input("a", {kBatch}, DType::i32);
    const Value b = g.input("b", {kBatch, 3}, DType::i32);
    const Value x = embedding(a, rows, 32, {.sparse = true});
    const Value y = lookup(g.find("embedding/table"), b);
    const Value h = dense(x + mean(y, {1}), 8, {.name = "out"});
    const auto step = minimize(mean(square(h)), Adam{}, {.clip_norm = 1});
    CompileOptions options;
    options.outputs = {sum(h)};
    options.updates = step.updates;
    return compile(g, options).summary({{"batch", 64}});
  };
  const std::string small = plan(100);
  CHECK(small == plan(1'000'000));
  CHECK(small.find("one thread") != std::string::npos);
}
