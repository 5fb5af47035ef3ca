// What activations and costs are: identities, and pairs that learn alike.

#include <algorithm>
#include <cmath>

#include "src/lab/bench.h"
#include "weft/autodiff.h"

namespace weft::lab {

namespace {

double greatest(const Tensor& t) {
  double most = 0;
  for (std::int64_t i = 0; i < t.size(); ++i) {
    most = std::max(most, std::abs(t.at(i)));
  }
  return most;
}

Plan plan_of(const std::string& name, Pair pair) {
  return {.name = name, .build = [pair](Graph& g, const Bench& b) {
            return make_net(g, b, pair);
          }};
}

/// The outputs of a trained network on the held-out examples.
Tensor outputs(const Bench& bench, Pair pair, State state) {
  Graph g;
  const Net net = make_net(g, bench, pair);
  Executor run({.threads = 1});
  return run(compile(g, {.outputs = {net.output}}), state,
             {{net.x, bench.test_x()}})[0];
}

std::vector<double> row_sums(const Tensor& t) {
  std::vector<double> sums(static_cast<std::size_t>(t.dim(0)));
  for (std::int64_t i = 0; i < t.size(); ++i) {
    sums[static_cast<std::size_t>(i / t.dim(1))] += t.at(i);
  }
  return sums;
}

/// The greatest difference, over held-out examples, of the gradient by the
/// weighted inputs of the outputs and (a − y)/n, in units of 1/n.
double delta_error(const Bench& bench, Pair pair, std::uint64_t seed) {
  Graph g;
  const Net net = make_net(g, bench, pair);
  const Value delta = gradients(net.loss, {net.z})[0];
  const double n = static_cast<double>(bench.test_x().dim(0));
  const Value rest = n * delta - (net.output - one_hot(net.y, bench.classes()));
  Executor run({.threads = 1});
  State state = initialize(g, {seed});
  return greatest(run(compile(g, {.outputs = {rest}}), state,
                      {{net.x, bench.test_x()}, {net.y, bench.test_y()}})[0]);
}

/// The greatest difference of a sigmoid network's logits and those of the tanh
/// network with halved weights that should be the same function.
double twin_error(const Bench& bench, const State& s) {
  Graph g;
  auto tensor = [&](const char* path) {
    return g.constant(s.at(path).to(DType::f64));
  };
  const Value x = g.constant(bench.test_x().to(DType::f64));
  const Value w = tensor("hidden1/weight"), b = tensor("hidden1/bias");
  const Value v = tensor("out/weight"), c = tensor("out/bias");
  const Value by_sigmoid = matmul(sigmoid(matmul(x, w) + b), v) + c;
  const Value by_tanh = matmul(tanh(matmul(x, 0.5 * w) + 0.5 * b), 0.5 * v) +
                        (c + 0.5 * sum(v, {0}));
  return greatest(eval(by_sigmoid - by_tanh));
}

}  // namespace

namespace claims {

void tanh_sigmoid(const Bench& bench, Result& r) {
  r.method =
      "σ(z) and (tanh(z/2) + 1)/2 are compared at 10,001 points from −40 to 40 "
      "in f64. Then a trained sigmoid network is rewritten as a tanh network "
      "with halved weights, and the weighted inputs of its outputs are "
      "compared on the held-out examples.";
  r.criterion = "All differences are below 10⁻¹².";
  const Curve difference = curve_of(
      "difference", -40, 40,
      [](Value z) { return sigmoid(z) - (tanh(0.5 * z) + 1) * 0.5; }, 10001);
  double most = 0;
  for (const double d : difference.y) most = std::max(most, std::abs(d));
  const Plan plan = plan_of("sigmoid network", Pair::softmax_log_likelihood);
  const auto traces = bench.train({plan}).front();
  const auto twins = bench.per_seed(
      [&](std::size_t i) { return twin_error(bench, traces[i].last); });
  r.measured = {{"greatest difference of the functions",
                 std::vector<double>(bench.seeds(), most)},
                {"greatest difference of the networks", twins}};
  r.comparisons = {
      compare({.name = "of the functions",
               .values = r.measured[0].values,
               .most = 1e-12}),
      compare({.name = "of the networks", .values = twins, .most = 1e-12})};
  Picture p{.id = "tanh",
            .number = 2,
            .title = "tanh beside sigmoid",
            .note =
                "tanh z = 2σ(2z) − 1: the same curve, twice as high, twice "
                "as steep along z and moved down."};
  p.x_name = "z";
  p.curves = {curve_of("tanh z", -6, 6, [](Value z) { return tanh(z); }),
              curve_of("σ(z)", -6, 6, [](Value z) { return sigmoid(z); }),
              curve_of("(tanh z + 1)/2", -6, 6,
                       [](Value z) { return (tanh(z) + 1) * 0.5; })};
  p.curves.back().dashed = true;
  r.pictures = {p};
  r.see = {2};
}

void softmax_outputs(const Bench& bench, Result& r) {
  r.method =
      "Two networks with 30 hidden units learn, one with softmax and "
      "log-likelihood, one with sigmoid and cross-entropy. Their outputs are "
      "added up for each held-out example.";
  r.criterion =
      "The sums of softmax differ from 1 by less than 10⁻⁵ (f32), those of "
      "sigmoid by 0.01 or more in the mean.";
  const std::vector<Plan> plans = {
      plan_of("softmax", Pair::softmax_log_likelihood),
      plan_of("sigmoid", Pair::sigmoid_cross_entropy)};
  const auto traces = bench.train(plans);
  const auto soft = bench.per_seed([&](std::size_t i) {
    double most = 0;
    for (const double s : row_sums(
             outputs(bench, Pair::softmax_log_likelihood, traces[0][i].last))) {
      most = std::max(most, std::abs(s - 1));
    }
    return most;
  });
  const auto loose = bench.per_seed([&](std::size_t i) {
    const auto sums = row_sums(
        outputs(bench, Pair::sigmoid_cross_entropy, traces[1][i].last));
    double total = 0;
    for (const double s : sums) total += std::abs(s - 1);
    return total / static_cast<double>(sums.size());
  });
  r.measured = {{"greatest |sum − 1| of softmax outputs", soft},
                {"mean |sum − 1| of sigmoid outputs", loose}};
  r.comparisons = {
      compare({.name = "|sum − 1|, softmax", .values = soft, .most = 1e-5}),
      compare({.name = "|sum − 1|, sigmoid", .values = loose, .least = 0.01})};
  const std::vector<double> z = {2.5, 1, 0.2, -1, 3.2};
  Graph g;
  const Value v = g.constant(Tensor::from(z, {5}));
  Picture bars{.id = "softmax",
               .number = 3,
               .title = "Softmax of a vector",
               .note =
                   "The bars of softmax add up to 1; those of sigmoid, "
                   "each taken alone, to 3.4."};
  bars.kind = Picture::Kind::bars;
  bars.x_name = "weighted input";
  bars.y_name = "output";
  for (const double x : z) {
    char text[32];
    std::snprintf(text, sizeof text, "z = %g", x);
    bars.categories.emplace_back(text);
  }
  bars.curves = {{"softmax", {}, numbers(eval(softmax(v)))},
                 {"sigmoid", {}, numbers(eval(sigmoid(v)))}};
  Picture sums{.id = "output-sums",
               .title = "Sums of sigmoid outputs",
               .note =
                   "Over the held-out examples, first seed; those of "
                   "softmax are all 1."};
  sums.x_name = "sum of the outputs";
  sums.y_name = "density";
  sums.curves = {density(
      "sigmoid",
      row_sums(outputs(bench, Pair::sigmoid_cross_entropy, traces[1][0].last)),
      0, 2.5, 50)};
  r.pictures = {bars, sums};
  r.see = {3};
}

void log_likelihood(const Bench& bench, Result& r) {
  r.method =
      "The gradient by the weighted inputs of the outputs, as Weft derives it, "
      "is compared with (a − y)/n for both pairs on the held-out examples. "
      "Then networks with 30 hidden units learn with both pairs at the same "
      "rate.";
  r.criterion =
      "Both gradients are (a − y)/n to 10⁻⁶ of 1/n (f32), and the held-out "
      "accuracies (means over the training) differ by less than 0.02.";
  const std::vector<Plan> plans = {
      plan_of("softmax and log-likelihood", Pair::softmax_log_likelihood),
      plan_of("sigmoid and cross-entropy", Pair::sigmoid_cross_entropy)};
  const auto traces = bench.train(plans);
  auto speed = [](const Trace& t) { return t.mean_accuracy(); };
  const auto soft = each_of(traces[0], speed), sig = each_of(traces[1], speed);
  const auto error = bench.per_seed([&](std::size_t i) {
    const std::uint64_t seed = bench.seed_value(i);
    return std::max(delta_error(bench, Pair::softmax_log_likelihood, seed),
                    delta_error(bench, Pair::sigmoid_cross_entropy, seed));
  });
  r.measured = {{"mean accuracy, " + plans[0].name, soft},
                {"mean accuracy, " + plans[1].name, sig},
                {"greatest difference of n·∂C/∂z and a − y", error}};
  r.comparisons = {compare({.name = "difference of the gradients",
                            .values = error,
                            .most = 1e-6}),
                   compare({.name = "difference of the accuracies",
                            .values = minus(soft, sig),
                            .least = -0.02,
                            .most = 0.02})};
  auto ln = [](Value a) { return -log(a); };
  Picture costs{.id = "costs",
                .number = 7,
                .title = "Costs by the output",
                .note =
                    "What an output a costs whose target is 1 (lines) or 0 "
                    "(dashed). Log-likelihood looks at the right class "
                    "alone."};
  costs.x_name = "output a";
  costs.y_name = "cost";
  costs.curves = {curve_of("quadratic, y = 1", 0.01, 0.99,
                           [](Value a) { return 0.5 * square(1 - a); }),
                  curve_of("cross-entropy, y = 1", 0.01, 0.99, ln),
                  curve_of("quadratic, y = 0", 0.01, 0.99,
                           [](Value a) { return 0.5 * square(a); }),
                  curve_of("cross-entropy, y = 0", 0.01, 0.99,
                           [](Value a) { return -log(1 - a); }),
                  curve_of("log-likelihood, right class", 0.01, 0.99, ln, 33)};
  for (std::size_t i = 2; i < 5; ++i) costs.curves[i].dashed = true;
  r.pictures = {costs, accuracy_picture("pairs-curves", "Both pairs learning",
                                        "", plans, traces)};
  r.see = {7};
}

}  // namespace claims
}  // namespace weft::lab
