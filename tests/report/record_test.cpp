#include <cmath>
#include <fstream>
#include <numeric>
#include <sstream>

#include "catch.h"
#include "train/rings.h"
#include "weft/weft.h"

using namespace weft;

namespace {

Network plain_network(Graph& g, Mode, const char* act) {
  Network n;
  n.input = g.input("x", {kBatch, 2});
  n.target = g.input("y", {kBatch}, DType::i32);
  const Value h = activation(dense(n.input, 16, {.name = "fc1"}), act);
  n.output = dense(h, 2, {.name = "out"});
  n.loss = mean(softmax_cross_entropy(n.output, n.target));
  return n;
}

Trainer trainer_with(const char* act, const Optimizer& o) {
  return Trainer([=](Graph& g, Mode m) { return plain_network(g, m, act); }, o,
                 {.seed = {3}, .threads = 1});
}

/// Looks at all the examples.
std::shared_ptr<Recorder> full_recorder() {
  return std::make_shared<Recorder>(
      RecorderOptions{.name = "r", .probe_rows = 1000, .probe_share = 1});
}

double norm_of_difference(const State& a, const State& b) {
  double sum = 0;
  for (const State::Entry& e : a.entries()) {
    if (!e.trainable) continue;
    for (std::int64_t i = 0; i < e.tensor.size(); ++i) {
      const double d = e.tensor.at(i) - b.at(e.path).at(i);
      sum += d * d;
    }
  }
  return std::sqrt(sum);
}

}  // namespace

TEST_CASE("a recorder changes no bit of the training") {
  const data::Dataset train = rings(300, 1), test = rings(100, 2);
  std::uint64_t hashes[2];
  for (const bool recorded : {false, true}) {
    Trainer t(rings_network, Adam{}, {.seed = {1}, .threads = 2});
    FitOptions fit{.epochs = 4, .batch_size = 20, .validation = &test};
    auto recorder = full_recorder();
    if (recorded) fit.callbacks = {recorder};
    t.fit(train, fit);
    hashes[recorded ? 1 : 0] = parameter_hash(t.state());
    if (!recorded) continue;
    const RunRecord& r = recorder->record();
    CHECK(r.step_records.size() == 60);
    CHECK(r.step_records[29].epoch == Approx(2));
    CHECK(r.epochs.size() == 4);
    CHECK(r.probes.size() >= 5);
    CHECK(r.probes.back().step == 60);
    CHECK(r.parameters == 2 * 24 + 24 + 24 * 2 + 2);
    CHECK(std::isnan(r.probes[0].layers.at(0).update_ratio));
  }
  CHECK(hashes[0] == hashes[1]);
}

TEST_CASE("gradient norm and update ratio are those of a step of descent") {
  const data::Dataset train = rings(200, 1);
  Trainer t = trainer_with("tanh", Sgd{.learning_rate = 0.25});
  auto recorder = full_recorder();
  const State before = t.state().clone();
  t.fit(train, {.epochs = 1, .batch_size = 200, .callbacks = {recorder}});
  const RunRecord& r = recorder->record();
  REQUIRE(r.probes.size() == 2);
  CHECK(r.probes[0].gradient_norm ==
        Approx(norm_of_difference(before, t.state()) / 0.25).epsilon(1e-4));
  CHECK(r.probes[0].loss == Approx(r.step_records[0].loss).epsilon(1e-5));

  const Tensor& w = t.state().at("fc1/weight");
  double moved = 0, size = 0;
  for (std::int64_t i = 0; i < w.size(); ++i) {
    moved += std::pow(w.at(i) - before.at("fc1/weight").at(i), 2);
    size += w.at(i) * w.at(i);
  }
  const LayerRecord& l = r.probes[1].layers.at(0);
  CHECK(l.name == "fc1");
  CHECK(l.activation == "tanh");
  CHECK(l.update_ratio == Approx(std::sqrt(moved / size)).epsilon(1e-5));
  CHECK(l.weight_rms == Approx(std::sqrt(size / 32)).epsilon(1e-5));
  CHECK(std::accumulate(l.activations.counts.begin(),
                        l.activations.counts.end(), 0L) == 200 * 16);
}

TEST_CASE("saturated and dead units are counted") {
  const data::Dataset train = rings(200, 1);
  for (const std::string act : {"sigmoid", "tanh", "relu"}) {
    INFO(act);
    Trainer t = trainer_with(act.c_str(), Sgd{.learning_rate = 1e-6});
    // Half of the units get a bias that nothing moves.
    for (std::int64_t i = 0; i < 8; ++i) {
      t.state().at("fc1/bias").data<float>()[i] = -1000;
    }
    auto recorder = full_recorder();
    t.fit(train, {.epochs = 1, .batch_size = 200, .callbacks = {recorder}});
    const LayerRecord& l = recorder->record().probes.back().layers.at(0);
    if (act == "relu") {
      CHECK(l.dead == 0.5);
      CHECK(std::isnan(l.saturated));
    } else {
      CHECK(std::isnan(l.dead));
      CHECK(l.saturated >= 0.5);
      CHECK(l.saturated < 0.8);
    }
  }
}

