#include "weft/costs.h"

#include <cmath>
#include <functional>

#include "catch.h"
#include "core/error_text.h"
#include "weft/weft.h"

using namespace weft;
using Catch::Matchers::Contains;

namespace {

using Doubles = std::vector<double>;
using Values = std::vector<Value>;

/// A cost of inputs of which the first `free` are differentiated, and what it
/// must be, element by element.
struct Check {
  std::vector<Tensor> inputs;
  std::size_t free;
  std::function<Value(const Values&)> cost;
  Doubles expected;
};

Tensor matrix(const Doubles& v, std::int64_t columns) {
  const auto n = static_cast<std::int64_t>(v.size());
  return Tensor::from<double>(v, {n / columns, columns});
}
Tensor vector(const Doubles& v) {
  return Tensor::from<double>(v, {static_cast<std::int64_t>(v.size())});
}

/// Derivatives by Richardson's extrapolation of central differences.
double derivative(double& x, const std::function<double()>& f) {
  const double before = x, h = 1e-3;
  auto difference = [&](double step) {
    x = before + step;
    const double above = f();
    x = before - step;
    const double below = f();
    x = before;
    return (above - below) / (2 * step);
  };
  return (4 * difference(h / 2) - difference(h)) / 3;
}

/// Values, and derivatives of both orders beside finite differences.
void require(Check c) {
  Graph g;
  Values in;
  std::vector<Feed> feeds;
  for (Tensor& t : c.inputs) {
    t = t.clone();
    const auto number = std::to_string(in.size());
    in.push_back(g.input("x" + number, t.shape(), t.dtype()));
    feeds.emplace_back(in.back(), t);
  }
  const Value each = c.cost(in);
  // Unequal weights, so that a mistake of one row is not made up by another.
  Tensor weights(DType::f64, each.shape());
  for (std::int64_t i = 0; i < weights.size(); ++i) {
    weights.data<double>()[i] = 1 + 0.37 * static_cast<double>(i);
  }
  const Value total = dot(each, g.constant(weights));
  const Values xs(in.begin(), in.begin() + static_cast<long>(c.free));
  const Values grads = gradients(total, xs);
  Value along;  // the gradients in a direction
  for (const Value& d : grads) {
    const Value term = sum(square(d) + 0.3 * d);
    along = along ? along + term : term;
  }
  const Values second = gradients(along, xs);
  State s = initialize(g);
  const Tensor found = eval(each, s, feeds).clone();
  REQUIRE(found.size() == static_cast<std::int64_t>(c.expected.size()));
  for (std::int64_t i = 0; i < found.size(); ++i) {
    CHECK(found.at(i) ==
          Approx(c.expected[static_cast<std::size_t>(i)]).epsilon(1e-12));
  }
  for (std::size_t k = 0; k < c.free; ++k) {
    const Tensor first = eval(grads[k], s, feeds).clone();
    const Tensor both = eval(second[k], s, feeds).clone();
    for (std::int64_t i = 0; i < first.size(); ++i) {
      INFO("input " << k << ", element " << i);
      double& x = c.inputs[k].data<double>()[i];
      CHECK(first.at(i) ==
            Approx(derivative(x, [&] { return eval(total, s, feeds).item(); }))
                .epsilon(1e-8)
                .margin(1e-9));
      CHECK(both.at(i) ==
            Approx(derivative(x, [&] { return eval(along, s, feeds).item(); }))
                .epsilon(1e-8)
                .margin(1e-9));
    }
  }
}

double sigma(double z) { return 1 / (1 + std::exp(-z)); }

}  // namespace

