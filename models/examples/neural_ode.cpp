// A neural ODE learns the field of a spiral, dy/dt = y³A, from a trajectory cut
// into pieces, and is then to tell all of it from its start alone (Chen et al.
// 2018).
//   neural_ode [--quick]
#include <weft/models/neural_ode.h>
#include <weft/weft.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

namespace {

using weft::DType;
using weft::Tensor;
using weft::Value;
using weft::models::OdeOptions;

constexpr std::int64_t kPoints = 1001;  ///< of times 0 … 25
constexpr double kStep = 25.0 / (kPoints - 1);
constexpr std::int64_t kRows = 10;  ///< of a piece
constexpr std::int64_t kPieces = (kPoints - 1) / kRows;

/// The trajectory from (2, 0), by steps that are twenty times as short.
Tensor spiral() {
  using State = std::array<double, 2>;
  auto field = [](State y) {
    const double a = y[0] * y[0] * y[0], b = y[1] * y[1] * y[1];
    return State{-0.1 * a - 2 * b, 2 * a - 0.1 * b};
  };
  auto moved = [](State y, State k, double h) {
    return State{y[0] + h * k[0], y[1] + h * k[1]};
  };
  Tensor all(DType::f64, {kPoints, 2});
  State y = {2, 0};
  for (std::int64_t i = 0; i < kPoints; ++i) {
    all.data<double>()[2 * i] = y[0];
    all.data<double>()[2 * i + 1] = y[1];
    for (int part = 0; part < 20; ++part) {
      const double h = kStep / 20;
      const State a = field(y), b = field(moved(y, a, h / 2));
      const State c = field(moved(y, b, h / 2)), d = field(moved(y, c, h));
      y = moved(moved(moved(moved(y, a, h / 6), b, h / 3), c, h / 3), d, h / 6);
    }
  }
  return all;
}

/// The field that is learnt.
Value network(Value y) {
  const auto weight = weft::initializers::glorot_normal();
  const Value h = weft::dense(
      y, 50,
      {.name = "fc1", .weight = weight, .activation = weft::Activation::tanh});
  return weft::dense(h, 2, {.name = "out", .weight = weight});
}

/// The learnt trajectory (rows, pieces, 2) from y (pieces, 2).
Value trajectory(Value y, std::int64_t rows) {
  return weft::models::ode([](Value, Value at) { return network(at); }, y, rows,
                           {.step = kStep});
}

/// The adjoint method of Chen et al.: the gradients of Σ <rows, d> with respect
/// to parameters, by integrating y, a and them backwards in time, where
/// da/dt = −aᵀ∂f/∂y and a gains d at each row. `dy` is the field at y0.
std::vector<Value> adjoint(Value y0, Value dy, Value rows, Value d,
                           const std::vector<Value>& parameters,
                           const OdeOptions& o) {
  auto back = [&](const std::vector<Value>& carry,
                  const std::vector<Value>& row) {
    // The row's own state, so that the way back is that of the way there.
    const Value y = row[0], a = carry[0] + row[1], t = weft::sum(y) * 0;
    std::vector<Value> xs = {y}, state = {y, a};
    for (const Value& w : parameters) xs.push_back(y.graph().local(w));
    state.insert(state.end(), carry.begin() + 1, carry.end());
    const Value f = substitute(dy, {{y0, y}});
    std::vector<Value> slope = weft::gradients(f, xs, a);
    for (Value& s : slope) s = -s;
    slope.insert(slope.begin(), f);
    const auto to = weft::models::runge_kutta_step(slope, t, state, -o.step);
    return weft::Scanned{{to.begin() + 1, to.end()}, {}};
  };
  std::vector<Value> carry = {zeros_like(y0)};
  for (const Value& w : parameters) carry.push_back(zeros_like(w));
  const auto found = scan(back, carry, {rows, d}, {.reverse = true});
  return {found.carry.begin() + 1, found.carry.end()};
}

/// How far the gradients of the adjoint method are from those of the steps.
double difference(double step) {
  weft::Graph g;
  const Value y0 =
      g.constant(Tensor::from<double>({2, 0, 1, 0.5, -1, 1}, {3, 2}));
  const Value dy = network(y0);
  const OdeOptions o = {.step = step};
  const auto rows = static_cast<std::int64_t>(std::lround(1 / step));
  const Value ys = weft::models::ode(
      [&](Value, Value y) {
        return substitute(dy, {{y0, y}});
      },
      y0, rows, o);
  const Value loss = mean(square(slice(ys, 0, rows - 1)));
  const auto parameters = g.parameters();
  const auto exact = gradients(loss, parameters);
  const auto other = adjoint(y0, dy, ys, gradient(loss, ys), parameters, o);
  Value apart, all;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    const Value e = sum(square(exact[i] - other[i])), n = sum(square(exact[i]));
    apart = i == 0 ? e : apart + e;
    all = i == 0 ? n : all + n;
  }
  return weft::eval(sqrt(apart / all)).item();
}

/// The mean error of the trajectory that the network makes from its start.
double error(weft::State& state, const Tensor& all) {
  weft::Graph g;
  const Value ys = trajectory(g.constant(all.rows(0, 1)), kPoints - 1);
  const Value truth = g.constant(all.rows(1, kPoints).clone());
  return weft::eval(mean(abs(squeeze(ys, {1}) - truth)), state).item();
}

double learn(const Tensor& all, std::int64_t iterations) {
  weft::Graph g;
  // Row t of piece p is point kRows·p + t.
  const Value points = g.constant(all);
  const Value start = slice(points, 0, 0, kPoints - 1, kRows);
  const Value after =
      transpose(reshape(slice(points, 0, 1), {kPieces, kRows, 2}), {1, 0, 2});
  const Value loss = mean(square(trajectory(start, kRows) - after));
  weft::State state = weft::initialize(g, {1});
  weft::MinimumOptions options;
  options.stop = {.gradient = 1e-12, .iterations = iterations};
  options.on_iteration = [&](const weft::SearchPoint& p) {
    if (p.iteration % 100 == 0) {
      std::printf("%5d iterations, cost %.1e\n", int(p.iteration), p.cost);
    }
    return true;
  };
  const auto found =
      find_minimum(loss, state, weft::Lbfgs{.history = 30}, options);
  std::printf("%s\n", found.message.c_str());
  return error(state, all);
}

}  // namespace

int main(int argc, char** argv) try {
  const bool quick = argc > 1 && argv[1] == std::string("--quick");
  const double h = difference(0.1), half = difference(0.05);
  std::printf(
      "adjoint method: gradients differ by %.1e, with half steps %.1e\n", h,
      half);
  const double found = learn(spiral(), quick ? 1000 : 3000);
  std::printf("mean error of the trajectory: %.1e\n", found);
  return found < (quick ? 0.05 : 0.01) && half < h / 10 ? 0 : 1;
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
