#include <cmath>
#include <filesystem>
#include <utility>

#include "catch.h"
#include "train/rings.h"
#include "weft/weft.h"

using namespace weft;

namespace {

/// Rows whose features are not finite, or so large that gradients overflow.
data::Dataset with_bad_rows(std::initializer_list<std::int64_t> rows,
                            float value) {
  data::Dataset d = rings(200, 1);
  for (const std::int64_t r : rows) d.inputs.data<float>()[2 * r] = value;
  return d;
}

FitOptions skipping(std::vector<std::string>* said = nullptr) {
  FitOptions o{.epochs = 5, .batch_size = 20, .shuffle = false};
  o.not_finite = {.action = NotFinitePolicy::Action::skip,
                  .most = 100,
                  .on_warning = [said](const std::string& text) {
                    if (said) said->push_back(text);
                  }};
  return o;
}

Trainer fresh() {
  return Trainer(rings_network, Adam{.learning_rate = 0.01},
                 {.seed = {3}, .threads = 1});
}

/// √|x - 7|: the loss is finite at 7, its derivative is not.
Network with_kink(Graph& g, Mode) {
  Network n;
  n.input = g.input("x", {kBatch, 2});
  n.target = g.input("y", {kBatch}, DType::i32);
  const Value h = tanh(dense(n.input, 8, {.name = "fc1"}));
  n.output = dense(h, 2, {.name = "out"});
  const Value first = slice(n.input, 1, 0, 1);
  const Value zero = (first - 7) * (1 + g.find("fc1/bias"));
  n.loss = mean(softmax_cross_entropy(n.output, n.target)) +
           1e-3 * mean(sqrt(abs(zero)));
  return n;
}

struct StopAt final : Callback {
  explicit StopAt(std::uint64_t s) : step(s) {}
  bool on_step(Trainer& t, std::int64_t, std::int64_t, double) override {
    return t.state().step < step;
  }
  std::uint64_t step;
};

}  // namespace

TEST_CASE("a step that breaks is left out, as if it had no batch") {
  // Batches 2 and 7 of 10 are bad; the others alone give the same weights.
  std::vector<std::string> said;
  Trainer t = fresh();
  const data::Dataset bad = with_bad_rows({45, 150}, NAN);
  t.fit(bad, skipping(&said));
  CHECK(t.state().step == 5 * 8);
  CHECK(t.metrics.at("skipped_steps") == 10);
  REQUIRE(said.size() == 10);
  CHECK(said[0].find("the loss is nan at epoch 1, batch 3; ") !=
        std::string::npos);
  CHECK(said[9].find("epoch 5, batch 8; ") != std::string::npos);
  CHECK(said[9].find("its batch is left out (10 so far)") != std::string::npos);

  data::Dataset good = rings(200, 1);
  data::Dataset left;
  left.row = good.row;
  left.class_names = good.class_names;
  left.inputs = Tensor(DType::f32, {160, 2});
  left.targets = Tensor(DType::i32, {160});
  std::int64_t to = 0;
  for (std::int64_t i = 0; i < 200; ++i) {
    if (i / 20 == 2 || i / 20 == 7) continue;
    for (int c = 0; c < 2; ++c) {
      left.inputs.data<float>()[2 * to + c] =
          good.inputs.data<float>()[2 * i + c];
    }
    left.targets.data<std::int32_t>()[to] =
        good.targets.data<std::int32_t>()[i];
    ++to;
  }
  Trainer u = fresh();
  u.fit(left, {.epochs = 5, .batch_size = 20, .shuffle = false});
  CHECK(parameter_hash(t.state()) == parameter_hash(u.state()));
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(t.progress().history.at(i).loss ==
          Approx(u.progress().history.at(i).loss));
  }
}