TEST_CASE("focal costs are cross-entropies of hard examples") {
  const Doubles z = {0.3, -1.2, 2, 0.9};
  const Doubles y = {1, 1, 0, 0};
  for (double gamma : {0.0, 0.5, 2.0}) {
    Doubles plain, weighted;
    for (std::size_t i = 0; i < z.size(); ++i) {
      const double p = y[i] > 0 ? sigma(z[i]) : 1 - sigma(z[i]);
      plain.push_back(-std::pow(1 - p, gamma) * std::log(p));
      weighted.push_back((y[i] > 0 ? 0.25 : 0.75) * plain.back());
    }
    require({{vector(z), vector(y)},
             1,
             [=](const Values& v) { return focal_cost(v[0], v[1], gamma); },
             plain});
    require(
        {{vector(z), vector(y)},
         1,
         [=](const Values& v) { return focal_cost(v[0], v[1], gamma, 0.25); },
         weighted});
    Doubles rows;
    const Doubles logits = {0.3, -1.2, 2, 0.9, -0.4, 0.1};
    for (std::size_t r = 0; r < 2; ++r) {
      const double* l = &logits[3 * r];
      const double all = std::exp(l[0]) + std::exp(l[1]) + std::exp(l[2]);
      const double p = std::exp(l[2 * r]) / all;
      rows.push_back(-std::pow(1 - p, gamma) * std::log(p));
    }
    require(
        {{matrix(logits, 3), Tensor::from<std::int32_t>({0, 2}, {2})},
         1,
         [=](const Values& v) { return softmax_focal_cost(v[0], v[1], gamma); },
         rows});
  }
}

TEST_CASE("focal costs hold where an answer is sure") {
  Graph g;
  const Value z = g.constant(vector({1e4, -1e4, 1e4}));
  const Value y = g.constant(vector({1, 1, 0}));
  const Value c = focal_cost(z, y, 0.5);
  CHECK(eval(c).at(0) == 0);
  CHECK(eval(c).at(1) == 1e4);
  const Value rows = g.constant(matrix({1e4, 0}, 2));
  const Value right = g.constant(Tensor::from<std::int32_t>({0}, {1}));
  const Value d = softmax_focal_cost(rows, right, 0.5);
  for (const Value& grad : {gradient(sum(c), z), gradient(sum(d), rows)}) {
    const Tensor found = eval(grad);
    for (std::int64_t i = 0; i < found.size(); ++i) {
      CHECK(std::isfinite(found.at(i)));
    }
  }
}

TEST_CASE("Gaussian and Poisson costs are -ln of their densities") {
  const double mu = 0.4, y = 1.5, v = 0.3, pi = std::acos(-1.0);
  const double density =
      std::exp(-(y - mu) * (y - mu) / (2 * v)) / std::sqrt(2 * pi * v);
  require({{vector({mu}), vector({v}), vector({y})},
           2,
           [](const Values& x) {
             return gaussian_cost(x[0], x[2], x[1], {.full = true});
           },
           {-std::log(density)}});
  require({{vector({mu}), vector({v}), vector({y})},
           2,
           [](const Values& x) { return gaussian_cost(x[0], x[2], x[1]); },
           {-std::log(density) - std::log(2 * pi) / 2}});
  const double rate = 2.5;  // P(4) = e^-2.5 2.5^4/4!
  const double p = std::exp(-rate) * std::pow(rate, 4) / 24;
  require({{vector({std::log(rate)}), vector({4})},
           1,
           [](const Values& x) { return poisson_cost(x[0], x[1]); },
           {-std::log(p) - std::log(24)}});
  require({{vector({rate}), vector({4})},
           1,
           [](const Values& x) {
             return poisson_cost(x[0], x[1], {.of_log = false, .epsilon = 0});
           },
           {-std::log(p) - std::log(24)}});
  const double stirling = 4 * std::log(4) - 4 + std::log(8 * pi) / 2;
  CHECK(stirling == Approx(std::log(24)).epsilon(0.01));
  require(
      {{vector({std::log(rate)}), vector({4})},
       1,
       [](const Values& x) { return poisson_cost(x[0], x[1], {.full = true}); },
       {-std::log(p) - std::log(24) + stirling}});
}

TEST_CASE("a variance below the limit can grow again") {
  Graph g;
  const Value mu = g.constant(vector({0})), y = g.constant(vector({1}));
  const Value v = g.constant(vector({0}));
  const Value c = gaussian_cost(mu, y, v, {.epsilon = 0.1});
  CHECK(eval(c).item() == Approx(0.5 * (std::log(0.1) + 10)));
  CHECK(eval(gradient(sum(c), v)).item() == Approx(0.5 * (10 - 100)));
}

