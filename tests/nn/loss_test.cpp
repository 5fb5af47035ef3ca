#include "weft/loss.h"

#include <cmath>

#include "catch.h"
#include "core/error_text.h"
#include "weft/weft.h"

using namespace weft;
using Catch::Matchers::Contains;

namespace {

constexpr int kRows = 4, kClasses = 3;

Tensor logits() {
  return Tensor::from<double>(
      {0.3, -1, 2, 1.2, 0, 0.5, -0.7, 2.1, -1.4, 0.1, 0.2, -0.3},
      {kRows, kClasses});
}
Tensor labels() { return Tensor::from<std::int32_t>({2, 0, 0, 1}, {kRows}); }

using Make = std::function<Value(Value z, Value y)>;

/// Greatest |derivative − finite difference| over all logits, as a share of the
/// greatest derivative.
double error_of(const Make& make) {
  Graph g;
  const Value z = g.input("z", {kRows, kClasses}, DType::f64);
  const Value y = g.input("y", {kRows}, DType::i32);
  const Value c = make(z, y);
  State s = initialize(g);
  Tensor at = logits();
  auto cost = [&] {
    const Feed feeds[] = {{z, at}, {y, labels()}};
    return eval(c, s, feeds).item();
  };
  const Value d = gradient(c, z);
  const Feed feeds[] = {{z, at}, {y, labels()}};
  const Tensor grad = eval(d, s, feeds).clone();
  double worst = 0, greatest = 0;
  for (int i = 0; i < kRows * kClasses; ++i) {
    double& x = at.data<double>()[i];
    const double before = x, h = 1e-3;
    auto difference = [&](double step) {
      x = before + step;
      const double above = cost();
      x = before - step;
      const double below = cost();
      x = before;
      return (above - below) / (2 * step);
    };
    // Richardson's extrapolation: an error of h⁴.
    const double numeric = (4 * difference(h / 2) - difference(h)) / 3;
    worst = std::max(worst, std::abs(numeric - grad.at(i)));
    greatest = std::max(greatest, std::abs(numeric));
  }
  REQUIRE(greatest > 1e-3);
  return worst / greatest;
}

}  // namespace

TEST_CASE("the gradients of all pairs are those of finite differences") {
  for (Cost cost :
       {Cost::quadratic, Cost::cross_entropy, Cost::log_likelihood}) {
    for (Activation::Kind kind :
         {Activation::sigmoid, Activation::tanh, Activation::rescaled_tanh,
          Activation::softmax}) {
      INFO(to_string(cost) << " on " << name_of(kind));
      CHECK(error_of([&](Value z, Value y) {
              return make_loss(z, y, cost, kind).value;
            }) < 1e-9);
    }
  }
}

// A program whose costs carried a delta made by hand was wrong for these three:
// relative errors of 0.19, 2 and 2.88.
TEST_CASE("three ill-fitting pairs have right gradients from activations") {
  CHECK(error_of([](Value z, Value y) {
          return cross_entropy(softmax(z), y);
        }) < 1e-9);
  CHECK(error_of([](Value z, Value y) {
          return cross_entropy((tanh(z) + 1) / 2, y);
        }) < 1e-9);
  CHECK(error_of([](Value z, Value y) {
          return log_likelihood(sigmoid(z), y);
        }) < 1e-9);
}

TEST_CASE("costs from activations and from logits are the same") {
  Graph g;
  const Value z = g.constant(logits()), y = g.constant(labels());
  for (Activation::Kind kind :
       {Activation::sigmoid, Activation::softmax, Activation::rescaled_tanh}) {
    INFO(name_of(kind));
    const Value a = activation(z, kind);
    CHECK(eval(cross_entropy(a, y)).item() ==
          Approx(eval(cross_entropy_from_logits(z, y, kind)).item())
              .epsilon(1e-13));
    CHECK(eval(log_likelihood(a, y)).item() ==
          Approx(eval(log_likelihood_from_logits(z, y, kind)).item())
              .epsilon(1e-13));
  }
}

