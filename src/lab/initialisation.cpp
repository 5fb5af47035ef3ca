// How the first weights and biases change learning.

#include <algorithm>
#include <cmath>

#include "src/lab/bench.h"

namespace weft::lab {

namespace {

Plan started(const std::string& name, const Initializer& weight,
             const Initializer& bias) {
  Plan p{.name = name, .build = [weight, bias](Graph& g, const Bench& b) {
           return make_net(g, b, Pair::sigmoid_cross_entropy,
                           {.weight = weight, .bias = bias});
         }};
  p.epochs = 8;
  return p;
}

/// Weighted inputs and activations of the hidden layer on held-out examples,
/// before any learning.
std::pair<std::vector<double>, std::vector<double>> hidden(const Bench& bench,
                                                           const Trace& t) {
  Graph g;
  const Value z = matmul(g.constant(bench.test_x()),
                         g.constant(t.first.at("hidden1/weight"))) +
                  g.constant(t.first.at("hidden1/bias"));
  const Value a = sigmoid(z);
  State none = initialize(g);
  Executor run({.threads = 1});
  const auto found = run(compile(g, {.outputs = {z, a}}), none, {});
  return {numbers(found[0]), numbers(found[1])};
}

double saturated(const std::vector<double>& activations) {
  std::size_t count = 0;
  for (const double a : activations) count += a < 0.02 || a > 0.98;
  return static_cast<double>(count) / static_cast<double>(activations.size());
}

double speed(const Trace& t) { return t.mean_accuracy(); }

}  // namespace

namespace claims {

void weights(const Bench& bench, Result& r) {
  r.method =
      "Networks with 30 sigmoid units in the hidden layer, sigmoid outputs and "
      "cross-entropy learn from the same rows in the same order, with weights "
      "drawn from N(0, 1) and from N(0, 1/n), n the number of inputs. A unit "
      "counts as saturated where its activation is within 0.02 of 0 or 1.";
  r.criterion =
      "With N(0, 1/n) the held-out accuracy (the mean over the training) is "
      "higher, and fewer hidden units are saturated at the start.";
  const std::vector<Plan> plans = {
      started("N(0, 1)", initializers::normal(), initializers::zeros()),
      started("N(0, 1/n)", initializers::lecun_normal(),
              initializers::zeros())};
  const auto traces = bench.train(plans);
  auto share = [&](const Trace& t) {
    return saturated(hidden(bench, t).second);
  };
  const auto wide = each_of(traces[0], speed),
             small = each_of(traces[1], speed);
  const auto wide_share = each_of(traces[0], share),
             small_share = each_of(traces[1], share);
  r.measured = {{"mean accuracy, N(0, 1)", wide},
                {"mean accuracy, N(0, 1/n)", small},
                {"saturated at the start, N(0, 1)", wide_share},
                {"saturated at the start, N(0, 1/n)", small_share}};
  r.comparisons = {compare({.name = "accuracy gained by N(0, 1/n)",
                            .values = minus(small, wide),
                            .least = 0}),
                   compare({.name = "share of saturated units avoided",
                            .values = minus(wide_share, small_share),
                            .least = 0})};
  const auto a = hidden(bench, traces[0][0]), b = hidden(bench, traces[1][0]);
  double reach = 1;
  for (const double z : a.first) reach = std::max(reach, std::abs(z));
  reach = std::min(4 * std::ceil(reach / 4), 24.0);
  Picture p{
      .id = "weighted-inputs",
      .number = 8,
      .title = "Weighted inputs before learning",
      .note = "Of the hidden units on the held-out examples, first seed."};
  p.x_name = "z";
  p.y_name = "density";
  p.curves = {density(plans[0].name, a.first, -reach, reach, 80),
              density(plans[1].name, b.first, -reach, reach, 80)};
  Picture q{.id = "activations",
            .title = "Activations before learning",
            .note = "The same units: at 0 and 1 they are saturated."};
  q.x_name = "σ(z)";
  q.y_name = "density";
  q.curves = {density(plans[0].name, a.second, 0, 1, 40),
              density(plans[1].name, b.second, 0, 1, 40)};
  Picture c = accuracy_picture("weight-curves", "Learning from both weights",
                               "", plans, traces);
  c.number = 9;
  r.pictures = {p, c, q};
  r.see = {8, 9};
}

void biases(const Bench& bench, Result& r) {
  r.method =
      "The same network with weights from N(0, 1/n), and biases that are all "
      "0, all 1, or drawn from N(0, 1).";
  r.criterion =
      "At the end the held-out accuracy with either is within 0.02 of that "
      "with biases 0.";
  const Initializer weight = initializers::lecun_normal();
  const std::vector<Plan> plans = {
      started("biases 0", weight, initializers::zeros()),
      started("biases 1", weight, initializers::ones()),
      started("biases N(0, 1)", weight, initializers::normal())};
  const auto traces = bench.train(plans);
  std::vector<std::vector<double>> end;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    end.push_back(
        each_of(traces[i], [](const Trace& t) { return t.final_accuracy(); }));
    r.measured.push_back({"accuracy at the end, " + plans[i].name, end[i]});
  }
  for (std::size_t i = 0; i < plans.size(); ++i) {
    r.measured.push_back(
        {"mean accuracy, " + plans[i].name, each_of(traces[i], speed)});
  }
  for (std::size_t i = 1; i < plans.size(); ++i) {
    r.comparisons.push_back(
        compare({.name = "accuracy gained by " + plans[i].name,
                 .values = minus(end[i], end[0]),
                 .least = -0.02,
                 .most = 0.02}));
  }
  Picture c = accuracy_picture("bias-curves", "Learning from three biases", "",
                               plans, traces);
  c.number = 10;
  r.pictures = {c};
  r.see = {10};
}

}  // namespace claims
}  // namespace weft::lab
