#include <cmath>

#include "catch.h"
#include "weft/weft.h"

using namespace weft;

TEST_CASE("batch norm in training has mean 0 and variance 1") {
  Graph g;
  const Value x = g.input("x", {kBatch, 3}, DType::f64);
  const Value y = batch_norm(x, Mode::train);
  const Program p = compile(g, {.outputs = {y}, .updates = g.step_updates()});
  State s = initialize(g);
  Executor run({.threads = 1});
  Tensor in(DType::f64, {4, 3});
  for (int i = 0; i < 12; ++i) in.data<double>()[i] = std::cos(i * i) * 3 + i;
  const Tensor out = run(p, s, {{x, in}})[0];
  for (int c = 0; c < 3; ++c) {
    double mean = 0, square = 0, in_mean = 0, in_square = 0;
    for (int r = 0; r < 4; ++r) {
      mean += out.at(r * 3 + c) / 4;
      in_mean += in.at(r * 3 + c) / 4;
    }
    for (int r = 0; r < 4; ++r) {
      square += std::pow(out.at(r * 3 + c) - mean, 2) / 4;
      in_square += std::pow(in.at(r * 3 + c) - in_mean, 2);
    }
    CHECK(mean == Approx(0).margin(1e-12));
    CHECK(square == Approx(1).epsilon(1e-4));
    CHECK(s.at("batch_norm/mean").at(c) == Approx(0.1 * in_mean));
    CHECK(s.at("batch_norm/variance").at(c) ==
          Approx(0.9 + 0.1 * in_square / 3));
  }
}

TEST_CASE("initialisers have the spread of their formulas") {
  const Shape shape{300, 200};
  auto deviation = [&](const Initializer& init) {
    Graph g;
    g.parameter("w", shape, init(shape, DType::f64), DType::f64);
    const State s = initialize(g, {1});
    double square = 0;
    for (double v : s.at("w").values<double>()) square += v * v;
    return std::sqrt(square / 60000);
  };
  using namespace initializers;
  CHECK(deviation(he_normal()) == Approx(std::sqrt(2 / 300.0)).epsilon(0.02));
  CHECK(deviation(he_uniform()) == Approx(std::sqrt(2 / 300.0)).epsilon(0.02));
  CHECK(deviation(he_normal(0.5)) ==
        Approx(std::sqrt(2 / 1.25 / 300)).epsilon(0.02));
  CHECK(deviation(glorot_normal()) ==
        Approx(std::sqrt(2 / 500.0)).epsilon(0.02));
  CHECK(deviation(glorot_uniform()) ==
        Approx(std::sqrt(2 / 500.0)).epsilon(0.02));
  CHECK(deviation(lecun_normal()) ==
        Approx(1 / std::sqrt(300.0)).epsilon(0.02));
  CHECK(deviation(normal(0, 2)) == Approx(2).epsilon(0.02));
  CHECK(deviation(truncated_normal()) == Approx(0.8796).epsilon(0.02));
  CHECK(deviation(zeros()) == 0);
}

TEST_CASE("initialisers have names") {
  auto values = [](const Initializer& init) {
    Graph g;
    const Shape shape{6, 4};
    g.parameter("w", shape, init(shape, DType::f64), DType::f64);
    return initialize(g, {1}).at("w").clone();
  };
  using namespace initializers;
  const std::vector<std::pair<const char*, Initializer>> pairs = {
      {"zeros", zeros()},
      {"ones", ones()},
      {"constant(0.1)", constant(0.1)},
      {"uniform(-1, 2)", uniform(-1, 2)},
      {"normal", normal()},
      {"normal(1,0.5)", normal(1, 0.5)},
      {"truncated_normal", truncated_normal()},
      {"glorot_uniform", glorot_uniform()},
      {"glorot_normal", glorot_normal()},
      {"he_uniform(0.1)", he_uniform(0.1)},
      {"he_normal", he_normal()},
      {"lecun_normal", lecun_normal()},
      {"orthogonal(2)", orthogonal(2)}};
  for (const auto& [text, expected] : pairs) {
    INFO(text);
    CHECK(values(named(text)).bits_equal(values(expected)));
  }
  for (const std::string& name : names()) {
    const bool needs = name == "constant" || name == "uniform";
    if (!needs) CHECK_NOTHROW(named(name));
  }
  for (const char* wrong :
       {"", "constant", "uniform(1)", "zeros(1)", "normal(0,1,2)", "normal(x)",
        "normal(0", "normal(nan)", "normal(0,-1)", "truncated_normal(0,-1)",
        "uniform(1,-1)", "he_normal()", "(1)"}) {
    INFO(wrong);
    CHECK_THROWS_AS(named(wrong), GraphError);
  }
  CHECK_THROWS_WITH(named("glorot_nromal"),
                    Catch::Matchers::Contains("did you mean glorot_normal?") &&
                        Catch::Matchers::Contains("layers_test.cpp:"));
}

