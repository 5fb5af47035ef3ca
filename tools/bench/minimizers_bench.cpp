// How many evaluations Weft's methods take on the functions of Moré, Garbow and
// Hillstrom, and, as `--serve NAME`, these functions for another program to
// minimise: it writes n and the start, then reads n numbers at a time and
// answers with value and gradient, all as doubles in binary.

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tools/bench/mgh.h"

namespace {

using namespace weft;

int serve(const std::string& name) {
  for (const mgh::Reference& r : mgh::references()) {
    if (r.name != name) continue;
    mgh::Problem p(r);
    const auto f = make_objective(p.f, p.state, {.threads = 1});
    auto send = [](const double* v, std::size_t n) {
      std::fwrite(v, sizeof(double), n, stdout);
    };
    const auto n = static_cast<double>(r.n);
    send(&n, 1);
    send(r.start.data(), r.start.size());
    std::fflush(stdout);
    std::vector<double> x(r.start.size()), g(x.size());
    while (std::fread(x.data(), sizeof(double), x.size(), stdin) == x.size()) {
      const double value = f->evaluate(x, g);
      send(&value, 1);
      send(g.data(), g.size());
      std::fflush(stdout);
    }
    return 0;
  }
  std::fprintf(stderr, "there is no function '%s'\n", name.c_str());
  return 2;
}

const char* short_name(Ending e) {
  switch (e) {
    case Ending::gradient: return "gradient";
    case Ending::relative_change: return "change";
    case Ending::no_progress: return "no_progress";
    case Ending::iterations: return "iterations";
    case Ending::evaluations: return "evaluations";
    case Ending::not_finite: return "not_finite";
    case Ending::unbounded: return "unbounded";
    case Ending::no_descent: return "no_descent";
    default: return "other";
  }
}

/// A line for each function: name, cost, gradient, iterations, evaluations.
int run(const std::string& name, const Method& method, double tolerance) {
  for (const mgh::Reference& r : mgh::references()) {
    mgh::Problem p(r);
    const bool squares = std::holds_alternative<LevenbergMarquardt>(method);
    const auto f =
        squares ? make_least_squares(p.residuals, p.state, {.threads = 1})
                : make_objective(p.f, p.state, {.threads = 1});
    const Minimum m = find_minimum(*f, method,
                                   {.start = r.start,
                                    .stop = {.gradient = tolerance,
                                             .iterations = 20000,
                                             .evaluations = 20000}});
    std::printf("%s %s %.10g %.3g %lld %lld %s\n", name.c_str(), r.name.c_str(),
                squares ? 2 * m.cost : m.cost, m.gradient_norm,
                static_cast<long long>(m.iterations),
                static_cast<long long>(m.evaluations), short_name(m.ending));
  }
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  if (count == 3 && std::strcmp(arguments[1], "--serve") == 0) {
    return serve(arguments[2]);
  }
  const double tolerance = count > 2 ? std::atof(arguments[2]) : 1e-6;
  using Beta = ConjugateGradient::Beta;
  const std::vector<std::pair<std::string, Method>> all = {
      {"lbfgs", Lbfgs{}},
      {"lbfgs_hz", Lbfgs{.search = {.kind = LineSearch::Kind::hager_zhang}}},
      {"bfgs", Bfgs{}},
      {"newton_cg", NewtonCg{}},
      {"lm", LevenbergMarquardt{}},
      {"cg_hz", ConjugateGradient{}},
      {"cg_fr", ConjugateGradient{.beta = Beta::fletcher_reeves}},
      {"cg_pr", ConjugateGradient{.beta = Beta::polak_ribiere}},
      {"cg_hs", ConjugateGradient{.beta = Beta::hestenes_stiefel}},
      {"cg_dy", ConjugateGradient{.beta = Beta::dai_yuan}},
      {"gd", GradientDescent{}}};
  for (const auto& [name, method] : all) {
    if (count < 2 || name == arguments[1]) run(name, method, tolerance);
  }
  return 0;
}