TEST_CASE("costs have the values of their formulas") {
  Graph g;
  const Value a = g.constant(
      Tensor::from<double>({0.7, 0.2, 0.1, 0.25, 0.5, 0.25}, {2, 3}));
  const Value y = g.constant(Tensor::from<std::int64_t>({0, 2}, {2}));
  const Value rows = one_hot(y, 3, DType::f64);
  const double ce = -(std::log(0.7) + std::log(0.8) + std::log(0.9) +
                      std::log(0.75) + std::log(0.5) + std::log(0.25)) /
                    2;
  CHECK(eval(cross_entropy(a, y)).item() == Approx(ce).epsilon(1e-15));
  CHECK(eval(cross_entropy(a, rows)).item() == Approx(ce).epsilon(1e-15));
  CHECK(eval(log_likelihood(a, y)).item() ==
        Approx(-(std::log(0.7) + std::log(0.25)) / 2).epsilon(1e-15));
  const double quadratic = (0.09 + 0.04 + 0.01 + 0.0625 + 0.25 + 0.5625) / 4;
  CHECK(eval(quadratic_cost(a, rows)).item() == Approx(quadratic));
  // 0·ln 0 is 0, in the gradient too.
  const Value sure = g.constant(Tensor::from<double>({1, 0, 0}, {1, 3}));
  const Value first = g.constant(Tensor::from<std::int32_t>({0}, {1}));
  CHECK(eval(cross_entropy(sure, first)).item() == 0);
  const Tensor grad = eval(gradient(cross_entropy(sure, first), sure));
  for (int i = 0; i < 3; ++i) CHECK(std::isfinite(grad.at(i)));
}

// With sigmoid and n a power of two it is (a − y)/n bit for bit: nothing is
// rounded but a itself. Division by another n is rounded apart for a and y, and
// softmax is the exponential of a rounded logarithm: there the last place of
// 1/n may differ.
TEST_CASE("two pairs have the gradient (a - y)/n") {
  RandomSequence draws(Philox({3}, 1, 1));
  for (DType type : {DType::f32, DType::f64}) {
    const double last_place = type == DType::f32 ? 0x1p-23 : 0x1p-52;
    for (std::int64_t n : {1, 3, 4, 10, 64}) {
      INFO(to_string(type) << ", n = " << n);
      Tensor z_values(DType::f64, {Dim(n), Dim(5)}),
          y_values(DType::i32, {Dim(n)});
      for (double& v : z_values.values<double>()) v = 6 * draws.normal();
      for (std::int32_t& v : y_values.values<std::int32_t>()) {
        v = static_cast<std::int32_t>(draws.below(5));
      }
      Graph g;
      const Value z = g.constant(z_values.to(type)), y = g.constant(y_values);
      const Value t = one_hot(y, 5, type);
      auto compare = [&](Cost cost, const Activation& f, bool bits) {
        const Loss loss = make_loss(z, y, cost, f);
        const Tensor found = eval(gradient(loss.value, z)).clone();
        const Tensor expected =
            eval((loss.output - t) / static_cast<double>(n));
        CHECK((!bits || found.bits_equal(expected)));
        for (std::int64_t i = 0; i < found.size(); ++i) {
          CHECK(std::abs(found.at(i) - expected.at(i)) <=
                last_place / static_cast<double>(n));
        }
      };
      compare(Cost::cross_entropy, "sigmoid", (n & (n - 1)) == 0);
      compare(Cost::log_likelihood, "softmax", false);
    }
  }
}

TEST_CASE("costs from logits hold at any size of z") {
  Graph g;
  const std::vector<double> sizes = {1e2, 1e4, 1e30};
  for (double size : sizes) {
    const Value z = g.constant(Tensor::from<double>({size, -size, 0}, {1, 3}));
    for (std::int32_t label : {0, 1}) {
      const Value y = g.constant(Tensor::from<std::int32_t>({label}, {1}));
      for (Cost cost : {Cost::cross_entropy, Cost::log_likelihood}) {
        for (Activation::Kind kind :
             {Activation::sigmoid, Activation::softmax, Activation::tanh}) {
          INFO(to_string(cost) << " on " << name_of(kind) << " of " << size
                               << ", class " << label);
          const Value c = make_loss(z, y, cost, kind).value;
          const double value = eval(c).item();
          CHECK(std::isfinite(value));
          CHECK((label == 0 ? value < 3 : value >= size));
          const Tensor grad = eval(gradient(c, z));
          for (int i = 0; i < 3; ++i) {
            CHECK(std::isfinite(grad.at(i)));
            CHECK(std::abs(grad.at(i)) <= 4);
          }
        }
      }
    }
  }
}

