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
  bool maps = true;  ///< false: it writes state, which no body of a vmap may
};

/// Σ c·y with irregular fixed c.
inline weft::Value irregular_sum(weft::Value y) {
  weft::Tensor c(weft::DType::f64, y.shape());
  int k = 0;
  for (double& v : c.values<double>()) v = 0.3 + std::sin(1.7 * ++k);
  return weft::sum(y * y.graph().constant(c));
}

/// The value and gradients of a composition, y and x… .
inline std::vector<weft::Value> value_and_gradients(
    const Composition& c, const std::vector<weft::Value>& xs) {
  std::vector<weft::Value> found{irregular_sum(c.build(xs))};
  for (const weft::Value& v : weft::gradients(found[0], xs)) {
    found.push_back(v);
  }
  return found;
}

/// The largest difference relative to 1 + |b|.
inline double relative_error(const weft::Tensor& a, const weft::Tensor& b) {
  double worst = a.type() == b.type() ? 0 : HUGE_VAL;
  for (std::int64_t i = 0; i < a.size() && worst < HUGE_VAL; ++i) {
    const double e = std::abs(a.at(i) - b.at(i)) / (1 + std::abs(b.at(i)));
    worst = std::isnan(e) ? HUGE_VAL : std::max(worst, e);
  }
  return worst;
}

/// vmap gives the values and gradients that two examples have alone.
inline void check_mapping(const Composition& c) {
  using namespace weft;
  RandomSequence draws(Philox({6}, 1, 1));
  Graph one, all;
  std::vector<Value> xs, batches;
  std::vector<Feed> feeds[2], batch_feeds;
  for (std::size_t i = 0; i < c.inputs.size(); ++i) {
    const SampleInput& in = c.inputs[i];
    Shape shape{2}, symbolic{kBatch};
    for (const Dim d : in.shape) {
      shape.push_back(d);
      symbolic.push_back(d);
    }
    Tensor both(DType::f64, shape);
    for (double& v : both.values<double>()) {
      v = in.low + (in.high - in.low) * draws.uniform();
    }
    const std::string name = "x" + std::to_string(i);
    xs.push_back(one.input(name, in.shape, DType::f64));
    batches.push_back(all.input(name, symbolic, DType::f64));
    for (std::int64_t e = 0; e < 2; ++e) {
      feeds[e].push_back({xs.back(), both.rows(e, e + 1).reshape(in.shape)});
    }
    batch_feeds.push_back({batches.back(), both});
  }
  auto f = [&](const std::vector<Value>& e) {
    return value_and_gradients(c, e);
  };
  const Program alone = compile(one, {.outputs = f(xs)});
  const Program together = compile(all, {.outputs = vmap(f, batches)});
  Executor run({.threads = 1});
  State state = initialize(one, {1});
  State same = initialize(all, {1});
  const auto found = run(together, same, batch_feeds);
  for (std::int64_t e = 0; e < 2; ++e) {
    const auto expected = run(alone, state, feeds[e]);
    for (std::size_t k = 0; k < found.size(); ++k) {
      const Tensor row = found[k].rows(e, e + 1).reshape(expected[k].shape());
      CHECK(relative_error(row, expected[k]) < 1e-11);
    }
  }
}

/// First and second derivatives of a composition in f64, for its inputs and for
/// the parameters that its layers make, in reverse and forward mode, and the
/// first of two examples at once.
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
  xs = g.parameters();  // the inputs first
  const auto first = gradients(y, xs);
  Value along;
  for (const Value& grad : first) {
    const Value term = irregular_sum(grad);
    along = along ? along + term : term;
  }
  const auto second = gradients(along, xs);
  std::vector<Value> directions, products(2);
  for (std::size_t i = 0; i < xs.size(); ++i) {
    Tensor v(DType::f64, xs[i].shape());
    for (double& d : v.values<double>()) d = draws.uniform() - 0.5;
    directions.push_back(g.constant(v));
    for (int order : {0, 1}) {
      const Value term =
          dot(order == 0 ? first[i] : second[i], directions.back());
      Value& p = products[static_cast<std::size_t>(order)];
      p = p ? p + term : term;
    }
  }
  const auto pushed = jvp({y, along}, xs, directions);
  State s = initialize(g);
  for (std::size_t i = 0; i < xs.size(); ++i) {
    const SampleInput in =
        i < c.inputs.size() ? c.inputs[i] : SampleInput(xs[i].shape(), -1, 1);
    for (double& v : s.at(xs[i].path()).values<double>()) {
      v = in.low + (in.high - in.low) * draws.uniform();
    }
  }
  {
    const Program p = compile(
        g, {.outputs = {pushed[0], pushed[1], products[0], products[1]}});
    Executor run({.threads = 1});
    const auto found = run(p, s, {});
    CHECK(relative_error(found[0], found[2]) < 1e-10);
    CHECK(relative_error(found[1], found[3]) < 1e-10);
  }
  if (c.maps) check_mapping(c);
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
