// Learning to learn: sine curves from ten of their points, by one step of
// gradient descent (Finn et al. 2017), against a network that was trained on
// the same curves without regard to that step.
//   maml [ITERATIONS [POINTS]]
#include <weft/models/maml.h>
#include <weft/weft.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <numbers>

namespace {

constexpr std::int64_t kTasks = 25;

/// Curves a·sin(x − p), with a from 0.1 to 5 and p from 0 to π, and points of
/// each from −5 to 5: to learn from, and to be told.
struct Curves {
  weft::Tensor x, y, query_x, query_y;

  Curves(std::int64_t tasks, std::int64_t points, weft::RandomSequence& draws)
      : x(weft::DType::f32, {tasks, points, 1}),
        y(weft::DType::f32, {tasks, points, 1}),
        query_x(weft::DType::f32, {tasks, points, 1}),
        query_y(weft::DType::f32, {tasks, points, 1}) {
    for (std::int64_t t = 0; t < tasks; ++t) {
      const double a = 0.1 + 4.9 * draws.uniform();
      const double p = std::numbers::pi * draws.uniform();
      for (auto [from, to] : {std::pair{&x, &y}, {&query_x, &query_y}}) {
        for (std::int64_t k = t * points; k < (t + 1) * points; ++k) {
          const double at = -5 + 10 * draws.uniform();
          from->data<float>()[k] = static_cast<float>(at);
          to->data<float>()[k] = static_cast<float>(a * std::sin(at - p));
        }
      }
    }
  }
};

/// A network of 40 and 40 units, and its cost on new points after steps.
struct Learner {
  weft::Graph g;
  weft::Value x, y, query_x, query_y, costs;

  Learner(const weft::models::MamlOptions& o, std::int64_t points) {
    x = g.input("x", {weft::kBatch, points, 1});
    y = g.input("y", {weft::kBatch, points, 1});
    query_x = g.input("query_x", {weft::kBatch, points, 1});
    query_y = g.input("query_y", {weft::kBatch, points, 1});
    auto cost = [](weft::Value in, weft::Value wanted) {
      for (const char* name : {"fc1", "fc2"}) {
        in = weft::dense(in, 40,
                         {.name = name, .activation = weft::Activation::relu});
      }
      const weft::Value out = weft::dense(in, 1, {.name = "out"});
      return weft::mean(weft::square(out - wanted));
    };
    costs = weft::models::maml(cost, x, y, query_x, query_y, o);
  }

  std::vector<weft::Feed> feeds(const Curves& c) const {
    return {{x, c.x}, {y, c.y}, {query_x, c.query_x}, {query_y, c.query_y}};
  }
};

weft::State train(const weft::models::MamlOptions& o, int iterations,
                  std::int64_t points) {
  Learner learner(o, points);
  const auto step = weft::minimize(weft::mean(learner.costs), weft::Adam{});
  const weft::Program p =
      weft::compile(learner.g, {.outputs = {}, .updates = step.updates});
  weft::State state = weft::initialize(learner.g, {1});
  weft::RandomSequence draws(weft::Philox({1}, 1, 0));
  weft::Executor run({.threads = 1});
  for (int i = 0; i < iterations; ++i) {
    run(p, state, learner.feeds(Curves(kTasks, points, draws)));
  }
  return state;
}

/// The mean cost on new curves after so many steps from trained weights.
double test(const weft::State& trained, const weft::models::MamlOptions& o,
            const Curves& curves) {
  const Learner learner(o, curves.x.dim(1));
  weft::State state = weft::initialize(learner.g);
  for (const auto& entry : state.entries()) {
    state.set(entry.path, trained.at(entry.path));
  }
  return weft::eval(weft::mean(learner.costs), state, learner.feeds(curves))
      .item();
}

}  // namespace

int main(int argc, char** argv) try {
  const int iterations = argc > 1 ? std::atoi(argv[1]) : 10000;
  const std::int64_t points = argc > 2 ? std::atoi(argv[2]) : 10;
  if (iterations < 1 || points < 1) {
    std::puts("usage: maml [ITERATIONS [POINTS]]");
    return 2;
  }
  const weft::State learnt = train({}, iterations, points);
  const weft::State pretrained = train({.steps = 0}, iterations, points);
  weft::RandomSequence draws(weft::Philox({2}, 1, 0));
  const Curves curves(600, points, draws);

  std::puts("steps   meta-learnt   pretrained, at the best of four rates");
  double ratio = 0;
  for (const int steps : {0, 1, 2, 5, 10}) {
    const double own = test(learnt, {.steps = steps}, curves);
    double best = HUGE_VAL;
    for (const double rate : {0.002, 0.005, 0.01, 0.02}) {
      best = std::min(best,
                      test(pretrained, {.steps = steps, .rate = rate}, curves));
    }
    std::printf("%5d  %12.3f  %11.3f\n", steps, own, best);
    if (steps == 1) ratio = own / best;
  }
  return ratio < 0.7 ? 0 : 1;
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
