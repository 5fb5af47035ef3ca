#include "example.h"

// Minimisers: minimizers.h, lbfgs_steps.h.

namespace snippets {

EXAMPLE(unknown) {
  Value x = unknown(g, {2}, "x", 3);
  Minimum m = find_minimum(sum(square(x - numbers({1, 2}))), Bfgs{});
  CHECK(m.cost < 1e-12);
}

EXAMPLE(GradientDescent) {
  Value x = unknown(g, {2});
  Value bowl = sum(numbers({1, 10}) * square(x - 3));
  Minimum m = find_minimum(bowl, GradientDescent{});
  CHECK(converged(m.ending));
}

EXAMPLE(ConjugateGradient) {
  Value x = unknown(g, {2});
  Value bowl = sum(numbers({1, 10}) * square(x - 3));
  Minimum m = find_minimum(
      bowl, ConjugateGradient{.beta = ConjugateGradient::Beta::polak_ribiere});
  CHECK(converged(m.ending));
}

EXAMPLE(Bfgs) {
  Value x = unknown(g, {2});
  Value bowl = sum(numbers({1, 10}) * square(x - 3));
  Minimum m = find_minimum(bowl, Bfgs{});
  CHECK(converged(m.ending));
}

EXAMPLE(Lbfgs) {
  Value x = unknown(g, {2});
  Value bowl = sum(numbers({1, 10}) * square(x - 3));
  Minimum m = find_minimum(bowl, Lbfgs{.history = 5});
  CHECK(converged(m.ending));
}

EXAMPLE(NewtonCg) {
  Value x = unknown(g, {2});
  Value bowl = sum(numbers({1, 10}) * square(x - 3));
  Minimum m = find_minimum(bowl, NewtonCg{});
  CHECK(converged(m.ending));
}

EXAMPLE(LbfgsSteps) {
  Value x = unknown(g, {2});
  State state = initialize(g, Seed{1}), memory;
  auto bowl = make_objective(sum(numbers({1, 10}) * square(x - 3)), state);
  LbfgsSteps steps(memory, {.line_search = true});
  steps.step(*bowl);
  CHECK(steps.step(*bowl) < 1e-12);  // the cost after the first step
}

EXAMPLE(LevenbergMarquardt) {
  Value x = unknown(g, {1});
  Value residuals = exp(x) - numbers({2, 2.2});  // fits e^x to 2 and 2.2
  State state = initialize(g, Seed{1});
  auto objective = make_least_squares(residuals, state);
  Minimum m = find_minimum(*objective, LevenbergMarquardt{});
  CHECK(m.x.at(0) == Approx(std::log(2.1)));
}

}  // namespace snippets
