#include "tools/bench/mgh.h"

#include <algorithm>

#include "catch.h"

using namespace weft;

namespace {

double largest(const std::vector<double>& v) {
  double most = 0;
  for (double x : v) most = std::max(most, std::abs(x));
  return most;
}

/// The published minima have about six digits.
bool is_minimum(const mgh::Reference& r, double cost) {
  return std::any_of(r.minima.begin(), r.minima.end(), [&](double m) {
    return m == 0 ? cost < 1e-10 : std::abs(cost - m) <= 1e-5 * m;
  });
}

/// A minimum, and for sums of squares the greatest cosine of the angles between
/// the residuals and their derivatives there (Moré 1978), which is free of
/// scale.
struct Result : Minimum {
  double cosine = 1;
};

/// ‖g‖∞ ≤ 1e-6; of Meyer's function the cosine, as rounding of its residuals,
/// of 5e-11, changes the gradient by 1e-3: its derivatives are up to 6e6.
bool is_stationary(const mgh::Reference& r, const Result& m) {
  if (r.name == "meyer") return m.cosine <= 1e-9;
  return largest(m.gradient) <= 1e-6;
}

double cosine_at(Objective& f, const Minimum& m) {
  std::vector<double> r(static_cast<std::size_t>(f.residual_count()));
  std::vector<double> jacobian(r.size() * m.x.size());
  f.evaluate_residuals(m.x, r, jacobian);
  double most = 0;
  for (std::size_t j = 0; j < m.x.size(); ++j) {
    double rr = 0, jj = 0;
    for (std::size_t i = 0; i < r.size(); ++i) {
      const double d = jacobian[j * r.size() + i];
      rr += r[i] * r[i];
      jj += d * d;
    }
    most = std::max(most, std::abs(m.gradient[j]) / std::sqrt(rr * jj));
  }
  return most;
}

Result minimise(const mgh::Reference& r, const Method& method,
                double tolerance) {
  mgh::Problem p(r);
  const bool squares = std::holds_alternative<LevenbergMarquardt>(method);
  const auto f = squares
                     ? make_least_squares(p.residuals, p.state, {.threads = 1})
                     : make_objective(p.f, p.state, {.threads = 1});
  Result m{find_minimum(
      *f, method,
      {.start = r.start, .stop = {.gradient = tolerance, .iterations = 5000}})};
  if (squares) {
    m.cosine = cosine_at(*f, m);
    m.cost *= 2;
    for (double& g : m.gradient) g *= 2;
  }
  return m;
}

}  // namespace

TEST_CASE("the functions have the published starts, slopes and curvatures") {
  const auto all = mgh::references();
  REQUIRE(all.size() == 36);
  for (const mgh::Reference& r : all) {
    INFO(r.name);
    mgh::Problem p(r);
    const auto f = make_objective(p.f, p.state, {.threads = 1});
    std::vector<double> g(r.start.size()), column(g.size()), unit(g.size());
    CHECK(f->evaluate(r.start, g) == Approx(r.value).epsilon(1e-12));
    const double size = largest(r.gradient), curvature = largest(r.hessian);
    for (std::size_t i = 0; i < g.size(); ++i) {
      CHECK(std::abs(g[i] - r.gradient[i]) <= 1e-11 * size);
      unit[i] = 1;
      f->hessian_times(r.start, unit, column);
      unit[i] = 0;
      for (std::size_t j = 0; j < g.size(); ++j) {
        const double expected = r.hessian[i * g.size() + j];
        CHECK(std::abs(column[j] - expected) <= 1e-10 * curvature);
      }
    }
  }
}

TEST_CASE("L-BFGS, BFGS and Levenberg-Marquardt find published minima") {
  struct Case {
    Method method;
    std::vector<std::string> elsewhere;  ///< that end in another place
    /// Whose cost is the published one, while rounding, which compilers make
    /// differently, decides how near to 0 the gradient comes.
    std::vector<std::string> rounded = {};
  };
  const std::vector<Case> cases = {
      {Lbfgs{}, {"meyer"}},
      {Bfgs{}, {"meyer"}},
      {LevenbergMarquardt{}, {}, {"meyer"}},
  };
  for (const Case& c : cases) {
    for (const mgh::Reference& r : mgh::references()) {
      INFO(name_of(c.method) << " of " << r.name);
      const auto& e = c.elsewhere;
      const bool expected = std::find(e.begin(), e.end(), r.name) == e.end();
      const Result m = minimise(r, c.method, 1e-9);
      INFO(m.message);
      CHECK(converged(m.ending));
      const auto& rounded = c.rounded;
      const bool stationary =
          is_stationary(r, m) ||
          std::find(rounded.begin(), rounded.end(), r.name) != rounded.end();
      CHECK((is_minimum(r, m.cost) && stationary) == expected);
    }
  }
}

TEST_CASE("conjugate gradients, Newton's method and downhill find minima") {
  using Beta = ConjugateGradient::Beta;
  using Kind = LineSearch::Kind;
  const std::vector<Method> methods = {
      GradientDescent{},
      ConjugateGradient{.beta = Beta::fletcher_reeves},
      ConjugateGradient{.beta = Beta::polak_ribiere},
      ConjugateGradient{.beta = Beta::hestenes_stiefel},
      ConjugateGradient{.beta = Beta::dai_yuan},
      ConjugateGradient{.beta = Beta::hager_zhang},
      ConjugateGradient{.search = {.curvature = 0.1}},
      Lbfgs{.search = {.kind = Kind::hager_zhang}},
      Lbfgs{.search = {.kind = Kind::backtracking}},
      Bfgs{.search = {.kind = Kind::hager_zhang}},
      Bfgs{.search = {.kind = Kind::backtracking}},
      NewtonCg{}};
  for (const Method& method : methods) {
    for (const mgh::Reference& r : mgh::references()) {
      // Well enough conditioned for all, downhill too.
      const bool chosen = r.name == "trig_10" || r.name == "broyden_tri_10" ||
                          r.name == "broyden_band_10" ||
                          r.name == "chebyquad_8" || r.name == "disc_ie_10" ||
                          r.name == "beale" || r.name == "chebyquad_9";
      if (!chosen) continue;
      INFO(name_of(method) << " of " << r.name);
      const Result m = minimise(r, method, 1e-6);
      INFO(m.message);
      CHECK(is_minimum(r, m.cost));
      CHECK(is_stationary(r, m));
    }
  }
}
