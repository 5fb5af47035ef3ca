#include "src/train/manifest/keys.h"

#include "src/core/suggest.h"
#include "weft/activation.h"
#include "weft/error.h"
#include "weft/initializers.h"
#include "weft/loss.h"

namespace weft::detail {

namespace {

constexpr double kMany = 1e9;

std::vector<std::string> names_of_costs() {
  std::vector<std::string> names;
  for (Cost c : all_costs()) names.emplace_back(to_string(c));
  for (const char* other : {"mean_squared", "xentropy", "loglike"}) {
    names.emplace_back(other);
  }
  return names;
}

std::string as_cost(const std::string& name) {
  if (name == "xentropy") return "cross_entropy";
  if (name == "loglike") return "log_likelihood";
  return name;
}

std::string as_activation(const std::string& name) {
  return to_string(Activation(name));
}

std::string as_initializer(const std::string& name) {
  initializers::named(name);
  return name;
}

std::vector<std::string> methods() {
  std::vector<std::string> names = optimizer_names();
  for (const std::string& m : minimizer_names()) names.push_back(m);
  return names;
}

std::vector<ManifestKey> network_keys() {
  using M = Manifest;
  return {
      {"kind", &M::kind, "of network", 0, 0, {"feedfwd"}},
      {"task", &M::task, "what is learnt", 0, 0, {"class", "regression"}},
      {"network.input.size", &M::inputs, "columns; 0: the data's", 0, 1e8},
      {"network.hidden.size", &M::hidden, "units of each layer", 1, 1e6},
      {"network.hidden.activation",
       &M::activation,
       "of all layers, or of each",
       0,
       0,
       {},
       as_activation},
      {"network.hidden.dropout", &M::dropout, "share of units", 0, 0.99},
      {"network.output.size", &M::outputs, "classes; 0: the data's", 0, 1e6},
      {"network.output.activation",
       &M::output_activation,
       "softmax for classes, identity for numbers unless given",
       0,
       0,
       {},
       as_activation},
      {"network.init.weights",
       &M::weights,
       "initialiser, such as normal(0,1)",
       0,
       0,
       {},
       as_initializer},
      {"network.init.biases",
       &M::biases,
       "initialiser",
       0,
       0,
       {},
       as_initializer},
  };
}

std::vector<ManifestKey> training_keys() {
  using M = Manifest;
  return {
      {"training.kind", &M::rule, "of training", 0, 0, {"backprop"}},
      {"training.cost", &M::cost,
       "log_likelihood for classes, mean_squared for numbers unless given", 0,
       0, names_of_costs(), as_cost},
      {"training.params.lambda", &M::lambda, "of the penalty λ/(2n) Σ W²", 0,
       kMany},
      {"training.params.weight_decay", &M::weight_decay,
       "decay·w, added to the gradient of weights", 0, kMany},
      {"training.params.clip_norm", &M::clip_norm,
       "most of the norm of all gradients; 0: off", 0, kMany},
      {"training.epochs", &M::epochs, "of optimisers", 0, 1e6},
      {"training.batch_size", &M::batch_size, "of optimisers", 1, 1e7},
      {"training.validation", &M::validation, "share of rows held out", 0, 1},
      {"training.early_stopping", &M::early_stopping,
       "epochs or iterations without a better held-out loss; 0: never", 0, 1e6},
      {"training.seed", &M::seed, "of all random numbers", 0, 9e15},
      {"training.threads", &M::threads, "0: all cores", 0, 1024},
  };
}

std::vector<ManifestKey> method_keys() {
  using M = Manifest;
  return {
      {"training.optimize.method", &M::optimizer,
       "an optimiser of batches or a minimiser of all data", 0, 0, methods()},
      {"training.optimize.learning_rate", &M::rate, "0: the optimiser's own", 0,
       kMany},
      {"training.optimize.momentum", &M::momentum,
       "of momentum, nesterov and dampened_momentum", 0, 1},
      {"training.optimize.dampening", &M::dampening, "of dampened_momentum", 0,
       1},
      {"training.optimize.beta1", &M::beta1,
       "of the mean gradient, of adam and its relatives", 0, 1},
      {"training.optimize.beta2", &M::beta2, "of the mean square, likewise", 0,
       1},
      {"training.optimize.smoothing", &M::smoothing,
       "of the mean squares of adadelta, rmsprop and centered_rmsprop; 0: the "
       "method's own",
       0, 1},
      {"training.optimize.epsilon", &M::epsilon,
       "beside a root; 0: the method's own", 0, kMany},
      {"training.optimize.rate_decay", &M::rate_decay, "of decaying_adagrad", 0,
       kMany},
      {"training.optimize.schedule.kind", &M::schedule, "of the learning rate",
       0, 0, schedule_names()},
      {"training.optimize.schedule.period", &M::period,
       "steps of one decay, or of all, as of cycled_momentum", 1, 1e12},
      {"training.optimize.schedule.factor", &M::factor, "of a decay", 0, kMany},
      {"training.optimize.schedule.warmup", &M::warmup,
       "steps of a linear rise", 0, 1e12},
      {"training.optimize.schedule.steps", &M::steps,
       "after which multistep decays", 0, 9e15},
      {"training.optimize.schedule.power", &M::power,
       "of polynomial; growth of warm_restarts", 0, 1000},
      {"training.optimize.schedule.rise", &M::rise,
       "share of one_cycle and cycled_momentum until the turn", 0, 1},
      {"training.optimize.schedule.patience", &M::patience,
       "epochs that plateau waits", 0, 1e6},
      {"training.optimize.iterations", &M::iterations, "most, of minimisers", 0,
       kMany},
      {"training.optimize.evaluations", &M::evaluations, "most; 0: any number",
       0, kMany},
      {"training.optimize.seconds", &M::seconds, "most; 0: any time", 0, kMany},
      {"training.optimize.gradient", &M::gradient,
       "largest element of a gradient that ends a search", 0, kMany},
      {"training.optimize.relative_change", &M::relative_change,
       "of the cost, that ends a search; 0: off", 0, 1},
      {"training.optimize.history", &M::history, "steps that lbfgs keeps", 1,
       1000},
      {"training.optimize.beta",
       &M::beta,
       "formula of conjugate_gradient",
       0,
       0,
       {"fletcher_reeves", "polak_ribiere", "hestenes_stiefel", "dai_yuan",
        "hager_zhang"}},
      {"training.optimize.line_search",
       &M::search,
       "the method's own unless given",
       0,
       0,
       {"backtracking", "more_thuente", "hager_zhang"}},
  };
}

}  // namespace

const std::vector<ManifestKey>& keys() {
  static const std::vector<ManifestKey> all = [] {
    std::vector<ManifestKey> k = network_keys();
    for (auto& key : training_keys()) k.push_back(std::move(key));
    for (auto& key : method_keys()) k.push_back(std::move(key));
    return k;
  }();
  return all;
}

}  // namespace weft::detail

namespace weft {

std::vector<std::pair<std::string, std::string>> manifest_keys() {
  std::vector<std::pair<std::string, std::string>> all;
  for (const auto& key : detail::keys()) {
    std::string help = key.help;
    if (!key.names.empty()) help += ": " + detail::listed(key.names);
    all.emplace_back(key.path, std::move(help));
  }
  return all;
}

}  // namespace weft
