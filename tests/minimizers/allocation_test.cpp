#include "catch.h"
#include "count_allocations.h"
#include "train/rings.h"
#include "weft/lbfgs_steps.h"
#include "weft/weft.h"

using namespace weft;

TEST_CASE("an iteration of a search does not touch the heap") {
  const data::Dataset data = rings(300, 1);
  Graph g;
  Network n;
  n.input = g.input("x", {kBatch, 2});
  n.target = g.input("y", {kBatch}, DType::i32);
  n.output = dense(tanh(dense(n.input, 8, {.name = "fc"})), 2);
  n.loss = mean(softmax_cross_entropy(n.output, n.target));
  for (const Method& method :
       {Method(GradientDescent{}), Method(ConjugateGradient{}), Method(Bfgs{}),
        Method(Lbfgs{}), Method(NewtonCg{})}) {
    INFO(name_of(method));
    State state = initialize(g);
    const auto objective =
        make_objective(n, state, batches_of(data, 100), {.threads = 2});
    MinimumOptions options;
    options.stop = {.gradient = 0, .iterations = 12};
    // The first iterations make programs and batches.
    options.on_iteration = [](const SearchPoint& p) {
      counting = p.iteration >= 3 && p.iteration < 12;
      return true;
    };
    allocations = 0;
    const Minimum m = find_minimum(*objective, method, options);
    counting = false;
    CHECK(m.iterations == 12);
    CHECK(allocations == 0);
  }
}

TEST_CASE("a step of L-BFGS does not touch the heap") {
  const auto objective = make_objective(
      50, [](std::span<const double> x, std::span<double> gradient) {
        double f = 0;
        for (std::size_t k = 0; k < x.size(); ++k) {
          const double c = static_cast<double>(k + 1);
          f += c * x[k] * x[k];
          gradient[k] = 2 * c * x[k];
        }
        return f;
      });
  for (const bool search : {false, true}) {
    std::vector<double> x(50, 1.0);
    State memory;
    LbfgsSteps steps(memory, {.learning_rate = 0.1,
                              .iterations = 5,
                              .evaluations = 100,
                              .line_search = search});
    steps.step(*objective, x);
    allocations = 0;
    counting = true;
    steps.step(*objective, x);
    counting = false;
    CHECK(allocations == 0);
    CHECK(steps.iterations() == 10);
  }
}