TEST_CASE("orthogonal columns are orthonormal") {
  Graph g;
  const Shape shape{6, 4};
  g.parameter("w", shape, initializers::orthogonal()(shape, DType::f64),
              DType::f64);
  const State s = initialize(g, {1});
  const Value w = g.find("w");
  State copy = s.clone();
  const Tensor gram = eval(matmul(w, w, true, false), copy);
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 4; ++j) {
      CHECK(gram.at(i * 4 + j) == Approx(i == j ? 1 : 0).margin(1e-12));
    }
  }
}

TEST_CASE("each parameter has its own random stream") {
  Graph g;
  const Shape shape{8};
  const auto init = initializers::normal()(shape, DType::f32);
  g.parameter("a", shape, init);
  g.parameter("b", shape, init);
  const State s = initialize(g, {1}), t = initialize(g, {1});
  CHECK_FALSE(s.at("a").bits_equal(s.at("b")));
  CHECK(s.at("a").bits_equal(t.at("a")));
  CHECK_FALSE(s.at("a").bits_equal(initialize(g, {2}).at("a")));
}

TEST_CASE("costs") {
  Graph g;
  auto row = [&](std::initializer_list<double> v) {
    return g.constant(
        Tensor::from<double>(v, {1, static_cast<std::int64_t>(v.size())}));
  };
  const Value a = row({0.5, 2}), y = row({1, 0});
  CHECK(eval(quadratic_cost(a, y)).item() == Approx(2.125));
  CHECK(eval(mean_squared_error(a, y)).item() == Approx(2.125));
  CHECK(eval(huber(a, y, 1)).at(1) == Approx(1.5));
  CHECK(eval(hinge(a, row({1, -1}))).at(1) == 3);
  const Value labels = g.constant(Tensor::from<std::int32_t>({1}, {1}));
  const double expected = std::log(std::exp(0.5) + std::exp(2)) - 2;
  CHECK(eval(softmax_cross_entropy(a, labels)).item() == Approx(expected));
  CHECK(eval(softmax_cross_entropy_with(a, row({0, 1}))).item() ==
        Approx(expected));
  // Stable at any size of the logits.
  const Value huge = row({1e4, -1e4});
  CHECK(eval(softmax_cross_entropy(huge, labels)).item() == Approx(2e4));
  CHECK(eval(binary_cross_entropy(huge, y)).at(0) == Approx(0).margin(1e-12));
  CHECK(eval(kl_divergence(log_softmax(a), softmax(a))).item() ==
        Approx(0).margin(1e-12));
  CHECK_THROWS_AS(mean_squared_error(a, labels), ShapeError);
  CHECK_THROWS_AS(softmax_cross_entropy(a, y), ShapeError);
}

TEST_CASE("softmax with cross-entropy has the gradient a - y") {
  Graph g;
  const Value z =
      g.constant(Tensor::from<double>({0.3, -1, 2, 1, 0, 0.5}, {2, 3}));
  const Value labels = g.constant(Tensor::from<std::int32_t>({2, 0}, {2}));
  const Tensor grad = eval(gradient(mean(softmax_cross_entropy(z, labels)), z));
  const Tensor expected =
      eval((softmax(z) - one_hot(labels, 3, DType::f64)) / 2.0);
  for (int i = 0; i < 6; ++i) {
    CHECK(grad.at(i) == Approx(expected.at(i)).epsilon(1e-14));
  }
}

TEST_CASE("dropout keeps the mean and is off in evaluation") {
  Graph g;
  const Value x = g.input("x", {kBatch});
  CHECK(dropout(x, 0.5, Mode::eval) == x);
  CHECK_THROWS_AS(dropout(x, 1.0), GraphError);
  const Value y = dropout(x, 0.25);
  Tensor ones(DType::f32, {20000});
  for (float& v : ones.values<float>()) v = 1;
  State s = initialize(g, {1});
  const Feed feeds[] = {{x, ones}};
  const Tensor out = eval(y, s, feeds);
  double total = 0;
  for (float v : out.values<float>()) total += v;
  CHECK(total / 20000 == Approx(1).epsilon(0.02));
}
