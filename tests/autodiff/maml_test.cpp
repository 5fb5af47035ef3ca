#include "weft/models/maml.h"

#include "catch.h"
#include "weft/weft.h"

using namespace weft;

TEST_CASE("the gradient of maml passes through its steps") {
  // Of a line through 0, w·x, with half the squared error: a step makes
  // w' = w − a·x·(w·x − y), which moves by 1 − a·x² with w.
  const double w = 0.7, rate = 0.1;
  const std::vector<double> x{1, 2, -1.5}, y{2, 1, 0.5}, to{0.5, -1, 3},
      want{1, 1, -2};
  for (const int steps : {0, 1, 3}) {
    for (const bool first_order : {false, true}) {
      Graph g;
      auto input = [&](const std::vector<double>& v) {
        return g.constant(Tensor::from<double>(v, {3, 1}));
      };
      const Value weight = g.parameter(
          "w", {}, initializers::constant(w)({}, DType::f64), DType::f64);
      const Value costs = models::maml(
          [&](Value in, Value out) {
            return 0.5 * sum(square(weight * in - out));
          },
          input(x), input(y), input(to), input(want),
          {.steps = steps, .rate = rate, .first_order = first_order});
      REQUIRE(costs.shape() == Shape{3});
      const Value each = jacobian(costs, weight);
      const Tensor found = eval(costs), slopes = eval(each);
      for (std::size_t t = 0; t < 3; ++t) {
        double now = w, moved = 1;
        for (int k = 0; k < steps; ++k) {
          now -= rate * x[t] * (now * x[t] - y[t]);
          moved *= first_order ? 1 : 1 - rate * x[t] * x[t];
        }
        const double error = now * to[t] - want[t];
        const auto i = static_cast<std::int64_t>(t);
        CHECK(found.at(i) == Approx(0.5 * error * error));
        CHECK(slopes.at(i) == Approx(error * to[t] * moved));
      }
    }
  }
}

TEST_CASE("maml of a model that declares its layers") {
  Graph g;
  const Value x = g.input("x", {kBatch, 4, 2}, DType::f64);
  const Value y = g.input("y", {kBatch, 4, 1}, DType::f64);
  const Value costs = models::maml(
      [](Value in, Value out) {
        const Value h =
            dense(in, 3, {.name = "fc", .activation = Activation::tanh});
        return mean(square(dense(h, 1, {.name = "out"}) - out));
      },
      x, y, x, y, {.steps = 2, .rate = 0.05});
  CHECK(g.parameters().size() == 4);
  const Value total = mean(costs);
  const Value w = g.find("fc/weight");
  const Value slope = gradient(total, w);
  Tensor xs(DType::f64, {3, 4, 2}), ys(DType::f64, {3, 4, 1});
  RandomSequence draws(Philox({3}, 1, 1));
  for (double& v : xs.values<double>()) v = draws.normal();
  for (double& v : ys.values<double>()) v = draws.normal();
  State s = initialize(g, {2});
  const std::vector<Feed> feeds{{x, xs}, {y, ys}};
  const Tensor found = eval(slope, s, feeds);
  double& element = s.at("fc/weight").data<double>()[4];
  const double at = element;
  auto cost = [&](double h) {
    element = at + h;
    return eval(total, s, feeds).item();
  };
  auto central = [&](double h) { return (cost(h) - cost(-h)) / (2 * h); };
  const double a = central(2e-3), b = central(1e-3);
  CHECK(found.at(4) == Approx((4 * b - a) / 3).epsilon(1e-8));
}