TEST_CASE("costs of distances") {
  const Doubles a = {1, 2, 0.5, -1}, b = {0.5, 2.7, 2, 1},
                c = {-1, 1.5, 0.7, -0.4};
  const double e = 1e-6;
  auto norm = [&](double x, double y, double p) {
    return std::pow(std::pow(std::abs(x + e), p) + std::pow(std::abs(y + e), p),
                    1 / p);
  };
  for (double p : {1.0, 2.0, 3.0}) {
    Doubles ab, ac, bc;
    for (std::size_t r = 0; r < 4; r += 2) {
      ab.push_back(norm(a[r] - b[r], a[r + 1] - b[r + 1], p));
      ac.push_back(norm(a[r] - c[r], a[r + 1] - c[r + 1], p));
      bc.push_back(norm(b[r] - c[r], b[r + 1] - c[r + 1], p));
    }
    require({{matrix(a, 2), matrix(b, 2)},
             2,
             [=](const Values& v) { return distance(v[0], v[1], p); },
             ab});
    for (bool swap : {false, true}) {
      Doubles expected;
      for (std::size_t r = 0; r < 2; ++r) {
        const double far = swap ? std::min(ac[r], bc[r]) : ac[r];
        expected.push_back(std::max(0.0, ab[r] - far + 1.7));
      }
      require({{matrix(a, 2), matrix(b, 2), matrix(c, 2)},
               3,
               [=](const Values& v) {
                 return triplet_cost(v[0], v[1], v[2],
                                     {.margin = 1.7, .p = p, .swap = swap});
               },
               expected});
    }
  }
  const double d = norm(a[2] - b[2], a[3] - b[3], 2);
  require(
      {{matrix(a, 2), matrix(b, 2), vector({1, 0})},
       2,
       [](const Values& v) { return contrastive_cost(v[0], v[1], v[2], 4); },
       {0.5 * (0.25 + 0.49), 0.5 * (4 - d) * (4 - d)}});
  // The derivative is finite where both are the same.
  Graph g;
  const Value x = g.constant(matrix({1, 2}, 2));
  const Tensor grad = eval(gradient(sum(distance(x, copy(x))), x));
  CHECK(std::isfinite(grad.at(0)));
  CHECK_THROWS_WITH(distance(x, x, 0.5), Contains("at least 1"));
}

TEST_CASE("costs of angles") {
  const Doubles a = {1, 2, 0.5, -1}, b = {0.5, 2.5, 2, 1};
  auto cosine = [&](std::size_t r) {
    return (a[r] * b[r] + a[r + 1] * b[r + 1]) / std::hypot(a[r], a[r + 1]) /
           std::hypot(b[r], b[r + 1]);
  };
  require({{matrix(a, 2), matrix(b, 2)},
           2,
           [](const Values& v) { return cosine_similarity(v[0], v[1]); },
           {cosine(0), cosine(2)}});
  require({{matrix(a, 2), matrix(b, 2), vector({1, -1})},
           2,
           [](const Values& v) { return cosine_cost(v[0], v[1], v[2], -0.2); },
           {1 - cosine(0), std::max(0.0, cosine(2) + 0.2)}});
  Graph g;
  const Value zero = g.constant(matrix({0, 0}, 2));
  const Value one = g.constant(matrix({3, 4}, 2));
  const Value c = cosine_similarity(zero, one);
  CHECK(eval(c).item() == 0);
  CHECK(std::isfinite(eval(gradient(sum(c), zero)).at(0)));
  CHECK_THROWS_AS(cosine_cost(one, one, one), ShapeError);
}

TEST_CASE("probabilities that are surely wrong cost 100, not infinitely much") {
  Graph g;
  const Value a = g.constant(vector({0, 1, 0.25, 1, 1e-60}));
  const Value y = g.constant(vector({1, 0, 1, 1, 1}));
  const Value c = binary_cross_entropy_of(a, y);
  const Tensor found = eval(c);
  CHECK(found.at(0) == 100);
  CHECK(found.at(1) == 100);
  CHECK(found.at(2) == Approx(std::log(4)));
  CHECK(found.at(3) == 0);
  CHECK(found.at(4) == 100);
  const Tensor grad = eval(gradient(sum(c), a));
  for (int i = 0; i < 5; ++i) CHECK(std::isfinite(grad.at(i)));
  CHECK(grad.at(2) == Approx(-4));
}

