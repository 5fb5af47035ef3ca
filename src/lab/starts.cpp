// What slows learning at its start: wrong and sure outputs, small inputs.

#include <algorithm>
#include <cmath>

#include "src/lab/bench.h"
#include "weft/optimizers.h"

namespace weft::lab {

namespace {

/// The output of one neuron with the input 1 that is to learn 0, by gradient
/// descent from weight w and bias b.
Curve neuron(const std::string& name, double w, double b, bool cross_entropy) {
  constexpr int kEpochs = 300;
  Graph g;
  auto number = [&](const char* path, double value) {
    return g.parameter(
        path, {1}, initializers::constant(value)({1}, DType::f64), DType::f64);
  };
  const Value x = g.constant(Tensor::from({1.0}, {1}));
  const Value y = g.constant(Tensor::from({0.0}, {1}));
  const Value z = number("w", w) * x + number("b", b);
  const Value a = sigmoid(z);
  const Value cost =
      cross_entropy ? sum(binary_cross_entropy(z, y)) : quadratic_cost(a, y);
  const Minimization step = minimize(cost, Sgd{0.15});
  const Program program = compile(g, {.outputs = {a}, .updates = step.updates});
  Executor run({.threads = 1});
  State state = initialize(g);
  Curve c{.name = name, .x = {}, .y = {}};
  for (int epoch = 0; epoch <= kEpochs; ++epoch) {
    c.x.push_back(epoch);
    c.y.push_back(run(program, state, {})[0].item());
  }
  return c;
}

Picture neuron_picture(bool cross_entropy) {
  Picture p{.id = cross_entropy ? "neuron-cross-entropy" : "neuron-quadratic",
            .number = cross_entropy ? 6 : 5,
            .title = cross_entropy ? "One neuron with cross-entropy"
                                   : "One neuron with the quadratic cost",
            .note =
                "A sigmoid neuron with the input 1 learns the output 0 by "
                "gradient descent (rate 0.15)."};
  p.x_name = "epoch";
  p.y_name = "output";
  p.curves = {neuron("from w = 0.6, b = 0.9", 0.6, 0.9, cross_entropy),
              neuron("from w = b = 2: sure and wrong", 2, 2, cross_entropy)};
  return p;
}

/// A pair of activation and cost, from outputs in the middle and from outputs
/// that are all far on the wrong side of the nine zeros.
struct Starts {
  std::vector<Plan> plans;
  std::vector<std::vector<Trace>> traces;
  std::vector<double> near, far, slowdown;
};

constexpr double kFar = 4;

/// Steps until half of the cost that can be lost is lost; those made if never.
double half_time(const Trace& t, double floor) {
  const double target = (t.cost.front() + floor) / 2;
  for (std::size_t i = 1; i < t.step.size(); ++i) {
    if (t.cost[i] > target) continue;
    const double share = (t.cost[i - 1] - target) / (t.cost[i - 1] - t.cost[i]);
    return t.step[i - 1] + share * (t.step[i] - t.step[i - 1]);
  }
  return t.step.back();
}

Starts study(const Bench& bench, Pair pair, const std::string& name,
             double rate) {
  Starts s;
  for (const double bias : {0.0, kFar}) {
    Plan p{.name = name + (bias == 0 ? ", near start" : ", far start"),
           .build = [pair](Graph& g, const Bench& b) {
             return make_net(g, b, pair);
           }};
    p.rate = rate;
    p.epochs = 2;
    p.looks_early = true;
    p.prepare = [bias](State& state, std::uint64_t) {
      for (float& v : state.at("out/bias").values<float>()) {
        v = static_cast<float>(bias);
      }
    };
    s.plans.push_back(p);
  }
  s.traces = bench.train(s.plans);
  for (std::size_t i = 0; i < bench.seeds(); ++i) {
    const auto& near = s.traces[0][i].cost;
    const double floor = *std::min_element(near.begin(), near.end());
    s.near.push_back(half_time(s.traces[0][i], floor));
    s.far.push_back(half_time(s.traces[1][i], floor));
  }
  s.slowdown = over(s.far, s.near);
  return s;
}

void add(Result& r, const Starts& s) {
  for (std::size_t i = 0; i < 2; ++i) {
    r.measured.push_back(
        {"steps to half, " + s.plans[i].name, i == 0 ? s.near : s.far});
  }
}

Picture start_picture(const std::string& id, const Starts& s,
                      const std::string& pair) {
  Picture p{.id = id,
            .title = "Cost from both starts, " + pair,
            .note = "Mean over held-out examples and seeds."};
  p.x_name = "step";
  p.y_name = "cost";
  p.log_x = p.log_y = true;
  for (std::size_t i = 0; i < 2; ++i) {
    p.curves.push_back(mean_curve(s.plans[i].name, s.traces[i], &Trace::cost));
    p.curves.back().x = s.traces[i].front().step;
  }
  return p;
}

const char* const kStartMethod =
    "A network with 30 sigmoid units in its hidden layer learns all classes, "
    "once with output biases 0 and once with output biases 4, so that every "
    "output is far off for nine of ten examples' zeros. Counted are the steps "
    "(of 10 examples) until half of the cost that can be lost is lost; the "
    "slowdown is the quotient of both counts.";

Starts quadratic(const Bench& b) {
  return study(b, Pair::sigmoid_quadratic, "quadratic", 0.1);
}

}  // namespace

namespace claims {

void saturation(const Bench& bench, Result& r) {
  r.method = kStartMethod;
  r.criterion =
      "With sigmoid outputs and the quadratic cost the slowdown is 2 or more.";
  const Starts s = quadratic(bench);
  add(r, s);
  r.comparisons.push_back(
      compare({.name = "slowdown by the far start, quadratic cost",
               .values = s.slowdown,
               .least = 2,
               .factor = true}));
  Picture shape{.id = "sigmoid",
                .number = 1,
                .title = "Sigmoid and its derivative",
                .note =
                    "The derivative, a factor of the gradient, is at most "
                    "1/4 and vanishes on both sides."};
  shape.x_name = "z";
  shape.curves = {curve_of("σ(z)", -8, 8, [](Value z) { return sigmoid(z); }),
                  curve_of("σ′(z) = σ(z)(1 − σ(z))", -8, 8, [](Value z) {
                    const Value a = sigmoid(z);
                    return a * (1 - a);
                  })};
  r.pictures = {shape, neuron_picture(false),
                start_picture("starts-quadratic", s, "quadratic cost")};
  r.see = {1, 5};
}

void cross_entropy(const Bench& bench, Result& r) {
  r.method = kStartMethod;
  r.criterion =
      "With cross-entropy the slowdown is below 2, and smaller than that with "
      "the quadratic cost.";
  const Starts q = quadratic(bench);
  const Starts s =
      study(bench, Pair::sigmoid_cross_entropy, "cross-entropy", 0.02);
  add(r, q);
  add(r, s);
  r.comparisons = {
      compare({.name = "slowdown by the far start, cross-entropy",
               .values = s.slowdown,
               .most = 2,
               .factor = true}),
      compare({.name = "slowdown with the quadratic cost over that",
               .values = over(q.slowdown, s.slowdown),
               .least = 1,
               .factor = true})};
  r.pictures = {neuron_picture(true),
                start_picture("starts-cross-entropy", s, "cross-entropy")};
  r.see = {6, 7};
}

void linear_output(const Bench& bench, Result& r) {
  r.method = kStartMethod;
  r.criterion =
      "With linear outputs and the quadratic cost the slowdown is below 2, and "
      "smaller than that with sigmoid outputs.";
  const Starts q = quadratic(bench);
  const Starts s = study(bench, Pair::linear_quadratic, "linear", 0.005);
  add(r, q);
  add(r, s);
  r.comparisons = {compare({.name = "slowdown by the far start, linear outputs",
                            .values = s.slowdown,
                            .most = 2,
                            .factor = true}),
                   compare({.name = "slowdown with sigmoid outputs over that",
                            .values = over(q.slowdown, s.slowdown),
                            .least = 1,
                            .factor = true})};
  r.pictures = {start_picture("starts-linear", s, "linear outputs")};
  r.see = {7};
}

namespace {

/// Root mean square of each column of (rows, columns).
std::vector<double> column_rms(const Tensor& x) {
  const std::int64_t rows = x.dim(0), columns = x.dim(1);
  std::vector<double> out(static_cast<std::size_t>(columns));
  for (std::int64_t i = 0; i < x.size(); ++i) {
    out[static_cast<std::size_t>(i % columns)] += x.at(i) * x.at(i);
  }
  for (double& v : out) v = std::sqrt(v / static_cast<double>(rows));
  return out;
}

/// How far the weights that leave each input moved: root mean square.
std::vector<double> moves(const Trace& t) {
  const Tensor& a = t.first.at("hidden1/weight");
  const Tensor& b = t.last.at("hidden1/weight");
  const std::int64_t units = a.dim(1);
  std::vector<double> out(static_cast<std::size_t>(a.dim(0)));
  for (std::int64_t i = 0; i < a.size(); ++i) {
    const double d = b.at(i) - a.at(i);
    out[static_cast<std::size_t>(i / units)] += d * d;
  }
  for (double& v : out) v = std::sqrt(v / static_cast<double>(units));
  return out;
}

/// Pearson's; 0 if one of them is constant.
double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const Quantity qa{"", a}, qb{"", b};
  const double ma = qa.mean(), mb = qb.mean();
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - ma) * (b[i] - mb);
  const double scale = qa.deviation() * qb.deviation();
  return scale > 0 ? sum / static_cast<double>(a.size() - 1) / scale : 0;
}

/// The mean of y over ten groups of equally many, by growing x.
Curve deciles(std::vector<double> x, std::vector<double> y) {
  std::vector<std::size_t> order(x.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return x[a] < x[b]; });
  const std::size_t groups = std::min<std::size_t>(10, x.size());
  Curve c{.name = "inputs by tenths", .x = {}, .y = {}};
  for (std::size_t k = 0; k < groups; ++k) {
    const std::size_t from = k * x.size() / groups,
                      to = (k + 1) * x.size() / groups;
    double sx = 0, sy = 0;
    for (std::size_t i = from; i < to; ++i) {
      sx += x[order[i]];
      sy += y[order[i]];
    }
    c.x.push_back(sx / static_cast<double>(to - from));
    c.y.push_back(sy / static_cast<double>(to - from));
  }
  return c;
}

}  // namespace

