#include "weft/lbfgs_steps.h"

#include <cmath>
#include <limits>

#include "catch.h"
#include "weft/error.h"
#include "weft/graph.h"
#include "weft/ops.h"

using namespace weft;
using Catch::Matchers::Contains;

namespace {

using Vector = std::span<const double>;

/// ½Σ k·xₖ², its value and gradient.
double bowl(Vector x, std::span<double> g) {
  double f = 0;
  for (std::size_t k = 0; k < x.size(); ++k) {
    const double c = static_cast<double>(k + 1);
    f += c * x[k] * x[k] / 2;
    g[k] = c * x[k];
  }
  return f;
}

/// Rosenbrock's valley, whose minimum is 0 at (1, 1).
double valley(Vector x, std::span<double> g) {
  const double a = 1 - x[0], b = x[1] - x[0] * x[0];
  g[0] = -2 * a - 400 * x[0] * b;
  g[1] = 200 * b;
  return a * a + 100 * b * b;
}

}  // namespace

TEST_CASE("the first step goes along the gradient at most as far as the rate") {
  auto f = make_objective(2, bowl);
  std::vector<double> x{3, 4};  // g = (3, 8), |g|₁ = 11
  State memory;
  LbfgsSteps steps(memory, {.learning_rate = 0.5, .iterations = 1});
  CHECK(steps.step(*f, x) == 20.5);
  CHECK(x[0] == Approx(3 - 0.5 * 3 / 11).epsilon(1e-15));
  CHECK(x[1] == Approx(4 - 0.5 * 8 / 11).epsilon(1e-15));
  CHECK(steps.iterations() == 1);
}

TEST_CASE("the second step is that of the secant in one dimension") {
  auto f = make_objective(
      1, [](Vector x, std::span<double> g) { return bowl(x, g); });
  std::vector<double> x{0.25};
  State memory;
  LbfgsSteps steps(memory, {.learning_rate = 0.5, .iterations = 1});
  steps.step(*f, x);
  CHECK(x[0] == 0.125);
  // The curvature, 1, is known now: half of Newton's step.
  steps.step(*f, x);
  CHECK(x[0] == 0.0625);
}

TEST_CASE("steps of a line search find the end of a curved valley") {
  auto f = make_objective(2, valley);
  std::vector<double> x{-1.2, 1};
  State memory;
  LbfgsSteps steps(memory,
                   {.iterations = 10, .change = 1e-14, .line_search = true});
  double before = HUGE_VAL;
  for (int i = 0; i < 12; ++i) {
    const double cost = steps.step(*f, x);
    CHECK(cost <= before);
    before = cost;
  }
  CHECK(x[0] == Approx(1).margin(1e-6));
  CHECK(x[1] == Approx(1).margin(1e-6));
}

TEST_CASE("steps go on from their memory with the same bits") {
  for (const bool search : {false, true}) {
    const LbfgsStepOptions options{
        .learning_rate = 0.3, .iterations = 3, .line_search = search};
    auto f = make_objective(2, valley);
    std::vector<double> whole{-1.2, 1}, parts = whole;
    State first, second;
    LbfgsSteps all(first, options);
    for (int i = 0; i < 6; ++i) all.step(*f, whole);
    for (int i = 0; i < 6; ++i) {
      LbfgsSteps resumed(second, options);
      resumed.step(*f, parts);
    }
    CHECK(parts == whole);
  }
}

TEST_CASE("a step keeps away from where the function is not finite") {
  auto f = make_objective(1, [](Vector x, std::span<double> g) {
    g[0] = 1 / x[0];
    return x[0] > 0 ? std::log(x[0]) : std::numeric_limits<double>::quiet_NaN();
  });
  for (const bool search : {false, true}) {
    State memory;
    std::vector<double> x{0.5};
    LbfgsSteps steps(memory, {.learning_rate = 10, .line_search = search});
    steps.step(*f, x);
    CHECK(x[0] > 0);
    x = {-1};
    CHECK(std::isnan(steps.step(*f, x)));
    CHECK(x[0] == -1);
  }
}

TEST_CASE("a graph's parameters move with the steps") {
  Graph g;
  const Value w = unknown(g, {2}, "w", 3);
  State state = initialize(g), memory;
  auto f = make_objective(sum(square(w - 1)), state);
  LbfgsSteps steps(memory, {.line_search = true});
  CHECK(steps.step(*f) == 8);
  CHECK(steps.step(*f) == Approx(0).margin(1e-12));
  CHECK(state.at("w").at(0) == Approx(1));
}

TEST_CASE("steps refuse what makes no sense") {
  State memory;
  CHECK_THROWS_WITH(LbfgsSteps(memory, {.learning_rate = 0}),
                    Contains("learning_rate must be a positive number"));
  CHECK_THROWS_WITH(LbfgsSteps(memory, {.iterations = 0}),
                    Contains("iterations must be at least 1"));
  CHECK_THROWS_WITH(LbfgsSteps(memory, {.history = 0}),
                    Contains("history must be at least 1"));
  LbfgsSteps steps(memory);
  auto f = make_objective(2, bowl);
  std::vector<double> x(3);
  CHECK_THROWS_WITH(steps.step(*f, x),
                    Contains("x has 3 numbers, the objective 2"));
  x.assign(2, 1.0);
  steps.step(*f, x);
  auto larger = make_objective(3, bowl);
  x.assign(3, 1.0);
  CHECK_THROWS_AS(steps.step(*larger, x), ShapeError);
}