TEST_CASE("masked steps of sequences do not count") {
  Graph g;
  const Value lengths = g.constant(Tensor::from<std::int32_t>({2, 0, 3}, {3}));
  const Value mask = sequence_mask(lengths, 3);
  const Tensor m = eval(mask);
  const std::vector<bool> expected = {true,  true, false, false, false,
                                      false, true, true,  true};
  for (int i = 0; i < 9; ++i) {
    CHECK((m.at(i) != 0) == expected[static_cast<std::size_t>(i)]);
  }
  const Value costs =
      g.constant(matrix({1, 2, NAN, INFINITY, 5, 6, 7, 8, 9}, 3));
  const WeightedCosts counted = masked(costs, mask);
  CHECK(eval(sum(counted)).item() == 27);
  CHECK(eval(mean(counted)).item() == Approx(27 / 5.0));
  const Tensor grad = eval(gradient(mean(counted), costs));
  for (int i = 0; i < 9; ++i) {
    CHECK(grad.at(i) ==
          Approx(expected[static_cast<std::size_t>(i)] ? 0.2 : 0));
  }
  const WeightedCosts none = masked(costs, g.constant(vector({0, 0, 0})));
  CHECK(eval(mean(none)).item() == 0);
  CHECK_THROWS_AS(sequence_mask(costs, 3), ShapeError);
  CHECK_THROWS_AS(sequence_mask(lengths, -1), ShapeError);
}

TEST_CASE("classes count by their weights") {
  const Doubles z = {0.3, -1, 2, 1.2, 0, 0.5};
  const Tensor labels = Tensor::from<std::int32_t>({2, 0}, {2});
  const Doubles w = {0.5, 1, 3};
  auto log_p = [&](std::size_t r, std::size_t k) {
    const double* l = &z[3 * r];
    return l[k] - std::log(std::exp(l[0]) + std::exp(l[1]) + std::exp(l[2]));
  };
  auto expected = [&](std::size_t r, std::size_t label, double s) {
    double spread = 0;
    for (std::size_t k = 0; k < 3; ++k) spread -= w[k] * log_p(r, k) / 3;
    return -(1 - s) * w[label] * log_p(r, label) + s * spread;
  };
  for (double s : {0.0, 0.1}) {
    const Doubles each = {expected(0, 2, s), expected(1, 0, s)};
    auto costs = [=](const Values& v) {
      return softmax_cross_entropy(v[0], v[2],
                                   {.weights = v[1], .label_smoothing = s});
    };
    const std::vector<Tensor> inputs = {matrix(z, 3), vector(w), labels};
    require({inputs, 2, [=](const Values& v) { return costs(v).each; }, each});
    require({inputs,
             2,
             [=](const Values& v) { return mean(costs(v)); },
             {(each[0] + each[1]) / 3.5}});
  }
  Graph g;
  const Value x = g.constant(matrix(z, 3));
  const Value y = g.constant(Tensor::from<std::int32_t>({-1, 0}, {2}));
  const WeightedCosts some = softmax_cross_entropy(x, y, {.ignore = -1});
  CHECK(eval(mean(some)).item() == Approx(-log_p(1, 0)));
  CHECK(eval(gradient(mean(some), x)).at(0) == 0);
  const Value none = g.constant(Tensor::from<std::int32_t>({-1, -1}, {2}));
  CHECK(eval(mean(softmax_cross_entropy(x, none, {.ignore = -1}))).item() == 0);
  CHECK_THROWS_AS(softmax_cross_entropy(x, y, {.label_smoothing = 2}),
                  GraphError);
  CHECK_THROWS_WITH(softmax_cross_entropy(x, y, {.weights = x}),
                    Contains("(2, 3)") && Contains("costs_test.cpp:"));
}

TEST_CASE("costs refuse what does not fit") {
  Graph g;
  const Value a = g.input("a", {kBatch, 3}), b = g.input("b", {kBatch, 4});
  CHECK_THROWS_WITH(absolute_error(a, b), Contains("[absolute_error]") &&
                                              Contains("costs_test.cpp:"));
  CHECK_THROWS_AS(triplet_cost(a, a, b), ShapeError);
  CHECK_THROWS_AS(smooth_l1(a, a, -1), GraphError);
  CHECK_THROWS_AS(focal_cost(a, a, -1), GraphError);
  CHECK_THROWS_AS(focal_cost(a, a, NAN), GraphError);
  CHECK_THROWS_AS(softmax_focal_cost(a, a, 2), ShapeError);
}
