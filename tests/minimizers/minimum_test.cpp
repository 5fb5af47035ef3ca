#include <cmath>
#include <cstdio>
#include <limits>

#include "catch.h"
#include "weft/weft.h"

using namespace weft;

namespace {

struct Valley {  // Rosenbrock's
  Valley() {
    const Value x = unknown(g, {2});
    const Value a = slice(x, 0, 0, 1), b = slice(x, 0, 1, 2);
    residuals = concat({10 * (b - square(a)), 1 - a});
    f = sum(square(residuals));
  }
  Graph g;
  Value residuals, f;
};

const std::vector<double> kStart = {-1.2, 1};
const std::vector<double> kCorner = {1, 1, 1};

std::vector<Method> methods() {
  return {GradientDescent{}, ConjugateGradient{}, Bfgs{},
          Lbfgs{},           NewtonCg{},          LevenbergMarquardt{}};
}

std::unique_ptr<Objective> plain(double (*f)(double, double&)) {
  return make_objective(1, [f](std::span<const double> x, std::span<double> g) {
    return f(x[0], g[0]);
  });
}

Minimum from(Objective& f, std::vector<double> start,
             const Method& method = Lbfgs{}) {
  return find_minimum(f, method, {.start = std::move(start)});
}

}  // namespace

TEST_CASE("a user's graph has its minimum found, and its parameters get it") {
  Valley v;
  const std::size_t nodes = v.g.size();
  State state = initialize(v.g);
  const Minimum m = find_minimum(v.f, state, Lbfgs{}, {.start = kStart});
  CHECK(m.ending == Ending::gradient);
  CHECK(m.x[0] == Approx(1).epsilon(1e-6));
  CHECK(m.x[1] == Approx(1).epsilon(1e-6));
  CHECK(m.gradient_norm <= 1e-6);
  CHECK(state.at("x").at(0) == m.x[0]);
  CHECK(state.at("x").at(1) == m.x[1]);
  CHECK(v.g.size() == nodes);
  CHECK(m.message.find("gradient is small enough: cost") != std::string::npos);
}

TEST_CASE("one objective serves all methods, with few residuals or many") {
  for (const std::int64_t rows : {2, 3, 5}) {
    Graph g;
    const Value x = unknown(g, {3});
    std::vector<double> a, b;
    for (std::int64_t i = 0; i < rows; ++i) {
      const auto t = static_cast<double>(i + 1);
      a.insert(a.end(), {1, t, t * t});
      b.push_back(1 + 2 * t - t * t / 2);  // at x = (1, 2, −½)
    }
    const Value matrix = g.constant(Tensor::from<double>(a, {rows, 3}));
    const Value residuals = sum(matrix * x, {1}) +
                            0.01 * sum(matrix * x * x * x, {1}) -
                            g.constant(Tensor::from<double>(b, {rows}));
    State state = initialize(g);
    const auto f = make_least_squares(residuals, state, {.threads = 1});
    REQUIRE(f->residual_count() == rows);
    double least = 1e9;
    std::vector<double> gradient(3), r(static_cast<std::size_t>(rows)),
        jacobian(3 * r.size());
    f->evaluate(kCorner, gradient);
    f->evaluate_residuals(kCorner, r, jacobian);
    for (std::size_t j = 0; j < 3; ++j) {  // g = Jᵀr
      double sum = 0;
      for (std::size_t i = 0; i < r.size(); ++i) {
        sum += jacobian[j * r.size() + i] * r[i];
      }
      CHECK(gradient[j] == Approx(sum).epsilon(1e-13));
    }
    for (int pass = 0; pass < 2; ++pass) {
      for (const Method& method : methods()) {
        if (std::holds_alternative<GradientDescent>(method)) continue;
        INFO(rows << " residuals, " << name_of(method));
        const Minimum m = find_minimum(
            *f, method, {.start = kCorner, .stop = {.gradient = 1e-10}});
        INFO(m.message);
        CHECK(converged(m.ending));
        if (rows <= 3) CHECK(m.cost < 1e-16);
        least = std::min(least, m.cost);
        CHECK(m.cost <= least * (1 + 1e-9) + 1e-16);
      }
    }
  }
}