TEST_CASE("softmax with cross-entropy is exact where a class is sure") {
  Graph g;
  const Value z = g.constant(Tensor::from<double>({50, 0, -3}, {1, 3}));
  const Value y = g.constant(Tensor::from<std::int32_t>({1}, {1}));
  // 1 − p_0 = (1 + e^−3)/(e^50 + 1 + e^−3); p_1 and p_2 are nearly 0.
  const double rest = std::log(1 + std::exp(-3.0)) - 50;
  CHECK(eval(cross_entropy_from_logits(z, y, "softmax")).item() ==
        Approx(-rest + 50).epsilon(1e-14));
}

TEST_CASE("an ill-fitting pair gives a warning with reason and remedy") {
  auto subject = [](Cost cost, const Activation& f, std::int64_t classes) {
    Graph g;
    std::vector<std::string> heard;
    g.on_warning = [&](const Warning& w) { heard.push_back(w.subject); };
    const Value z = g.input("z", {kBatch, classes});
    const Loss loss = make_loss(z, g.input("y", {kBatch}, DType::i32), cost, f);
    CHECK(heard.size() == loss.warnings.size());
    CHECK(g.warnings().size() == heard.size());
    if (heard.empty()) return std::string();
    const Warning& w = loss.warnings.front();
    CHECK(w.kind == "wrong pairing");
    CHECK_FALSE(w.reason.empty());
    CHECK_FALSE(w.remedy.empty());
    CHECK_THAT(w.where, Contains("loss_test.cpp:"));
    CHECK_THAT(to_string(w), Contains(w.reason) && Contains(w.remedy));
    return w.subject;
  };
  CHECK(subject(Cost::quadratic, "sigmoid", 10) == "quadratic cost on sigmoid");
  CHECK(subject(Cost::quadratic, "tanh", 10) == "quadratic cost on tanh");
  CHECK(subject(Cost::log_likelihood, "sigmoid", 10) ==
        "log-likelihood on sigmoid");
  CHECK(subject(Cost::cross_entropy, "softmax", 10) ==
        "cross-entropy on softmax");
  CHECK(subject(Cost::cross_entropy, "softmax", 2).empty());
  CHECK(subject(Cost::cross_entropy, "sigmoid", 10).empty());
  CHECK(subject(Cost::cross_entropy, "tanh", 10).empty());
  CHECK(subject(Cost::log_likelihood, "softmax", 10).empty());
  CHECK(subject(Cost::quadratic, "identity", 10).empty());
}

TEST_CASE("costs have names") {
  CHECK(all_costs().size() == 7);
  for (Cost cost : all_costs()) CHECK(cost_named(to_string(cost)) == cost);
  CHECK_THROWS_WITH(
      cost_named("cross_entrpy"),
      Contains("did you mean cross_entropy?") && Contains("loss_test.cpp:"));
}

TEST_CASE("the other costs are means over rows of sums over outputs") {
  Graph g;
  const Value z = g.constant(Tensor::from<double>({1, 2, -3, 0.5}, {2, 2}));
  const Value y = g.constant(Tensor::from<double>({0, 2.5, 1, 1}, {2, 2}));
  auto cost = [&](Cost c, const Activation& f) {
    const Loss loss = make_loss(z, y, c, f);
    CHECK(loss.warnings.empty());
    return eval(loss.value).item();
  };
  CHECK(cost(Cost::absolute, "identity") == Approx((1 + 0.5 + 4 + 0.5) / 2));
  CHECK(cost(Cost::huber, "identity") ==
        Approx((0.5 + 0.125 + 3.5 + 0.125) / 2));
  CHECK(cost(Cost::quadratic, "identity") ==
        Approx((1 + 0.25 + 16 + 0.25) / 4));
  const double poisson = std::exp(1.0) + std::exp(2.0) - 5 + std::exp(-3.0) +
                         3 + std::exp(0.5) - 0.5;
  CHECK(cost(Cost::poisson, "identity") == Approx(poisson / 2));
  CHECK(cost(Cost::absolute, "relu") == Approx((1 + 0.5 + 1 + 0.5) / 2));
  const Value hard = g.constant(Tensor::from<double>({1, 0, 0, 1}, {2, 2}));
  double focal = 0;
  const double logits_of_truth[] = {1, -2, 3, 0.5};
  for (double u : logits_of_truth) {
    const double p = 1 / (1 + std::exp(-u));
    focal -= (1 - p) * (1 - p) * std::log(p) / 2;
  }
  CHECK(eval(make_loss(z, hard, Cost::focal, "sigmoid").value).item() ==
        Approx(focal));
  CHECK_THROWS_WITH(make_loss(z, hard, Cost::focal, "softmax"),
                    Contains("softmax_focal_cost"));
  CHECK(make_loss(z, y, Cost::absolute, "sigmoid").warnings.size() == 1);
  CHECK(make_loss(z, y, Cost::huber, "tanh").warnings.size() == 1);
}

