#include <cmath>

#include "catch.h"
#include "weft/weft.h"

using namespace weft;

namespace {

Value constant(Graph& g, std::initializer_list<double> v, const Shape& s) {
  return g.constant(Tensor::from<double>(v, s));
}

}  // namespace

TEST_CASE("gradients of a shared subexpression add up") {
  Graph g;
  const Value x = constant(g, {3}, {});
  const Value y = x * x + x;
  CHECK(eval(gradient(y, x)).item() == Approx(7).epsilon(1e-15));
}

TEST_CASE("derivatives of any order") {
  Graph g;
  const Value x = constant(g, {0.7}, {});
  Value y = sin(exp(x));
  std::vector<double> expected;
  const double e = std::exp(0.7), s = std::sin(e), c = std::cos(e);
  expected = {s, e * c, e * c - e * e * s,
              e * c - 3 * e * e * s - e * e * e * c};
  for (double want : expected) {
    CHECK(eval(y).item() == Approx(want).epsilon(1e-13));
    y = gradient(y, x);
  }
}

TEST_CASE("a graph of 100,000 nodes has a derivative") {
  Graph g;
  const Value x = constant(g, {0.5}, {});
  Value y = x;
  for (int i = 0; i < 100'000; ++i) y = y * 0.99999;
  const Value dy = gradient(y, x);
  CHECK(eval(dy).item() == Approx(std::pow(0.99999, 100'000)).epsilon(1e-9));
}

TEST_CASE("doubling a value shares it: the gradient is linear in size") {
  Graph g;
  const Value x = constant(g, {1}, {});
  Value y = x;
  for (int i = 0; i < 60; ++i) y = y + y;
  const std::size_t before = g.size();
  const Value dy = gradient(y, x);
  CHECK(g.size() - before < 600);
  CHECK(eval(dy).item() == std::pow(2.0, 60));
}

TEST_CASE("Hessian-vector product, Jacobian and their transposes") {
  Graph g;
  const Value x = constant(g, {1, 2, 3}, {3});
  const Value v = constant(g, {1, -1, 0.5}, {3});
  // f = Σ x³: the Hessian is diag(6x).
  const Tensor h = eval(hvp(sum(x * x * x), {x}, {v}).front());
  CHECK(h.at(0) == Approx(6));
  CHECK(h.at(1) == Approx(-12));
  CHECK(h.at(2) == Approx(9));
  const Value y = concat({square(x), x * 2}, 0);
  const Tensor j = eval(jacobian(y, x));
  CHECK(j.shape() == Shape{6, 3});
  CHECK(j.at(4) == Approx(4));
  CHECK(j.at(1) == Approx(0));
  CHECK(j.at(9) == Approx(2));
  const Tensor t = eval(jvp(y, {x}, {v}));
  CHECK(t.at(0) == Approx(2));
  CHECK(t.at(1) == Approx(-4));
  CHECK(t.at(5) == Approx(1));
}

TEST_CASE("conventions at kinks") {
  Graph g;
  auto slope = [&](auto f, double at) {
    const Value x = constant(g, {at}, {});
    return eval(gradient(f(x), x)).item();
  };
  CHECK(slope([](Value x) { return relu(x); }, 0) == 0);
  CHECK(slope([](Value x) { return abs(x); }, 0) == 0);
  CHECK(slope([](Value x) { return maximum(x, 1.0); }, 1) == 0.5);
  CHECK(slope([](Value x) { return clamp(x, -1, 1); }, 1) == 1);
  const Value ties = constant(g, {2, 2, 1}, {3});
  const Tensor d = eval(gradient(max(ties), ties));
  CHECK(d.at(0) == 0.5);
  CHECK(d.at(1) == 0.5);
  CHECK(d.at(2) == 0);
}

TEST_CASE("sine and cosine of large arguments") {
  Graph g;
  for (double at : {1e5, 3e6, -1e15, 1e300}) {
    const Value x = constant(g, {at}, {});
    CHECK(eval(sin(x)).item() == Approx(std::sin(at)).margin(1e-10));
    CHECK(eval(cos(x)).item() == Approx(std::cos(at)).margin(1e-10));
  }
  CHECK(std::isnan(eval(sin(constant(g, {HUGE_VAL}, {}))).item()));
}

TEST_CASE("what can't be differentiated says so") {
  Graph g;
  const Value x = constant(g, {1, 2}, {2});
  CHECK_THROWS_AS(gradient(x, x), ShapeError);
  CHECK_THROWS_AS(gradient(cast(sum(x), DType::i32), x), TypeError);
  CHECK(eval(gradient(sum(stop_gradient(x)), x)).at(0) == 0);
  const Value other = constant(g, {1}, {});
  CHECK(eval(gradient(sum(x), other)).item() == 0);
}

TEST_CASE("composed functions match finite differences to second order") {
  const std::vector<std::pair<const char*, Value (*)(Value)>> functions = {
      {"prod", [](Value x) { return prod(x, {1}); }},
      {"logsumexp", [](Value x) { return logsumexp(x, {0}); }},
      {"mean", [](Value x) { return mean(x, {1}); }},
      {"min", [](Value x) { return min(x, {1}); }},
      {"silu", [](Value x) { return silu(x); }},
      {"mish", [](Value x) { return mish(x); }},
      {"gelu", [](Value x) { return gelu(x); }},
      {"gelu_tanh", [](Value x) { return gelu(x, Gelu::tanh); }},
      {"selu", [](Value x) { return selu(x); }},
      {"stack",
       [](Value x) {
         return stack({x, square(x)}, 1);
       }},
      {"flip", [](Value x) { return square(flip(x)) * x; }},
      {"huber", [](Value x) { return huber(x, zeros_like(x), 0.5); }},
      {"binary_cross_entropy",
       [](Value x) { return binary_cross_entropy(x, sigmoid(x)); }}};
  for (const auto& [name, f] : functions) {
    INFO(name);
    Graph g;
    const Shape shape{2, 3};
    const Value x = g.buffer(
        "x", shape, initializers::uniform(0.55, 1.9)(shape, DType::f64),
        DType::f64);
    const Value y = sum(sin(f(x)));
    const Value first = gradient(y, x);
    const Value directional = sum(cos(first));
    State s = initialize(g, {3});
    auto check = [&](Value of) {
      const Tensor grad = eval(gradient(of, x), s);
      for (int k = 0; k < 6; ++k) {
        double& at = s.at("x").data<double>()[k];
        const double keep = at;
        auto central = [&](double h) {
          at = keep + h;
          const double up = eval(of, s).item();
          at = keep - h;
          const double down = eval(of, s).item();
          at = keep;
          return (up - down) / (2 * h);
        };
        const double d = (4 * central(1e-3) - central(2e-3)) / 3;
        CHECK(grad.at(k) == Approx(d).epsilon(1e-7).margin(1e-7));
      }
    };
    check(y);
    check(directional);
  }
}

TEST_CASE("no gradient passes whole numbers, whatever is made of them") {
  Graph g;
  const Value x = g.constant(Tensor::from<double>({0, 1, 2}, {3}));
  const Value whole = cast(x, DType::i32);
  const Value y = sum(one_hot(whole, 3, DType::f64)) + sum(square(x));
  const Tensor dx = eval(gradient(y, x));
  for (std::int64_t i = 0; i < 3; ++i) CHECK(dx.at(i) == 2.0 * double(i));
}
