#include "weft/ctc.h"

#include <cmath>

#include "catch.h"
#include "core/error_text.h"
#include "weft/weft.h"

using namespace weft;
using Catch::Matchers::Contains;

namespace {

constexpr std::int64_t kClasses = 3;

/// Without repetitions, then without blanks.
std::vector<int> read(const std::vector<int>& path, int blank) {
  std::vector<int> text;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const bool again = i > 0 && path[i] == path[i - 1];
    if (!again && path[i] != blank) text.push_back(path[i]);
  }
  return text;
}

/// The probability of the labels by the sum over all paths there are.
double probability(const Tensor& log_p, std::int64_t row, int time,
                   const std::vector<int>& labels, int blank) {
  const std::int64_t steps = log_p.dim(1);
  double total = 0;
  std::int64_t paths = 1;
  for (int t = 0; t < time; ++t) paths *= kClasses;
  for (std::int64_t n = 0; n < paths; ++n) {
    std::vector<int> path;
    double log_path = 0;
    std::int64_t rest = n;
    for (int t = 0; t < time; ++t, rest /= kClasses) {
      path.push_back(static_cast<int>(rest % kClasses));
      log_path += log_p.at((row * steps + t) * kClasses + path.back());
    }
    if (read(path, blank) == labels) total += std::exp(log_path);
  }
  return total;
}

Tensor outputs(std::int64_t batch, std::int64_t time) {
  Tensor x(DType::f64, {Dim(batch), Dim(time), Dim(kClasses)});
  for (std::int64_t i = 0; i < x.size(); ++i) {
    x.data<double>()[i] = 2 * std::sin(1.3 * static_cast<double>(i * i + 1));
  }
  Graph g;
  return eval(log_softmax(g.constant(x))).clone();
}

}  // namespace

TEST_CASE("ctc sums over all paths that read as the labels") {
  const Tensor x = outputs(6, 5);
  for (int blank : {0, 2}) {
    const int a = blank == 0 ? 1 : 0, b = blank == 0 ? 2 : 1;
    const std::vector<std::vector<int>> labels = {{a, b}, {a, a},    {},
                                                  {b},    {a, b, a}, {b, b}};
    const std::vector<int> times = {5, 5, 4, 1, 3, 4};
    Tensor y(DType::i32, {6, 3}), t(DType::i64, {6}), n(DType::i32, {6});
    for (std::size_t r = 0; r < 6; ++r) {
      t.data<std::int64_t>()[r] = times[r];
      n.data<std::int32_t>()[r] = static_cast<std::int32_t>(labels[r].size());
      for (std::size_t i = 0; i < 3; ++i) {
        y.data<std::int32_t>()[3 * r + i] =
            i < labels[r].size() ? labels[r][i] : -7;  // not looked at
      }
    }
    Graph g;
    const Tensor found = eval(ctc_cost(g.constant(x), g.constant(y),
                                       g.constant(t), g.constant(n), blank));
    for (std::size_t r = 0; r < 6; ++r) {
      INFO("row " << r << ", blank " << blank);
      const auto row = static_cast<std::int64_t>(r);
      const double p = probability(x, row, times[r], labels[r], blank);
      CHECK(found.at(row) == Approx(-std::log(p)).epsilon(1e-13));
    }
  }
}

TEST_CASE("ctc is infinite, without a gradient, if there are too few outputs") {
  Graph g;
  const Value x = g.constant(outputs(3, 2));
  const Value y =
      g.constant(Tensor::from<std::int32_t>({1, 1, 1, 2, 1, 2}, {3, 2}));
  const Value t = g.constant(Tensor::from<std::int32_t>({2, 1, 0}, {3}));
  const Value n = g.constant(Tensor::from<std::int32_t>({2, 2, 0}, {3}));
  const Value c = ctc_cost(x, y, t, n);
  const Tensor found = eval(c), grad = eval(gradient(sum(c), x));
  CHECK(found.at(0) == INFINITY);
  CHECK(found.at(1) == INFINITY);
  CHECK(found.at(2) == 0);
  for (std::int64_t i = 0; i < grad.size(); ++i) CHECK(grad.at(i) == 0);
}

