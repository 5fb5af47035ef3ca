// ReLU, leaky ReLU and PReLU.

#include <algorithm>
#include <cmath>

#include "src/lab/bench.h"
#include "weft/autodiff.h"

namespace weft::lab {

namespace {

using Activate = std::function<Value(Value, int)>;

/// Two hidden layers with weights by He, so that ReLUs are a majority.
Plan rectified(const std::string& name, Activate f) {
  Plan p{.name = name, .build = [f](Graph& g, const Bench& b) {
           return make_net(g, b, Pair::softmax_log_likelihood,
                           {.layers = 2,
                            .hidden_activation = f,
                            .weight = initializers::he_normal()});
         }};
  p.rate = 0.05;
  return p;
}

Value relu_layer(Value z, int) { return weft::relu(z); }

Value prelu_layer(Value z, int layer) {
  const Shape units = {z.shape()[1]};
  const Value slope = z.graph().parameter(
      "hidden" + std::to_string(layer + 1) + "/slope", units,
      initializers::constant(0.25)(units, DType::f32));
  return weft::prelu(z, slope);
}

/// Weighted inputs of the hidden layer of a trained network of one, and the
/// derivative of its activation there, on the held-out examples.
std::pair<Tensor, Tensor> derivative(const Bench& bench, const State& s,
                                     const Activate& f) {
  Graph g;
  const Value z =
      matmul(g.constant(bench.test_x()), g.constant(s.at("hidden1/weight"))) +
      g.constant(s.at("hidden1/bias"));
  const Value d = gradients(sum(f(z, 0)), {z})[0];
  State none = initialize(g);
  Executor run({.threads = 1});
  auto found = run(compile(g, {.outputs = {z, d}}), none, {});
  return {found[0], found[1]};
}

/// The greatest |derivative − expected| where `where(z)`.
double worst(const std::pair<Tensor, Tensor>& zd, double expected,
             bool positive) {
  double most = 0;
  for (std::int64_t i = 0; i < zd.first.size(); ++i) {
    const double z = zd.first.at(i);
    if (positive ? z > 0 : z < 0) {
      most = std::max(most, std::abs(zd.second.at(i) - expected));
    }
  }
  return most;
}

/// The greatest change of the hidden layer's parameters.
double movement(const Trace& t) {
  double most = 0;
  for (const char* path : {"hidden1/weight", "hidden1/bias"}) {
    const Tensor &a = t.first.at(path), &b = t.last.at(path);
    for (std::int64_t i = 0; i < a.size(); ++i) {
      most = std::max(most, std::abs(b.at(i) - a.at(i)));
    }
  }
  return most;
}

Plan one_layer(const std::string& name, const Activate& f, double bias) {
  Plan p{.name = name, .build = [f, bias](Graph& g, const Bench& b) {
           return make_net(
               g, b, Pair::softmax_log_likelihood,
               {.hidden_activation = f, .bias = initializers::constant(bias)});
         }};
  p.epochs = 2;
  return p;
}

/// By what the gradient of the hidden weights, as root mean square, changes
/// when all hidden biases are 6 instead of 0, before learning.
double far_above(const Bench& bench, const Activate& f, std::uint64_t seed) {
  auto size = [&](double bias) {
    Graph g;
    const Net net = make_net(
        g, bench, Pair::softmax_log_likelihood,
        {.hidden_activation = f, .bias = initializers::constant(bias)});
    const Value dw = gradients(net.loss, {g.find("hidden1/weight")})[0];
    State state = initialize(g, {seed});
    Executor run({.threads = 1});
    return std::sqrt(run(compile(g, {.outputs = {mean(square(dw))}}), state,
                         {{net.x, bench.test_x()}, {net.y, bench.test_y()}})[0]
                         .item());
  };
  return size(6) / size(0);
}

std::vector<double> slopes(const Trace& t) {
  std::vector<double> all;
  for (const char* path : {"hidden1/slope", "hidden2/slope"}) {
    const auto part = numbers(t.last.at(path));
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

double speed(const Trace& t) { return t.mean_accuracy(); }

}  // namespace

namespace claims {

void relu(const Bench& bench, Result& r) {
  r.method =
      "In a network of 30 ReLUs that has learnt, their derivatives are taken "
      "on the held-out examples. In one that has not, z is moved far up by "
      "hidden biases of 6, with ReLU and with sigmoid, and the gradient of the "
      "hidden weights compared with that at biases 0. At last a network learns "
      "whose hidden biases are −50, so that every z is negative.";
  r.criterion =
      "The derivative of ReLU is exactly 1 for every z > 0 and exactly 0 for "
      "every z < 0; far above, its gradient is no smaller, while sigmoid's is "
      "a tenth or less; and with z < 0 everywhere no hidden weight moves.";
  const Activate by_sigmoid = [](Value z, int) { return sigmoid(z); };
  const std::vector<Plan> plans = {one_layer("ReLU", relu_layer, 0),
                                   one_layer("sigmoid", by_sigmoid, 0),
                                   one_layer("ReLU, z < 0", relu_layer, -50)};
  const auto traces = bench.train(plans);
  std::vector<double> above(bench.seeds()), below(bench.seeds()),
      far_relu(bench.seeds()), far_sigmoid(bench.seeds());
  bench.each(bench.seeds(), [&](std::size_t i) {
    const auto zd = derivative(bench, traces[0][i].last, relu_layer);
    above[i] = worst(zd, 1, true);
    below[i] = worst(zd, 0, false);
    far_relu[i] = far_above(bench, relu_layer, bench.seed_value(i));
    far_sigmoid[i] = far_above(bench, by_sigmoid, bench.seed_value(i));
  });
  const auto dead = each_of(traces[2], movement);
  const auto alive = each_of(traces[0], movement);
  r.measured = {
      {"greatest |ReLU′ − 1| where z > 0", above},
      {"greatest |ReLU′| where z < 0", below},
      {"gradient far above over that at biases 0, ReLU", far_relu},
      {"gradient far above over that at biases 0, sigmoid", far_sigmoid},
      {"greatest movement of a hidden parameter, ReLU", alive},
      {"greatest movement of a hidden parameter, z < 0", dead}};
  r.comparisons = {
      compare({.name = "|ReLU′ − 1| where z > 0", .values = above, .most = 0}),
      compare({.name = "|ReLU′| where z < 0", .values = below, .most = 0}),
      compare({.name = "the gradient far above, ReLU",
               .values = far_relu,
               .least = 1,
               .factor = true}),
      compare({.name = "the gradient far above, sigmoid",
               .values = far_sigmoid,
               .most = 0.1,
               .factor = true}),
      compare({.name = "movement with z < 0", .values = dead, .most = 0})};
  Picture p{.id = "relu",
            .number = 4,
            .title = "ReLU, leaky ReLU and PReLU",
            .note =
                "PReLU learns its slope for z < 0; 0.25 is its start. The "
                "leak here is 0.1."};
  p.x_name = "z";
  p.curves = {curve_of("ReLU", -4, 4, [](Value z) { return weft::relu(z); }),
              curve_of("leaky ReLU, 0.1", -4, 4,
                       [](Value z) { return weft::leaky_relu(z, 0.1); }),
              curve_of("PReLU at 0.25", -4, 4,
                       [](Value z) { return weft::prelu(z, 0.25); })};
  p.curves[2].dashed = true;
  r.pictures = {
      p, accuracy_picture("relu-curves", "ReLU, sigmoid, and ReLU with z < 0",
                          "The last one has only its output layer's "
                          "biases to learn with.",
                          plans, traces)};
  r.see = {4};
}

void leaky_relu(const Bench& bench, Result& r) {
  r.method =
      "Networks with two hidden layers of 30 units, weights by He, softmax and "
      "log-likelihood learn from the same rows, first weights and order, with "
      "ReLU and with leaks of 0.01 and 0.1.";
  r.criterion =
      "The held-out accuracy (the mean over the training) is higher with the "
      "leak of 0.1 than without.";
  auto leak = [](double slope) {
    return [slope](Value z, int) { return weft::leaky_relu(z, slope); };
  };
  const std::vector<Plan> plans = {rectified("ReLU", relu_layer),
                                   rectified("leak 0.01", leak(0.01)),
                                   rectified("leak 0.1", leak(0.1))};
  const auto traces = bench.train(plans);
  std::vector<std::vector<double>> mean;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    mean.push_back(each_of(traces[i], speed));
    r.measured.push_back({"mean accuracy, " + plans[i].name, mean[i]});
  }
  for (std::size_t i = 0; i < plans.size(); ++i) {
    r.measured.push_back({"accuracy at the end, " + plans[i].name,
                          each_of(traces[i], [](const Trace& t) {
                            return t.final_accuracy();
                          })});
  }
  r.comparisons = {compare({.name = "accuracy gained by the leak",
                            .values = minus(mean[2], mean[0]),
                            .least = 0})};
  r.pictures = {accuracy_picture(
      "leak-curves", "Learning with and without leak", "", plans, traces)};
  r.see = {4};
}

void prelu(const Bench& bench, Result& r) {
  r.method =
      "A network with two hidden layers of 30 PReLUs, a slope for each unit, "
      "starts with all slopes at 0.25 and learns; beside it one whose slopes "
      "stay at 0.25, and one with ReLU.";
  r.criterion =
      "Slopes move: their mean distance from 0.25 is 0.01 or more at the end, "
      "and they become different (standard deviation 0.01 or more). What that "
      "is good for is reported besides.";
  const std::vector<Plan> plans = {
      rectified("PReLU", prelu_layer),
      rectified("slopes stay 0.25",
                [](Value z, int) { return weft::leaky_relu(z, 0.25); }),
      rectified("ReLU", relu_layer)};
  const auto traces = bench.train(plans);
  const auto moved = each_of(traces[0], [](const Trace& t) {
    double total = 0;
    const auto all = slopes(t);
    for (const double s : all) total += std::abs(s - 0.25);
    return total / static_cast<double>(all.size());
  });
  const auto spread = each_of(traces[0], [](const Trace& t) {
    return Quantity{"", slopes(t)}.deviation();
  });
  r.measured = {{"mean |slope − 0.25|", moved},
                {"standard deviation of the slopes", spread}};
  for (std::size_t i = 0; i < plans.size(); ++i) {
    r.measured.push_back(
        {"mean accuracy, " + plans[i].name, each_of(traces[i], speed)});
  }
  r.comparisons = {
      compare({.name = "distance from 0.25", .values = moved, .least = 0.01}),
      compare(
          {.name = "difference of units", .values = spread, .least = 0.01})};
  const Comparison gain = compare(
      {.name = "",
       .values = minus(each_of(traces[0], speed), each_of(traces[1], speed)),
       .least = 0});
  r.remark = gain.verdict == Verdict::holds
                 ? "Learnt slopes gave a higher accuracy than fixed ones."
             : gain.verdict == Verdict::does_not_hold
                 ? "Learnt slopes gave a lower accuracy than fixed ones."
                 : "Whether learnt slopes are better than fixed ones can't be "
                   "told from these seeds.";
  std::vector<double> all;
  for (const Trace& t : traces[0]) {
    const auto part = slopes(t);
    all.insert(all.end(), part.begin(), part.end());
  }
  const auto [low, high] = std::minmax_element(all.begin(), all.end());
  Picture p{.id = "slopes",
            .title = "Slopes after learning",
            .note = "Of all units and seeds; all began at 0.25."};
  p.x_name = "slope";
  p.y_name = "density";
  p.curves = {density("slopes", all, *low, *high + 1e-6, 30)};
  r.pictures = {p, accuracy_picture("prelu-curves", "Learning with PReLU", "",
                                    plans, traces)};
  r.see = {4};
}

}  // namespace claims
}  // namespace weft::lab