TEST_CASE("a gradient that breaks is found though the loss is finite") {
  // Also in the last step of all, which no other step reads.
  const data::Dataset bad = with_bad_rows({65, 190}, 7);
  for (const int threads : {1, 2}) {
    std::vector<std::string> said;
    Trainer t(with_kink, Sgd{.learning_rate = 0.1},
              {.seed = {3}, .threads = threads});
    FitOptions o = skipping(&said);
    o.epochs = 2;
    t.fit(bad, o);
    REQUIRE(said.size() == 4);
    CHECK(said[0].find("at epoch 1, batch 4; ") != std::string::npos);
    CHECK(said[0].find("backward") != std::string::npos);
    CHECK(said[3].find("at epoch 2, batch 10; ") != std::string::npos);
    for (const auto& e : t.state().entries()) {
      if (e.tensor.dtype() != DType::f32) continue;
      for (float w :
           std::span(e.tensor.data<float>(), std::size_t(e.tensor.size()))) {
        CHECK(std::isfinite(w));
      }
    }
  }
}

TEST_CASE("left-out steps survive a stop and a file") {
  const data::Dataset bad = with_bad_rows({45, 150}, NAN);
  Trainer whole = fresh();
  whole.fit(bad, skipping());
  for (const std::uint64_t stop : {1U, 2U, 3U, 7U, 8U, 20U}) {
    INFO(stop);
    Trainer first = fresh();
    FitOptions o = skipping();
    o.callbacks = {std::make_shared<StopAt>(stop)};
    first.fit(bad, o);
    save(first, "not_finite_policy_test.weft");
    Trainer second = load("not_finite_policy_test.weft", 1);
    second.fit(bad, skipping());
    CHECK(parameter_hash(second.state()) == parameter_hash(whole.state()));
    CHECK(second.metrics == whole.metrics);
    CHECK(second.progress().history.front().loss ==
          whole.progress().history.front().loss);
  }
  std::filesystem::remove("not_finite_policy_test.weft");
}

TEST_CASE("leaving out has an end") {
  FitOptions o = skipping();
  o.not_finite.most = 3;
  Trainer t = fresh();
  try {
    t.fit(with_bad_rows({45}, NAN), o);
    FAIL("it ended");
  } catch (const NumericError& e) {
    CHECK(std::string(e.what()).find("that was allowed 3 times") !=
          std::string::npos);
  }
  CHECK(t.progress().epoch == 3);
}

namespace {

/// Its parameters swing more and more where the rate is above 1.
Network exploding(Graph& g, Mode) {
  Network n;
  n.input = g.input("x", {kBatch, 2});
  n.target = g.input("y", {kBatch}, DType::i32);
  n.output = dense(n.input, 2, {.name = "out"});
  n.loss = mean(softmax_cross_entropy(n.output, n.target)) +
           sum(exp(square(g.find("out/bias") - 1)));
  return n;
}

}  // namespace

TEST_CASE("what going back changed survives the death of the process") {
  const data::Dataset train = rings(200, 1);
  const std::string folder = "not_finite_policy_test",
                    then = "not_finite_policy_test_then";
  std::filesystem::remove_all(folder);
  // The directory as it is when the first steps have been made again.
  struct Copy final : Callback {
    bool on_step(Trainer& t, std::int64_t, std::int64_t, double) override {
      if (went_back && ++steps == 2) {
        CHECK(t.state().step % 5 == 2);  // the next checkpoint is not yet due
        std::filesystem::remove_all(to);
        std::filesystem::copy(from, to);
      }
      return true;
    }
    std::string from, to;
    bool went_back = false;
    int steps = 0;
  };
  auto copy = std::make_shared<Copy>();
  copy->from = folder;
  copy->to = then;
  int told = 0;
  FitOptions o{.epochs = 4, .batch_size = 20};
  o.schedule = schedules::with_warmup(schedules::constant(), 30);
  o.checkpoints = {.directory = folder, .every_steps = 5};
  o.not_finite = {.action = NotFinitePolicy::Action::go_back,
                  .rate_factor = 0.2,
                  .most = 50,
                  .on_warning = [&](const std::string&) {
                    ++told;
                    copy->went_back = true;
                  }};
  FitOptions watched = o;
  watched.callbacks = {copy};
  Trainer whole(exploding, Sgd{.learning_rate = 4},
                {.seed = {3}, .threads = 1});
  whole.fit(train, watched);
  REQUIRE(copy->steps >= 2);
  Trainer again = load_newest(then, 1);
  CHECK(again.progress().rate_factor == 0.2);
  CHECK(again.metrics.at("went_back") == 1);
  const int before = std::exchange(told, 0);
  o.checkpoints.directory = then;
  again.fit(train, o);
  // It does not break at the same place again.
  CHECK(told == before - 1);
  CHECK(again.metrics == whole.metrics);
  CHECK(parameter_hash(again.state()) == parameter_hash(whole.state()));
  std::filesystem::remove_all(folder);
  std::filesystem::remove_all(then);
}

