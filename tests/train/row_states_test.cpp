// What steps by rows leave of states: after errors, beside other readers, in
// files and after batches that are left out.

#include <cmath>
#include <filesystem>

#include "catch.h"
#include "core/error_text.h"
#include "train/rows.h"

using namespace weft;

TEST_CASE("an index out of range leaves all states as they were") {
  Graph g;
  const Value a = g.input("a", {kBatch}, DType::i32);
  const Value b = g.input("b", {kBatch}, DType::i32);
  const Value x = embedding(a, 10, 4, {.name = "a", .sparse = true});
  const Value y = embedding(b, 20, 4, {.name = "b", .sparse = true});
  const Value loss = mean(square(dense(x * y, 1, {.name = "out"}) - 1));
  const auto step = minimize(loss, Adam{});
  for (const int threads : {1, 2}) {
    const Program p = compile(g, {.updates = step.updates, .parallel_from = 0});
    State s = initialize(g, {4});
    Executor run({.threads = threads});
    const Tensor good = Tensor::from<std::int32_t>({1, 2}, {2});
    run(p, s, {{a, good}, {b, good}});
    const State before = s.clone();
    const std::string text = error_text<DataError>([&] {
      run(p, s, {{a, good}, {b, Tensor::from<std::int32_t>({3, 20}, {2})}});
    });
    CHECK(text.rfind("[lookup] the index 20 is outside 0 to 19; in lookup (b, "
                     "row_states_test.cpp:",
                     0) == 0);
    CHECK(same_bits(before, s));
    CHECK(s.step == before.step);
    run(p, s, {{a, good}, {b, good}});
    CHECK_FALSE(same_bits(before, s));
  }
}

TEST_CASE("what reads an updated table elsewhere gets a copy") {
  Graph g;
  const Value i = g.input("i", {2}, DType::i32);
  const Value w =
      g.buffer("w", {4, 1}, initializers::constant(1)({4, 1}, DType::f32));
  const Value v =
      g.buffer("v", {4, 1}, initializers::constant(2)({4, 1}, DType::f32));
  const Value put = put_rows(w, i, fill(g, {2, 1}, 5, DType::f32));
  // Each of the two takes rows of the other, as it was before.
  const Program p =
      compile(g, {.outputs = {put, w, put * 2},
                  .updates = {g.assign(w, put),
                              g.assign(v, put_rows(v, i, take_rows(w, i)))}});
  State s = initialize(g);
  Executor run({.threads = 2});
  const auto out = run(p, s, {{i, Tensor::from<std::int32_t>({3, 1}, {2})}});
  const Tensor after = Tensor::from<float>({1, 5, 1, 5}, {4, 1});
  CHECK(out[0].bits_equal(after));
  CHECK(out[1].bits_equal(Tensor::from<float>({1, 1, 1, 1}, {4, 1})));
  CHECK(out[2].bits_equal(Tensor::from<float>({2, 10, 2, 10}, {4, 1})));
  CHECK(s.at("w").bits_equal(after));
  CHECK(s.at("v").bits_equal(Tensor::from<float>({2, 1, 2, 1}, {4, 1})));

  // A turn of all rows, and an exchange.
  const Value all = g.constant(Tensor::from<std::int32_t>({1, 2, 3, 0}, {4}));
  const Program turn =
      compile(g, {.updates = {g.assign(w, put_rows(w, all, v)),
                              g.assign(v, put_rows(v, all, w))},
                  .parallel_from = 0});
  run(turn, s, {});
  CHECK(s.at("w").bits_equal(Tensor::from<float>({1, 2, 1, 2}, {4, 1})));
  CHECK(s.at("v").bits_equal(Tensor::from<float>({5, 1, 5, 1}, {4, 1})));
  const Program own =
      compile(g, {.updates = {g.assign(w, put_rows(w, all, w))}});
  run(own, s, {});
  CHECK(s.at("w").bits_equal(Tensor::from<float>({2, 1, 2, 1}, {4, 1})));
}

namespace {

struct Own {
  static constexpr std::string_view name = "own";
  double learning_rate = 1;
  Value operator()(UpdateContext& c, Value w, Value g) const {
    CHECK(c.rows());
    c.update(w, g);
    return w;
  }
};

}  // namespace

TEST_CASE("a rule may update only its slots by rows") {
  Graph g;
  const Value i = g.input("i", {kBatch}, DType::i32);
  const Value loss = mean(embedding(i, kRows, kWidth, {.sparse = true}));
  CHECK(error_text<GraphError>([&] { minimize(loss, Own{}); })
            .rfind("[update] 'embedding/table' is trained by rows: only what "
                   "slot() returned can be updated, not take_rows",
                   0) == 0);
}

namespace {

Network pairs_network(Graph& g, Mode) {
  Network n;
  n.input = g.input("pair", {kBatch, 2});
  n.target = g.input("y", {kBatch});
  const Value pair = cast(n.input, DType::i32);
  const Value a =
      embedding(select(pair, 1, 0), kRows, 4, {.name = "a", .sparse = true});
  const Value b =
      embedding(select(pair, 1, 1), kRows, 4, {.name = "b", .sparse = true});
  n.output = sum(a * b, {1});
  n.loss = mean(square(n.output - n.target));
  return n;
}

data::Dataset pairs(std::int64_t n) {
  data::Dataset d;
  d.row = {2};
  d.inputs = draw_indices(77, {Dim(n), 2}).to(DType::f32);
  d.targets = Tensor(DType::f32, {Dim(n)});
  double k = 0;
  for (float& v : d.targets.values<float>()) {
    v = static_cast<float>(std::sin(++k));
  }
  return d;
}

Trainer pairs_trainer() {
  return Trainer(pairs_network, Adam{.learning_rate = 0.05},
                 {.seed = {3}, .threads = 1});
}

}  // namespace

TEST_CASE("a training by rows goes on from its file with the same bits") {
  const data::Dataset d = pairs(300);
  Trainer whole = pairs_trainer();
  whole.fit(d, {.epochs = 4, .batch_size = 16});
  Trainer half = pairs_trainer();
  half.fit(d, {.epochs = 2, .batch_size = 16});
  const auto file =
      (std::filesystem::temp_directory_path() / "weft_rows_test.weft").string();
  save(half, file);
  Trainer loaded = load(file);
  std::filesystem::remove(file);
  loaded.fit(d, {.epochs = 4, .batch_size = 16});
  CHECK(same_bits(whole.state(), loaded.state()));
  CHECK(whole.evaluate(d).loss == loaded.evaluate(d).loss);
}

TEST_CASE("a batch that breaks a table is left out") {
  data::Dataset good = pairs(64), bad = pairs(64);
  bad.targets.data<float>()[20] = HUGE_VALF;
  std::vector<std::string> said;
  FitOptions options{.epochs = 3, .batch_size = 16, .shuffle = false};
  options.not_finite = {
      .action = NotFinitePolicy::Action::skip,
      .most = 10,
      .on_warning = [&](const std::string& text) { said.push_back(text); }};
  Trainer t = pairs_trainer();
  t.fit(bad, options);
  CHECK(said.size() == 3);
  CHECK(t.state().step == 9);
  Trainer stops = pairs_trainer();
  options.not_finite.action = NotFinitePolicy::Action::stop;
  CHECK(error_text<NumericError>([&] {
          stops.fit(bad, options);
        }).find("batch 2") != std::string::npos);
  CHECK(stops.state().step == 1);
}