TEST_CASE("histograms") {
  const auto h =
      histogram(Tensor::from<double>({0, 1, 2, 4, std::nan(""), 3.9,
                                      std::numeric_limits<double>::infinity()},
                                     {7}),
                4);
  CHECK(h.low == 0);
  CHECK(h.high == 4);
  CHECK(h.counts == std::vector<std::int64_t>{1, 1, 1, 2});
  CHECK(histogram(Tensor::from<float>({5, 5}, {2}), 2).counts[0] == 2);
  CHECK_THROWS_AS(histogram(Tensor(DType::i32, {2})), TypeError);
}

TEST_CASE("calibration takes probabilities as they are") {
  auto error_of = [](bool ends_with_softmax) {
    auto build = [=](Graph& g, Mode) {
      Network n;
      n.input = g.input("x", {kBatch, 2});
      n.target = g.input("y", {kBatch}, DType::i32);
      n.output = dense(n.input, 2, {.name = "out"});
      n.loss = mean(softmax_cross_entropy(n.output, n.target));
      if (ends_with_softmax) n.output = softmax(n.output);
      return n;
    };
    Trainer t(build, Adam{}, {.threads = 1});
    return classify(t, rings(200, 1)).calibration_error;
  };
  CHECK(error_of(true) == Approx(error_of(false)).epsilon(1e-5));
}

TEST_CASE("classes are measured") {
  const data::Dataset train = rings(400, 1), test = rings(300, 2);
  Trainer t = trainer_with("tanh", Adam{.learning_rate = 0.01});
  t.fit(train, {.epochs = 3, .batch_size = 20});
  const ClassificationRecord c = classify(t, test, 5);
  const Evaluation e = t.evaluate(test);
  CHECK(c.accuracy == e.accuracy);
  CHECK(c.confusion == e.confusion);
  const auto& m = c.confusion;
  CHECK(c.precision[1] == Approx(double(m[1][1]) / double(m[0][1] + m[1][1])));
  CHECK(c.recall[1] == Approx(double(m[1][1]) / double(m[1][0] + m[1][1])));
  std::int64_t count = 0;
  double right = 0;
  for (const CalibrationBin& b : c.calibration) {
    count += b.count;
    right += b.accuracy * double(b.count);
  }
  CHECK(count == 300);
  CHECK(right == Approx(300 * c.accuracy));
  REQUIRE(c.worst.size() == 5);
  for (std::size_t i = 0; i < c.worst.size(); ++i) {
    const ExampleRecord& w = c.worst[i];
    CHECK(w.truth != w.prediction);
    CHECK(w.truth ==
          std::int64_t(test.batch(w.index, w.index + 1).second.at(0)));
    if (i > 0) CHECK(w.probability <= c.worst[i - 1].probability);
  }
  data::Dataset numbers = test;
  numbers.class_names.clear();
  CHECK_THROWS_AS(classify(t, numbers), DataError);
}

TEST_CASE("the network is drawn as boxes") {
  Trainer t = trainer_with("relu", Adam{});
  const auto boxes = draw(*t.graphs().eval, t.graphs().eval_network);
  std::string text;
  for (const DrawnNode& n : boxes) {
    text += n.kind + " " + n.label + n.shape + std::to_string(n.parameters);
    for (int i : n.inputs) text += " <" + std::to_string(i);
    text += "; ";
  }
  CHECK(text ==
        "input x(batch, 2)0; dense fc1(batch, 16)48 <0; "
        "op relu(batch, 16)0 <1; dense out(batch, 2)34 <2; "
        "input y(batch)0; loss loss()0 <3 <4; ");
}

TEST_CASE("a page is written, and names can't break it") {
  RunRecord r;
  r.name = "a</script>\"\n";
  CHECK(to_json(r).find("a\\u003c/script>\\\"\\u000a") != std::string::npos);
  CHECK(to_json(r).find("nan") == std::string::npos);
  const std::string path = "report_test.html";
  if (!has_report_page()) {
    CHECK_THROWS_AS(write_report(std::span(&r, 1), path), Error);
    return;
  }
  write_report(std::span(&r, 1), path);
  std::ifstream in(path);
  std::ostringstream page;
  page << in.rdbuf();
  CHECK(page.str().find("a\\u003c/script>") != std::string::npos);
  CHECK_THROWS_AS(write_report(std::span(&r, 1), "no/such/folder.html"),
                  DataError);
}