TEST_CASE("a checkpoint whose next step breaks is not gone back to") {
  // The tenth step makes weights that are finite, but whose loss is not.
  auto network = [](Graph& g, Mode) {
    Network n;
    n.input = g.input("x", {kBatch, 2});
    n.target = g.input("y", {kBatch}, DType::i32);
    n.output = dense(n.input, 2, {.name = "out"});
    n.loss = mean(softmax_cross_entropy(n.output, n.target)) +
             sum(exp(0.001 * square(g.find("out/weight"))));
    return n;
  };
  const std::string folder = "not_finite_policy_test";
  std::filesystem::remove_all(folder);
  std::vector<std::string> said;
  FitOptions o{.epochs = 4, .batch_size = 20, .shuffle = false};
  o.checkpoints = {.directory = folder, .every_steps = 5};
  o.not_finite = {
      .action = NotFinitePolicy::Action::go_back,
      .rate_factor = 1e-8,
      .on_warning = [&](const std::string& text) { said.push_back(text); }};
  Trainer t(network, Sgd{.learning_rate = 0.1}, {.seed = {3}, .threads = 1});
  t.fit(with_bad_rows({195, 196, 197, 198, 199}, 1e6F), o);
  CHECK(t.progress().epoch == 4);
  REQUIRE(said.size() == 1);
  CHECK(said[0].find("at epoch 2, batch 1; exp (") != std::string::npos);
  CHECK(said[0].find("going back to step 5 with") != std::string::npos);
  std::filesystem::remove_all(folder);
}

TEST_CASE("a training goes back to a checkpoint with a smaller rate") {
  const data::Dataset train = rings(200, 1);
  const std::string folder = "not_finite_policy_test";
  auto run = [&](std::uint64_t stop, int threads,
                 std::vector<std::string>& said) {
    std::filesystem::remove_all(folder);
    FitOptions o{.epochs = 4, .batch_size = 20};
    o.schedule = schedules::with_warmup(schedules::constant(), 30);
    o.checkpoints = {.directory = folder, .every_steps = 5};
    o.not_finite = {
        .action = NotFinitePolicy::Action::go_back,
        .rate_factor = 0.2,
        .most = 50,
        .on_warning = [&](const std::string& text) { said.push_back(text); }};
    auto first = std::make_unique<Trainer>(
        exploding, Sgd{.learning_rate = 4},
        TrainerOptions{.seed = {3}, .threads = threads});
    if (stop > 0) {
      FitOptions stopping = o;
      stopping.callbacks = {std::make_shared<StopAt>(stop)};
      first->fit(train, stopping);
      first = std::make_unique<Trainer>(load_newest(folder, 1));
    }
    first->fit(train, o);
    CHECK(first->progress().epoch == 4);
    return std::pair(parameter_hash(first->state()),
                     first->metrics.at("went_back"));
  };
  std::vector<std::string> said;
  const auto whole = run(0, 1, said);
  REQUIRE(!said.empty());
  CHECK(said[0].find("exp (") != std::string::npos);
  CHECK(said[0].find("going back to step ") != std::string::npos);
  CHECK(said[0].find("0.200000 times the learning rate (1 so far)") !=
        std::string::npos);
  CHECK(run(0, 2, said) == whole);
  for (const std::uint64_t stop : {1U, 4U, 6U, 13U, 27U}) {
    INFO(stop);
    CHECK(run(stop, 1, said) == whole);
  }
  std::filesystem::remove_all(folder);
  FitOptions o{.epochs = 1};
  o.not_finite.action = NotFinitePolicy::Action::go_back;
  Trainer t = fresh();
  CHECK_THROWS_AS(t.fit(train, o), DataError);
}
