#pragma once

// Gradients of functions that are made of ops, against finite differences.

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "catch.h"
#include "weft/weft.h"

struct Composition {
  std::string name;
  std::vector<weft::SampleInput> inputs;
  std::function<weft::Value(const std::vector<weft::Value>&)> build;
};

/// Σ c·y with irregular fixed c.
inline weft::Value irregular_sum(weft::Value y) {
  weft::Tensor c(weft::DType::f64, y.shape());
  int k = 0;
  for (double& v : c.values<double>()) v = 0.3 + std::sin(1.7 * ++k);
  return weft::sum(y * y.graph().constant(c));
}

/// First and second derivatives of a composition in f64.
inline void check_derivatives(const Composition& c) {
  using namespace weft;
  INFO(c.name);
  Graph g;
  RandomSequence draws(Philox({5}, 1, 1));
  std::vector<Value> xs;
  for (std::size_t i = 0; i < c.inputs.size(); ++i) {
    const Shape& shape = c.inputs[i].shape;
    xs.push_back(g.parameter("x" + std::to_string(i), shape,
                             initializers::zeros()(shape, DType::f64),
                             DType::f64));
  }
  const Value y = irregular_sum(c.build(xs));
  const auto first = gradients(y, xs);
  Value along;
  for (const Value& grad : first) {
    const Value term = irregular_sum(grad);
    along = along ? along + term : term;
  }
  const auto second = gradients(along, xs);
  State s = initialize(g);
  for (std::size_t i = 0; i < xs.size(); ++i) {
    const SampleInput& in = c.inputs[i];
    for (double& v : s.at(xs[i].path()).values<double>()) {
      v = in.low + (in.high - in.low) * draws.uniform();
    }
  }
  for (const auto& [f, grads] :
       {std::pair{y, first}, std::pair{along, second}}) {
    const Program value = compile(g, {.outputs = {f}});
    const Program all = compile(g, {.outputs = grads});
    Executor run({.threads = 1});
    const auto found = run(all, s, {});
    auto at = [&](double& x, double to) {
      const double before = std::exchange(x, to);
      const double v = run(value, s, {}).front().item();
      x = before;
      return v;
    };
    double worst = 0;
    for (std::size_t i = 0; i < xs.size(); ++i) {
      auto x = s.at(xs[i].path()).values<double>();
      for (std::size_t k = 0; k < x.size(); ++k) {
        auto central = [&](double h) {
          return (at(x[k], x[k] + h) - at(x[k], x[k] - h)) / (2 * h);
        };
        const double a = central(2e-3), b = central(1e-3), d = central(5e-4);
        const double ab = (4 * b - a) / 3, bd = (4 * d - b) / 3;
        const double expected = (16 * bd - ab) / 15;
        const double error =
            std::abs(found[i].at(static_cast<std::int64_t>(k)) - expected) /
            (1 + std::abs(expected));
        worst = std::isnan(error) ? HUGE_VAL : std::max(worst, error);
      }
    }
    CHECK(worst < 1e-7);
  }
}
