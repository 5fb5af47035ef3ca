#include "weft/models/neural_ode.h"

#include <cmath>
#include <string>

#include "catch.h"
#include "weft/weft.h"

using namespace weft;
using models::ode;
using models::OdeOptions;

namespace {

Value start(Graph& g, std::initializer_list<double> y) {
  return g.constant(
      Tensor::from<double>(y, {static_cast<std::int64_t>(y.size())}));
}

/// The error at time 2 of dy/dt = −t·y from 1 at time 0.5, whose solution is
/// exp((0.25 − t²)/2).
double error(double step, int parts) {
  Graph g;
  const auto rows = static_cast<std::int64_t>(std::lround(1.5 / step));
  const Value ys = ode([](Value t, Value y) { return -t * y; }, start(g, {1}),
                       rows, {.start = 0.5, .step = step, .parts = parts});
  const Tensor found = eval(ys);
  CHECK(found.shape() == Shape{rows, 1});
  return std::abs(found.at(rows - 1) - std::exp((0.25 - 4) / 2));
}

/// Gradients of a trajectory's end with respect to start and parameters.
std::vector<Tensor> end_gradients(bool checkpoint, std::int64_t* bytes) {
  Graph g;
  const Value y = unknown(g, {64, 2}, "y", 0.7);
  const Value ys = ode(
      [](Value t, Value at) {
        return dense(tanh(dense(at * t, 32, {.name = "fc1"})), 2);
      },
      y, 50, {.start = 1, .step = 0.05, .parts = 2, .checkpoint = checkpoint});
  const Program p =
      compile(g, {.outputs = gradients(sum(slice(ys, 0, 49)), g.parameters())});
  State state = initialize(g, {4});
  *bytes = p.planned_bytes({});
  Executor run;
  return run(p, state, {});
}

}  // namespace

TEST_CASE("an ODE's steps are of order four") {
  const double whole = error(0.1, 1), half = error(0.05, 1);
  CHECK(whole == Approx(1.5190e-06).epsilon(1e-3));  // of another program
  CHECK(whole / half > 14);
  CHECK(whole / half < 18);
  // Two parts of a step are two steps.
  CHECK(error(0.1, 2) == Approx(half).epsilon(1e-9));
  CHECK(error(0.3, 3) == Approx(whole).epsilon(1e-9));
}

TEST_CASE("a rotation turns") {
  Graph g;
  const Value turn = g.constant(Tensor::from<double>({0, 1, -1, 0}, {2, 2}));
  const Value y = g.constant(Tensor::from<double>({1, 0}, {1, 2}));
  const Tensor ys = eval(ode([&](Value, Value at) { return matmul(at, turn); },
                             y, 20, {.step = 0.05}));
  for (int i = 0; i < 20; ++i) {
    CHECK(ys.at(2 * i) == Approx(std::cos(0.05 * (i + 1))).margin(1e-7));
    CHECK(ys.at(2 * i + 1) == Approx(std::sin(0.05 * (i + 1))).margin(1e-7));
  }
}

TEST_CASE("checkpoints keep the gradients of an ODE and need less memory") {
  std::int64_t all = 0, few = 0;
  const auto plain = end_gradients(false, &all);
  const auto saving = end_gradients(true, &few);
  REQUIRE(plain.size() == 5);
  for (std::size_t i = 0; i < plain.size(); ++i) {
    REQUIRE(plain[i].shape() == saving[i].shape());
    for (std::int64_t k = 0; k < plain[i].size(); ++k) {
      CHECK(saving[i].at(k) == Approx(plain[i].at(k)).epsilon(1e-11));
    }
  }
  CHECK(few < all / 4);
}

TEST_CASE("the gradients of an ODE are those of its solution") {
  // dy/dt = a·y: y(1) = y(0)·e^a, and so is dy(1)/dy(0); dy(1)/da = y(1).
  Graph g;
  const Value a = unknown(g, {}, "a", -0.5), y = unknown(g, {}, "y", 3);
  const Value ys =
      ode([&](Value, Value at) { return a * at; }, y, 40, {.step = 0.025});
  const Value end = sum(slice(ys, 0, 39));
  const auto grads = gradients(end, {a, y});
  CHECK(eval(end).item() == Approx(3 * std::exp(-0.5)).epsilon(1e-9));
  CHECK(eval(grads[0]).item() == Approx(3 * std::exp(-0.5)).epsilon(1e-8));
  CHECK(eval(grads[1]).item() == Approx(std::exp(-0.5)).epsilon(1e-9));
  // d²y(1)/da² = y(1).
  CHECK(eval(gradient(grads[0], a)).item() ==
        Approx(3 * std::exp(-0.5)).epsilon(1e-7));
}

TEST_CASE("an ODE without rows, and a field of another type") {
  Graph g;
  const auto same = [](Value, Value at) { return at; };
  CHECK(eval(ode(same, start(g, {1, 2}), 0)).shape() == Shape{0, 2});
  CHECK_THROWS_AS(
      ode([](Value, Value at) { return sum(at); }, start(g, {1, 2}), 3), Error);
}
