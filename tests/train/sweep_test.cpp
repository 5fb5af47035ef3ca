#include "weft/sweep.h"

#include <cmath>
#include <set>

#include "catch.h"
#include "core/error_text.h"
#include "train/rings.h"

using namespace weft;

TEST_CASE("a grid has every combination once, the last axis fastest") {
  const auto all = grid({{"rate", {1e-3, 0.5}}, {"act", {"relu", "tanh"}}});
  std::vector<std::string> texts;
  for (const Choice& c : all) texts.push_back(to_string(c));
  CHECK(texts ==
        std::vector<std::string>{"rate=0.001 act=relu", "rate=0.001 act=tanh",
                                 "rate=0.5 act=relu", "rate=0.5 act=tanh"});
  CHECK(all[2].number("rate") == 0.5);
  CHECK(all[2].text("act") == "relu");
  CHECK(grid({}).size() == 1);
  CHECK(error_text<GraphError>([&] { all[0]["width"]; }) ==
        "[sweep] there is no setting 'width' in: rate=0.001 act=relu");
  CHECK(error_text<TypeError>([&] { all[0].number("act"); }) ==
        "[sweep] the setting 'relu' is a text, not a number");
  CHECK(error_text<GraphError>([] {
          grid({{"a", {1}}, {"a", {2}}});
        }) == "[sweep] two axes are named 'a'");
  CHECK(error_text<GraphError>([] { grid({{"a"}}); }) ==
        "[grid] the axis 'a' has no values; ranges are for random_choices");
  const Axis wide{"w", std::vector<Setting>(1001, 1)};
  CHECK_THROWS_AS(grid({wide, {"v", std::vector<Setting>(1000, 1)}}),
                  GraphError);
}

TEST_CASE("random choices are even, in range, and apart from each other") {
  using Scale = Axis::Scale;
  const Axis rate{.name = "rate", .low = 1e-4, .high = 1, .scale = Scale::log};
  const Axis width{.name = "width", .low = 3, .high = 6, .scale = Scale::whole};
  const Axis drop{.name = "drop", .low = -1, .high = 3};
  const Axis act{"act", {"relu", "tanh"}};
  constexpr int n = 4000;
  const auto all = random_choices({rate, width, drop, act}, n, {7});
  std::vector<int> decades(4), widths(7);
  double sum = 0;
  int relus = 0;
  for (const Choice& c : all) {
    const double r = c.number("rate");
    REQUIRE((r >= 1e-4 && r <= 1));
    ++decades.at(
        static_cast<std::size_t>(std::min(3.0, std::floor(std::log10(r) + 4))));
    ++widths.at(static_cast<std::size_t>(c.number("width")));
    sum += c.number("drop");
    relus += c.text("act") == "relu" ? 1 : 0;
  }
  // 1000 in each of four, with a standard deviation of 27.
  for (int d : decades) CHECK(std::abs(d - n / 4) < 5 * 28);
  for (std::size_t w = 3; w <= 6; ++w) {
    CHECK(std::abs(widths[w] - n / 4) < 5 * 28);
  }
  CHECK(std::abs(relus - n / 2) < 5 * 32);
  CHECK(sum / n == Approx(1).margin(5 * 4 / std::sqrt(12.0 * n)));
  // Neither the number of draws nor another axis changes a draw.
  const auto few = random_choices({width, rate}, 3, {7});
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(few[i].number("rate") == all[i].number("rate"));
  }
  CHECK(random_choices({rate}, 1, {8})[0].number("rate") !=
        all[0].number("rate"));
  CHECK(error_text<GraphError>([&] {
          random_choices({{.name = "r", .high = 2, .scale = Scale::log}}, 1);
        }) ==
        "[sweep] the axis 'r' has no number from 0 to 2; a logarithm needs "
        "positive ones");
  CHECK_THROWS_AS(random_choices({{.name = "r", .low = 2}}, 1), GraphError);
  CHECK_THROWS_AS(
      random_choices(
          {{.name = "r", .low = 0.2, .high = 0.8, .scale = Scale::whole}}, 1),
      GraphError);
}

TEST_CASE("an ensemble answers with the mean of its members' probabilities") {
  const data::Dataset train = rings(200, 1), test = rings(300, 2);
  auto results = train_many(
      ensemble_of(3, rings_network, Adam{.learning_rate = 0.02}, {.seed = {5}},
                  train, {.epochs = 10, .batch_size = 20}),
      {.threads = 2});
  const auto [x, y] = test.batch(0, 300);
  std::vector<double> mean(600);
  for (const auto& r : results) {
    const Tensor logits = r.trainer->predict(x);
    for (std::size_t i = 0; i < 600; ++i) {
      const auto at = static_cast<std::int64_t>(i), other = at ^ 1;
      // Of two classes the softmax is a sigmoid of the difference.
      mean[i] += 1 / (1 + std::exp(logits.at(other) - logits.at(at))) / 3;
    }
  }
  Ensemble ensemble(std::move(results));
  CHECK(ensemble.size() == 3);
  const Tensor answer = ensemble.predict(x);
  double loss = 0, right = 0;
  for (std::size_t i = 0; i < 600; ++i) {
    CHECK(answer.at(static_cast<std::int64_t>(i)) == Approx(mean[i]));
  }
  for (std::size_t i = 0; i < 300; ++i) {
    const auto label = static_cast<std::size_t>(y.at(static_cast<int>(i)));
    loss -= std::log(mean[2 * i + label]) / 300;
    right += mean[2 * i + label] > 0.5 ? 1.0 / 300 : 0;
  }
  const Evaluation e = ensemble.evaluate(test);
  CHECK(e.loss == Approx(loss));
  CHECK(e.accuracy == Approx(right));
  CHECK(e.count == 300);
  CHECK(error_text<GraphError>([] { Ensemble(std::vector<Trainer>{}); }) ==
        "[ensemble] there are no members");
  std::vector<TrainingResult> failed(1);
  failed[0].name = "a";
  failed[0].message = "[fit] no data";
  CHECK(error_text<GraphError>([&] { Ensemble(std::move(failed)); }) ==
        "[ensemble] no training gave a member: 'a' [fit] no data");
}

TEST_CASE("an ensemble of regressions answers with the mean output") {
  data::Dataset d =
      data::make_dataset(Tensor::from<float>({1, 2, 3, 4}, {4, 1}),
                         Tensor::from<float>({2, 4, 6, 8}, {4}));
  const Build build = [](Graph& g, Mode) {
    Network n;
    n.input = g.input("x", {kBatch, 1});
    n.target = g.input("y", {kBatch, 1});
    n.output = dense(n.input, 1);
    n.loss = mean_squared_error(n.output, n.target);
    return n;
  };
  Ensemble e(train_many(
      ensemble_of(2, build, Sgd{.learning_rate = 0.01}, {}, d, {.epochs = 3}),
      {.threads = 1}));
  const auto [x, y] = d.batch(0, 4);
  const Tensor a = e.member(0).predict(x), b = e.member(1).predict(x);
  double error = 0;
  for (std::int64_t i = 0; i < 4; ++i) {
    const double mean = (a.at(i) + b.at(i)) / 2;
    CHECK(e.predict(x).at(i) == Approx(mean));
    error += std::pow(mean - y.at(i), 2) / 4;
  }
  CHECK(e.evaluate(d).loss == Approx(error));
}