TEST_CASE("ctc holds for long sequences and unlikely outputs") {
  constexpr std::int64_t kTime = 2000;
  Tensor x(DType::f32, {1, kTime, kClasses});
  for (float& v : x.values<float>()) v = -30;
  Tensor y(DType::i32, {1, 500});
  for (int i = 0; i < 500; ++i) y.data<std::int32_t>()[i] = 1 + i % 2;
  Graph g;
  const Value in = g.constant(x);
  const Value c = ctc_cost(in, g.constant(y),
                           g.constant(Tensor::from<std::int32_t>({kTime}, {1})),
                           g.constant(Tensor::from<std::int32_t>({500}, {1})));
  const double cost = eval(c).item();
  CHECK(cost > 0);
  CHECK(cost < 30.0 * kTime);
  // Each time has one class.
  const Tensor visits = eval(-gradient(sum(c), in));
  for (std::int64_t t = 0; t < kTime; ++t) {
    double total = 0;
    for (int k = 0; k < kClasses; ++k) total += visits.at(t * kClasses + k);
    CHECK(total == Approx(1).epsilon(1e-5));
  }
}

TEST_CASE("ctc of outputs that are not finite") {
  // Label 1 among three times; class 2 occurs in no path.
  const auto cost_with = [](double value, std::int64_t at) {
    Tensor x = outputs(1, 3).clone();
    x.data<double>()[at] = value;
    Graph g;
    const Value in = g.constant(x);
    const Value c =
        ctc_cost(in, g.constant(Tensor::from<std::int32_t>({1}, {1, 1})),
                 g.constant(Tensor::from<std::int32_t>({3}, {1})),
                 g.constant(Tensor::from<std::int32_t>({1}, {1})));
    return std::pair{eval(c).item(), eval(gradient(sum(c), in))};
  };
  const double nan = std::nan("");
  for (std::int64_t t = 0; t < 3; ++t) {
    INFO("time " << t);
    CHECK(std::isnan(cost_with(nan, 3 * t).first));
    CHECK(std::isnan(cost_with(nan, 3 * t + 1).first));
    CHECK(cost_with(nan, 3 * t + 2).first == cost_with(0, 3 * t + 2).first);
    // A class that can't be: the paths through it are none.
    const auto [cost, grad] = cost_with(-INFINITY, 3 * t);
    CHECK(std::isfinite(cost));
    CHECK(cost > cost_with(0, 3 * t + 2).first);
    CHECK(grad.at(3 * t) == 0);
  }
}

TEST_CASE("ctc refuses labels and lengths that can't be") {
  Graph g;
  const Value x = g.constant(outputs(1, 3));
  auto i32 = [&](std::int32_t v) {
    return g.constant(Tensor::from<std::int32_t>({v}, {1}));
  };
  auto label = [&](std::int32_t v) {
    return g.constant(Tensor::from<std::int32_t>({v}, {1, 1}));
  };
  CHECK_THROWS_WITH(eval(ctc_cost(x, label(0), i32(3), i32(1))),
                    Contains("is the blank"));
  CHECK_THROWS_WITH(eval(ctc_cost(x, label(3), i32(3), i32(1))),
                    Contains("the label 3 of row 0 is outside 0 to 2"));
  CHECK_THROWS_AS(eval(ctc_cost(x, label(1), i32(4), i32(1))), DataError);
  CHECK_THROWS_AS(eval(ctc_cost(x, label(1), i32(3), i32(2))), DataError);
  CHECK_THROWS_AS(eval(ctc_cost(x, label(1), i32(3), i32(-1))), DataError);
  CHECK_THROWS_WITH(
      ctc_cost(x, i32(1), i32(3), i32(1)),
      Contains("(batch, time, classes)") && Contains("ctc_test.cpp:"));
  CHECK_THROWS_AS(ctc_cost(x, label(1), i32(3), i32(1), 3), ShapeError);
}