TEST_CASE("a search that was interrupted goes on with the same bits") {
  for (const Method& method : methods()) {
    INFO(name_of(method));
    Valley v;
    auto search = [&](State* memory, std::int64_t iterations) {
      State state = initialize(v.g);
      const auto f = make_least_squares(v.residuals, state, {.threads = 1});
      return find_minimum(*f, method,
                          {.start = kStart,
                           .stop = {.gradient = 1e-9, .iterations = iterations},
                           .memory = memory});
    };
    const Minimum whole = search(nullptr, 60);
    State memory;
    const std::string path = "minimum_test.weft";
    for (std::int64_t i = 3; i < 60; i += 7) {
      search(&memory, i);
      save_state(memory, path);
      memory = load_state(path);
    }
    const Minimum last = search(&memory, 60);
    std::remove(path.c_str());
    CHECK(last.x == whole.x);
    CHECK(last.gradient == whole.gradient);
    CHECK(last.cost == whole.cost);
    CHECK(last.iterations == whole.iterations);
    CHECK(last.evaluations == whole.evaluations);
    CHECK(last.hessian_products == whole.hessian_products);
  }
}

TEST_CASE("a memory of another objective is not trusted") {
  Valley v;
  State memory;
  find_minimum(v.f, Bfgs{},
               {.start = kStart, .stop = {.iterations = 5}, .memory = &memory});
  const Minimum m = find_minimum(2 * v.f + 1, Bfgs{}, {.memory = &memory});
  CHECK(m.cost == Approx(1));
  CHECK(m.x[0] == Approx(1).epsilon(1e-5));
  Graph other;
  const Value f = sum(square(unknown(other, {3})));
  CHECK_THROWS_WITH(
      find_minimum(f, Bfgs{}, {.memory = &memory}),
      Catch::Contains("minimizer/x") && Catch::Contains("empty state"));
}

TEST_CASE("each rule ends a search, and the ending says which") {
  Valley v;
  auto search = [&](const StoppingRules& rules) {
    return find_minimum(v.f, Lbfgs{}, {.start = kStart, .stop = rules});
  };
  const Minimum few = search({.iterations = 7});
  CHECK(few.ending == Ending::iterations);
  CHECK(few.iterations == 7);
  const Minimum evaluated = search({.evaluations = 10});
  CHECK(evaluated.ending == Ending::evaluations);
  CHECK(evaluated.evaluations == 10);
  CHECK(search({.seconds = 1e-9}).ending == Ending::time);
  CHECK(search({.gradient = 0, .relative_change = 0.5}).ending ==
        Ending::relative_change);
  // Its gradient is never exactly 0, as √2 is no double.
  const auto smooth = plain([](double x, double& g) {
    g = x * x - 2;
    return x * x * x / 3 - 2 * x;
  });
  const Minimum exact =
      find_minimum(*smooth, Lbfgs{}, {.start = {1}, .stop = {.gradient = 0}});
  CHECK(exact.ending == Ending::no_progress);
  CHECK(exact.x[0] == Approx(std::sqrt(2)).epsilon(1e-15));
  CHECK_THROWS_WITH(search({.gradient = -1}), Catch::Contains("gradient"));
  CHECK_THROWS_WITH(search({.seconds = NAN}), Catch::Contains("seconds"));

  std::vector<SearchPoint> points;
  const Minimum told = find_minimum(
      v.f, Lbfgs{}, {.start = kStart, .on_iteration = [&](auto& p) {
                       points.push_back(p);
                       return p.iteration < 4;
                     }});
  CHECK(told.ending == Ending::stopped);
  REQUIRE(points.size() == 4);
  CHECK(points[3].cost == told.cost);
  CHECK(points[3].gradient_norm == told.gradient_norm);
  CHECK(points[3].evaluations == told.evaluations);
  CHECK(points[3].step > 0);
  CHECK(points[3].cost < points[0].cost);
  const std::atomic<bool> stop{true};
  CHECK(find_minimum(v.f, Lbfgs{}, {.start = kStart, .stop_flag = &stop})
            .ending == Ending::stopped);
}

