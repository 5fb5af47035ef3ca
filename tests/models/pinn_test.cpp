#include "weft/models/pinn.h"

#include <cmath>

#include "catch.h"
#include "weft/weft.h"

using namespace weft;

namespace {

Value column(Graph& g, std::initializer_list<double> x) {
  return g.constant(
      Tensor::from<double>(x, {static_cast<std::int64_t>(x.size()), 1}));
}

}  // namespace

TEST_CASE("derivatives of a field at each point") {
  Graph g;
  const Value x = column(g, {0.5, -1, 2});
  const Value u = x * x * x;
  const Tensor once = eval(models::derivative(u, x));
  const Tensor twice = eval(models::derivative(models::derivative(u, x), x));
  const double at[] = {0.5, -1, 2};
  for (int i = 0; i < 3; ++i) {
    CHECK(once.at(i) == Approx(3 * at[i] * at[i]));
    CHECK(twice.at(i) == Approx(6 * at[i]));
  }
}

TEST_CASE("the residual of Burgers' equation") {
  // A travelling wave is an exact solution: u = 1 − tanh((x − t)/2ν).
  Graph g;
  const double viscosity = 0.3;
  const Value t = column(g, {0, 0.2, 0.7}), x = column(g, {0.1, -0.4, 0.5});
  const Value wave = 1 - tanh((x - t) / (2 * viscosity));
  const Tensor none = eval(models::burgers_residual(wave, t, x, viscosity));
  for (int i = 0; i < 3; ++i) CHECK(std::abs(none.at(i)) < 1e-14);
  // u = t·x²: x² + 2t²x³ − 2νt.
  const Tensor some =
      eval(models::burgers_residual(t * x * x, t, x, viscosity));
  CHECK(some.at(1) == Approx(0.16 + 2 * 0.04 * -0.064 - 0.6 * 0.2));
}

TEST_CASE("the network of a field has the dtype of its coordinates") {
  Graph g;
  const Value t = g.input("t", {kBatch, 1}, DType::f64);
  const Value x = g.input("x", {kBatch, 1}, DType::f64);
  const Value u = models::pinn({t, x}, {.hidden = {5, 4}});
  CHECK(u.type() == Type{DType::f64, {kBatch, 1}});
  CHECK(g.parameters().size() == 6);
  CHECK(g.find("fc1/weight").shape() == Shape{2, 5});
  CHECK(models::burgers_residual(u, t, x, 0.1).shape() == u.shape());
}
