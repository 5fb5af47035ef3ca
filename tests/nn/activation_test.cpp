#include <cmath>

#include "catch.h"
#include "core/error_text.h"
#include "weft/models/mlp.h"
#include "weft/weft.h"

using namespace weft;
using Catch::Matchers::Contains;

TEST_CASE("an activation's name is what it is made from") {
  for (Activation::Kind kind : activation_kinds()) {
    CHECK(Activation(name_of(kind)) == Activation(kind));
    CHECK(to_string(Activation(kind)) == name_of(kind));
  }
  for (const char* name :
       {"leaky_relu(0.1)", "prelu(shared)", "prelu(per_channel,0.5)"}) {
    CHECK(to_string(Activation(name)) == name);
  }
  CHECK(Activation("leaky_relu(0.1)") ==
        Activation(Activation::leaky_relu, 0.1));
  CHECK(Activation("prelu(shared)") == Activation(Activation::Slopes::shared));
  CHECK(Activation("prelu").slope == 0.25);
  for (const char* wrong :
       {"", "relu(0.1)", "leaky_relu(x)", "leaky_relu(0.1", "prelu(all)",
        "leaky_relu(nan)", "leaky_relu()", "tanh(shared)"}) {
    CHECK_THROWS_AS(Activation(wrong), GraphError);
  }
  CHECK_THROWS_WITH(
      Activation("leaky_rleu"),
      Contains("did you mean leaky_relu?") && Contains("activation_test.cpp:"));
}

TEST_CASE("every activation has the values of its formula in any layer") {
  auto sigma = [](double z) { return 1 / (1 + std::exp(-z)); };
  auto expected = [&](Activation::Kind kind, double z) -> double {
    switch (kind) {
      case Activation::identity: return z;
      case Activation::sigmoid: return sigma(z);
      case Activation::tanh: return std::tanh(z);
      case Activation::rescaled_tanh: return (std::tanh(z) + 1) / 2;
      case Activation::relu: return z > 0 ? z : 0;
      case Activation::leaky_relu: return z > 0 ? z : 0.01 * z;
      case Activation::prelu: return z > 0 ? z : 0.25 * z;
      case Activation::elu: return z > 0 ? z : std::expm1(z);
      case Activation::selu:
        return 1.0507009873554805 *
               (z > 0 ? z : 1.6732632423543772 * std::expm1(z));
      case Activation::gelu: return z / 2 * (1 + std::erf(z / std::sqrt(2.0)));
      case Activation::silu: return z * sigma(z);
      case Activation::softplus: return std::log1p(std::exp(z));
      case Activation::mish: return z * std::tanh(std::log1p(std::exp(z)));
      case Activation::softmax:
        return std::exp(z) / (std::exp(-1.5) + std::exp(0.75) + std::exp(2));
    }
    return NAN;
  };
  const std::vector<double> z = {-1.5, 0.75, 2};
  for (Activation::Kind kind : activation_kinds()) {
    Graph g;
    const Value x = g.constant(Tensor::from<double>({1}, {1, 1}));
    const Value a = dense(
        x, 3,
        {.name = "fc", .weight = initializers::ones(), .activation = kind});
    State s = initialize(g);
    s.set("fc/bias", Tensor::from<double>({-2.5, -0.25, 1}, {3}));
    const Tensor out = eval(a, s);
    for (std::size_t i = 0; i < 3; ++i) {
      INFO(name_of(kind));
      CHECK(out.at(static_cast<std::int64_t>(i)) ==
            Approx(expected(kind, z[i])).epsilon(1e-14));
    }
    CHECK(s.contains("fc/slope") == (kind == Activation::prelu));
  }
}

TEST_CASE("a PReLU has slopes for units, for channels or one") {
  auto slopes = [](const Shape& shape, const Activation& a) {
    Graph g;
    activation(g.input("x", shape), a);
    const Value slope = g.find("prelu/slope");
    const State s = initialize(g);
    for (float v : s.at("prelu/slope").values<float>()) CHECK(v == 0.25F);
    return slope.shape();
  };
  using S = Activation::Slopes;
  CHECK(slopes({kBatch, 6}, S::per_unit) == Shape{6});
  CHECK(slopes({kBatch, 6}, S::per_channel) == Shape{6});
  CHECK(slopes({kBatch, 6}, S::shared) == Shape{});
  CHECK(slopes({kBatch, 3, 4, 5}, S::per_unit) == Shape{60});
  CHECK(slopes({kBatch, 3, 4, 5}, S::per_channel) == Shape{3});
  Graph g;
  const Value x = g.input("x", {kBatch, kBatch});
  CHECK_THROWS_WITH(activation(x, "prelu"), Contains("prelu(shared)"));
}

TEST_CASE("slopes of channels meet their channels") {
  Graph g;
  const Value x = g.constant(
      Tensor::from<double>({-1, -2, -3, -4, -5, -6, -7, -8}, {2, 2, 2}));
  const Value y = activation(x, Activation::Slopes::per_channel, "p");
  State s = initialize(g);
  s.set("p/slope", Tensor::from<double>({10, 100}, {2}));
  const Tensor out = eval(y, s);
  const std::vector<double> expected = {-10, -20, -300, -400,
                                        -50, -60, -700, -800};
  for (int i = 0; i < 8; ++i) {
    CHECK(out.at(i) == expected[static_cast<std::size_t>(i)]);
  }
}

TEST_CASE("a PReLU learns its slopes, and weight decay leaves them alone") {
  auto slope_after = [](double factor) {
    auto build = [](Graph& g, Mode) {
      Network n;
      n.input = g.input("x", {kBatch, 1});
      n.target = g.input("y", {kBatch, 1});
      n.output = activation(n.input, Activation::Slopes::shared);
      n.loss = mean(square(n.output - n.target));
      return n;
    };
    Trainer t(build, Sgd{0.1}, {.threads = 1, .minimize = {.weight_decay = 1}});
    Tensor x(DType::f32, {64, 1}), y(DType::f32, {64, 1});
    for (int i = 0; i < 64; ++i) {
      const float v = static_cast<float>(i - 32) / 16;
      x.data<float>()[i] = v;
      y.data<float>()[i] = v > 0 ? v : static_cast<float>(factor) * v;
    }
    t.fit(data::make_dataset(x, y), {.epochs = 100});
    return t.state().at("prelu/slope").item();
  };
  CHECK(slope_after(0.7) == Approx(0.7).epsilon(1e-3));
  CHECK(slope_after(-0.3) == Approx(-0.3).epsilon(1e-3));
}

TEST_CASE("the rescaled tanh keeps its precision where tanh is -1") {
  Graph g;
  const Value z = g.constant(Tensor::from<double>({-30, 0, 0.4}, {3}));
  const Tensor p = eval(rescaled_tanh(z));
  CHECK(p.at(0) == Approx(std::exp(-60.0)).epsilon(1e-14));
  CHECK(p.at(1) == 0.5);
  CHECK(p.at(2) == Approx((std::tanh(0.4) + 1) / 2).epsilon(1e-15));
}