TEST_CASE("what goes wrong with the numbers is an ending") {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  for (const Method& method :
       {Method(GradientDescent{}), Method(ConjugateGradient{}), Method(Bfgs{}),
        Method(Lbfgs{})}) {
    INFO(name_of(method));
    const auto nan = plain([](double, double& g) {
      g = 1;
      return std::numeric_limits<double>::quiet_NaN();
    });
    CHECK(from(*nan, {1}, method).ending == Ending::not_finite);
    const auto falling = plain([](double x, double& g) {
      g = -1;
      return -x;
    });
    CHECK(from(*falling, {1}, method).ending == Ending::unbounded);
    const auto cubic = plain([](double x, double& g) {
      g = 3 * x * x;
      return x * x * x;
    });
    CHECK(from(*cubic, {-1}, method).ending == Ending::unbounded);
    // NaN beyond a wall: searches stay on this side.
    const auto wall = plain([](double x, double& g) {
      g = 1 - 1 / x;
      return x > 0 ? x - std::log(x) : std::log(-1.0);
    });
    const Minimum inside = from(*wall, {30}, method);
    CHECK(inside.ending == Ending::gradient);
    CHECK(inside.x[0] == Approx(1).epsilon(1e-5));
    // A gradient with the wrong sign.
    const auto wrong = plain([](double x, double& g) {
      g = -2 * x;
      return x * x;
    });
    const Minimum stuck = from(*wrong, {3}, method);
    CHECK(stuck.ending == Ending::no_progress);
    CHECK(stuck.x[0] == 3);
    const auto infinite = plain([](double x, double& g) {
      g = kNan;
      return x;
    });
    CHECK(from(*infinite, {1}, method).ending == Ending::not_finite);
  }
}

TEST_CASE("what a method lacks is an error with a remedy") {
  const auto f = plain([](double x, double& g) {
    g = 2 * x;
    return x * x;
  });
  CHECK_THROWS_WITH(from(*f, {1}, LevenbergMarquardt{}),
                    Catch::Contains("make_least_squares"));
  CHECK_THROWS_WITH(from(*f, {1}, NewtonCg{}),
                    Catch::Contains("hessian_times"));
  CHECK_THROWS_WITH(from(*f, {1}, Lbfgs{.history = 0}),
                    Catch::Contains("history"));
  CHECK_THROWS_WITH(from(*f, {1, 2}), Catch::Contains("the start has 2"));
  struct Wide final : Objective {
    std::int64_t size() const override { return 1'000'000; }
    double evaluate(std::span<const double>, std::span<double>) override {
      return 0;
    }
  } wide;
  // n(n + 1)/2 + 32n numbers of 8 bytes
  CHECK_THROWS_WITH(find_minimum(wide, Bfgs{.memory_limit = 1'000'000'000}),
                    Catch::Contains("4000260000000 bytes") &&
                        Catch::Contains("1000000000") &&
                        Catch::Contains("Lbfgs"));
  Graph g;
  State state;
  const Value v = g.input("v", {3}, DType::f64);
  CHECK_THROWS_WITH(make_objective(sum(v), state),
                    Catch::Contains("no parameters"));
  const Value x = unknown(g, {3});
  CHECK_THROWS_AS(make_objective(sum(x), state), GraphError);
  State full = initialize(g);
  CHECK_THROWS_AS(make_objective(x, full), ShapeError);
}

TEST_CASE("parameters in f32 hold the very point that is found") {
  Graph g;
  const Value w = g.parameter("w", {5}, initializers::ones()({5}, DType::f32));
  const Value target =
      g.constant(Tensor::from<float>({0.1F, 0.2F, 0.3F, 1e-3F, 7.0F}, {5}));
  const Value f = sum(square(w - target));
  for (const Method& method :
       {Method(Lbfgs{}), Method(Bfgs{}), Method(ConjugateGradient{})}) {
    State state = initialize(g);
    const Minimum m = find_minimum(f, state, method, {});
    CHECK(converged(m.ending));
    for (std::int64_t i = 0; i < 5; ++i) {
      CHECK(state.at("w").at(i) == m.x[static_cast<std::size_t>(i)]);
      CHECK(m.x[static_cast<std::size_t>(i)] ==
            Approx(target.graph().node(target).constant.at(i))
                .epsilon(0)
                .margin(5e-7));  // |g| = 2|w − target| ≤ 1e-6
    }
  }
}

TEST_CASE("BFGS's matrix is exact for a quadratic, and the same by threads") {
  // f = ½xᵀAx with eigenvalues 1 … 300: n steps with good searches suffice.
  constexpr std::int64_t kN = 300;
  Graph g;
  const Value x = unknown(g, {kN}, "x", 1);
  std::vector<double> curvature;
  for (std::int64_t i = 1; i <= kN; ++i) {
    curvature.push_back(static_cast<double>(i));
  }
  const Value f =
      sum(g.constant(Tensor::from<double>(curvature, {kN})) * square(x));
  std::vector<double> first;
  for (const int threads : {1, 2, 5}) {
    State state = initialize(g);
    const auto objective = make_objective(f, state, {.threads = threads});
    const Minimum m = find_minimum(*objective, Bfgs{}, {});
    CHECK(m.ending == Ending::gradient);
    CHECK(m.iterations < 300);
    if (first.empty()) first = m.x;
    CHECK(m.x == first);
  }
}
