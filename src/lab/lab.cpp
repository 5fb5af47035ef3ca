#include "weft/lab.h"

#include <chrono>

#include "src/lab/bench.h"
#include "weft/error.h"

namespace weft::lab {

const std::vector<Experiment>& experiments() {
  static const std::vector<Experiment> all = {
      {"saturation", "Saturation slows learning",
       "A sigmoid neuron whose output is near 0 or 1 learns slowly with the "
       "quadratic cost, however wrong it is: σ′(z) is a factor of its "
       "gradient.",
       claims::saturation},
      {"low-input", "Small inputs slow learning",
       "∂C/∂w = a·δ: a weight learns slowly when the activation a that goes "
       "into it is small.",
       claims::low_input},
      {"cross-entropy", "Cross-entropy removes the slowdown",
       "With cross-entropy the factor σ′(z) cancels, and a sigmoid output that "
       "is sure and wrong learns fast.",
       claims::cross_entropy},
      {"linear-output", "Linear outputs do not slow",
       "With linear outputs the quadratic cost has no slowdown: δ = a − y.",
       claims::linear_output},
      {"tanh", "A tanh is a rescaled sigmoid",
       "σ(z) = (tanh(z/2) + 1)/2, so that tanh networks compute the same "
       "functions as sigmoid networks.",
       claims::tanh_sigmoid},
      {"softmax", "Softmax outputs are a distribution",
       "Outputs of a softmax layer are positive and add up to 1; those of "
       "sigmoid units do not.",
       claims::softmax_outputs},
      {"log-likelihood",
       "Softmax with log-likelihood learns like sigmoid with "
       "cross-entropy",
       "Both pairs have δ = a − y, and so learn alike.",
       claims::log_likelihood},
      {"relu", "ReLU does not saturate above, and stops below",
       "The gradient of a ReLU does not vanish however large z > 0 is; where z "
       "< 0 it is 0 and the unit stops learning.",
       claims::relu},
      {"leaky-relu", "A leak helps a little",
       "A small slope for z < 0 keeps units learning, and is a little better "
       "than ReLU.",
       claims::leaky_relu},
      {"prelu", "PReLU learns its slopes",
       "The slope for z < 0 can be learnt like weights, for each unit.",
       claims::prelu},
      {"weights", "N(0, 1/n) learns faster than N(0, 1)",
       "Weights drawn with variance 1/n keep hidden units from saturation, and "
       "the network learns faster.",
       claims::weights},
      {"biases", "Biases hardly matter",
       "Whether biases start at 0, at 1 or from N(0, 1) makes hardly any "
       "difference.",
       claims::biases},
      {"minimisers", "BFGS, L-BFGS and CG beat gradient descent",
       "BFGS, L-BFGS and conjugate gradients need little tuning, and often "
       "beat gradient descent.",
       claims::minimisers},
  };
  return all;
}

const Experiment& experiment(std::string_view name) {
  std::string names;
  for (const Experiment& e : experiments()) {
    if (e.name == name) return e;
    names += (names.empty() ? "" : ", ") + e.name;
  }
  throw GraphError("[lab] there is no experiment '" + std::string(name) +
                   "'; there are " + names);
}

namespace {

Result run_on(const Bench& bench, const Experiment& e) {
  const auto begin = std::chrono::steady_clock::now();
  Result r{.name = e.name, .title = e.title, .claim = e.claim};
  e.run(bench, r);
  r.verdict = Verdict::holds;
  for (const Comparison& c : r.comparisons) {
    if (c.verdict == Verdict::does_not_hold) {
      r.verdict = Verdict::does_not_hold;
      break;
    }
    if (c.verdict == Verdict::undecided) r.verdict = Verdict::undecided;
  }
  r.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
          .count();
  return r;
}

}  // namespace

Result run(const Experiment& experiment, const Examples& examples,
           const Settings& settings) {
  return run_on(Bench(examples, settings), experiment);
}

Report run_all(const Examples& examples, const Settings& settings,
               std::span<const std::string> names,
               const std::function<void(const Result&)>& on_result) {
  std::vector<const Experiment*> chosen;
  for (const std::string& name : names) chosen.push_back(&experiment(name));
  if (names.empty()) {
    for (const Experiment& e : experiments()) chosen.push_back(&e);
  }
  const Bench bench(examples, settings);
  Report report{.data = examples.name,
                .rows = bench.train_rows(),
                .columns = bench.inputs(),
                .classes = bench.classes(),
                .settings = settings};
  for (const Experiment* e : chosen) {
    report.results.push_back(run_on(bench, *e));
    if (on_result) on_result(report.results.back());
  }
  return report;
}

}  // namespace weft::lab