void low_input(const Bench& bench, Result& r) {
  r.method =
      "A network with 30 sigmoid units, softmax and log-likelihood learns for "
      "an epoch. For each input the root mean square of its activation over "
      "the held-out examples is set against how far its weights have moved. "
      "Then the same network learns with all inputs a tenth as large.";
  r.criterion =
      "Activation and movement are correlated by 0.5 or more, and small inputs "
      "lower the held-out accuracy (the mean over the training).";
  std::vector<Plan> plans;
  for (const double scale : {1.0, 0.1}) {
    Plan p{.name = scale == 1 ? "inputs as they are" : "inputs × 0.1",
           .build = [scale](Graph& g, const Bench& b) {
             return make_net(g, b, Pair::softmax_log_likelihood,
                             {.input_scale = scale});
           }};
    p.epochs = 3;
    plans.push_back(p);
  }
  Plan once = plans.front();
  once.epochs = 1;
  const auto one = bench.train({once}).front();
  const auto traces = bench.train(plans);
  const std::vector<double> activation = column_rms(bench.test_x());
  const auto bright = each_of(
      one, [&](const Trace& t) { return correlation(activation, moves(t)); });
  auto speed = [](const Trace& t) { return t.mean_accuracy(); };
  const auto large = each_of(traces[0], speed),
             small = each_of(traces[1], speed);
  r.measured = {{"correlation of activation and movement", bright},
                {"mean accuracy, " + plans[0].name, large},
                {"mean accuracy, " + plans[1].name, small}};
  r.comparisons = {
      compare({.name = "correlation", .values = bright, .least = 0.5}),
      compare({.name = "accuracy lost by small inputs",
               .values = minus(large, small),
               .least = 0})};
  Picture scatter{
      .id = "input-movement",
      .title = "Movement of weights by their input",
      .note = "Each point: a tenth of the inputs, by growing activation."};
  scatter.x_name = "root mean square of the input";
  scatter.y_name = "movement of its weights in an epoch";
  scatter.curves = {deciles(activation, moves(one.front()))};
  r.pictures = {scatter,
                accuracy_picture("input-curves", "Learning with small inputs",
                                 "", plans, traces)};
}

}  // namespace claims
}  // namespace weft::lab