TEST_CASE("costs of activations warn too") {
  Graph g;
  const Value z = g.input("z", {kBatch, 5});
  const Value y = g.input("y", {kBatch}, DType::i32);
  const Value rows = one_hot(y, 5);
  cross_entropy(sigmoid(z), y);
  log_likelihood(softmax(z), y);
  quadratic_cost(z, rows);
  CHECK(g.warnings().empty());
  quadratic_cost(sigmoid(z), rows);
  log_likelihood(sigmoid(z), y);
  cross_entropy(softmax(z), y);
  cross_entropy(tanh(z), y);
  CHECK(g.warnings().size() == 4);
}

TEST_CASE("what fits no cost is an error in words") {
  Graph g;
  const Value z = g.input("z", {kBatch, 5});
  const Value y = g.input("y", {kBatch}, DType::i32);
  CHECK_THROWS_WITH(make_loss(z, y, Cost::cross_entropy, "relu"),
                    Contains("use sigmoid, softmax or rescaled_tanh") &&
                        Contains("loss_test.cpp:"));
  CHECK_THROWS_AS(cross_entropy(z, g.input("v", {kBatch, 4})), ShapeError);
  CHECK_THROWS_AS(cross_entropy(z, g.input("w", {kBatch})), ShapeError);
  CHECK_THROWS_AS(cross_entropy(z, g.input("u", {kBatch, 5}, DType::f64)),
                  TypeError);
}

TEST_CASE("L2 counts weights, not biases or slopes, and lambda 0 trains") {
  Graph g;
  const Value x = g.input("x", {kBatch, 2}, DType::f64);
  dense(x, 2,
        {.name = "fc",
         .weight = initializers::constant(3),
         .bias_value = initializers::ones(),
         .activation = "prelu"});
  CHECK(eval(l2_penalty(g, 0.5, 10, DType::f64)).item() ==
        Approx(0.5 / 20 * 4 * 9));
  const Value none = l2_penalty(g, 0, 10, DType::f64);
  CHECK(eval(none).item() == 0);
  CHECK(eval(gradient(none, g.find("fc/weight"))).at(0) == 0);
  const Value w =
      gradient(l2_penalty(g, 0.5, 10, DType::f64), g.find("fc/weight"));
  CHECK(eval(w).at(0) == Approx(0.5 / 10 * 3));
  const Value single = l2_penalty(g, 0.5, 10);
  CHECK(single.dtype() == DType::f32);
  CHECK(eval(single).item() == Approx(0.5 / 20 * 4 * 9));
  CHECK_THROWS_AS(l2_penalty(g, -1, 10), GraphError);
  CHECK_THROWS_AS(l2_penalty(g, 1, 0), GraphError);
}

TEST_CASE("labels become rows one of N") {
  const Tensor t = one_of_n(Tensor::from<std::int32_t>({2, 0}, {2}), 3);
  const std::vector<float> expected = {0, 0, 1, 1, 0, 0};
  for (int i = 0; i < 6; ++i) {
    CHECK(t.data<float>()[i] == expected[static_cast<std::size_t>(i)]);
  }
  CHECK(one_of_n(Tensor::from<double>({3, 1}, {2}), 3, 1).bits_equal(t));
  CHECK(one_of_n({"c", "a"}, {"a", "b", "c"}).bits_equal(t));
  CHECK_THROWS_WITH(one_of_n(Tensor::from<std::int32_t>({3}, {1}), 3),
                    Contains("did you mean first = 1?"));
  CHECK_THROWS_AS(one_of_n(Tensor::from<double>({0.5}, {1}), 3), DataError);
  CHECK_THROWS_WITH(one_of_n({"boot", "shrit"}, {"boot", "shirt"}),
                    Contains("row 1") && Contains("did you mean shirt?"));
}
