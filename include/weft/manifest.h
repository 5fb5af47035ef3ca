#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "weft/activation.h"
#include "weft/minimizers.h"
#include "weft/train.h"

namespace weft {

/// A feedforward network and its training, as a YAML file describes them; each
/// member says its key. `weft train` has flags for the same members.
///
/// Files of the Go program that Weft grew out of are read unchanged. There
/// `relu` had a slope of 0.1 below 0; here it has none, and
/// `leaky_relu(0.1)` is that function.
struct Manifest {
  std::string kind = "feedfwd";  ///< kind
  std::string task = "class";    ///< task: class or regression
  std::int64_t inputs = 0;       ///< network.input.size; 0: as the data have
  std::vector<std::int64_t> hidden = {300, 100};  ///< network.hidden.size
  /// network.hidden.activation: one for all layers, or one for each.
  std::vector<std::string> activation = {"relu"};
  double dropout = 0;              ///< network.hidden.dropout
  std::int64_t outputs = 0;        ///< network.output.size; 0: as the data have
  std::string output_activation;   ///< network.output.activation
  std::string weights;             ///< network.init.weights: see initializers
  std::string biases;              ///< network.init.biases
  std::string rule = "backprop";   ///< training.kind
  std::string cost;                ///< training.cost: see Cost, or mean_squared
  double lambda = 0;               ///< training.params.lambda: λ/(2n) Σ W²
  double weight_decay = 0;         ///< training.params.weight_decay
  double clip_norm = 0;            ///< training.params.clip_norm
  int epochs = 5;                  ///< training.epochs, of optimisers
  std::int64_t batch_size = 64;    ///< training.batch_size, of optimisers
  double validation = 0.1;         ///< training.validation: share held out
  int early_stopping = 0;          ///< training.early_stopping
  std::int64_t seed = 1;           ///< training.seed
  int threads = 0;                 ///< training.threads; 0: all
  std::string optimizer = "adam";  ///< training.optimize.method
  double rate = 0;                 ///< ….learning_rate; 0: the method's own
  double momentum = 0.9;           ///< ….momentum
  double dampening = 0;            ///< ….dampening
  double beta1 = 0.9;              ///< ….beta1, of adam and its relatives
  double beta2 = 0.999;            ///< ….beta2
  double smoothing = 0;            ///< ….smoothing; 0: the method's own
  double epsilon = 0;              ///< ….epsilon; 0: the method's own
  double rate_decay = 0;           ///< ….rate_decay
  std::string schedule = "constant";  ///< ….schedule.kind
  double period = 1000;               ///< ….schedule.period, in steps
  double factor = 0.1;                ///< ….schedule.factor
  double warmup = 0;                  ///< ….schedule.warmup, in steps
  std::vector<std::int64_t> steps;    ///< ….schedule.steps, of multistep
  double power = 1;                   ///< ….schedule.power
  double rise = 0.3;                  ///< ….schedule.rise, of one_cycle
  int patience = 3;                   ///< ….schedule.patience, of plateau
  std::int64_t iterations = 20;       ///< ….iterations, of minimisers
  std::int64_t evaluations = 0;       ///< ….evaluations; 0: any number
  double seconds = 0;                 ///< ….seconds; 0: any time
  double gradient = 1e-5;             ///< ….gradient: StoppingRules
  double relative_change = 0;         ///< ….relative_change
  int history = 15;                   ///< ….history, of lbfgs
  std::string beta = "hager_zhang";   ///< ….beta, of conjugate_gradient
  std::string search;                 ///< ….line_search; empty: the method's

  friend bool operator==(const Manifest&, const Manifest&) = default;
};

/// Reads a manifest. Keys that are absent keep their defaults. Throws DataError
/// with file, line, column and remedy for what is no YAML, unknown or doubled
/// keys, and values of a wrong type, name or size.
Manifest read_manifest(const std::string& path);
/// The same of a text; `name` stands for it in messages.
Manifest parse_manifest(std::string_view text,
                        std::string_view name = "manifest");
/// Every key with its value, as YAML that `parse_manifest` reads.
std::string to_yaml(const Manifest& manifest);
/// Throws DataError if values do not go together, or the weights would not fit
/// into memory.
void check(const Manifest& manifest);
/// Every key, such as "training.params.lambda", with a line about it.
std::vector<std::pair<std::string, std::string>> manifest_keys();
/// Whether the method is a minimiser of all data at once (bfgs, lbfgs, …).
bool is_minimizer(std::string_view method);
/// The names of all of these.
std::vector<std::string> minimizer_names();

/// The names of all optimisers, and of all schedules.
std::vector<std::string> optimizer_names();
std::vector<std::string> schedule_names();

/// The manifest with all that was left to the data or to Weft: sizes, output
/// activation, cost, initialisers. Throws DataError if the data do not fit.
Manifest effective(const Manifest& manifest, const data::Dataset& data);
/// What is odd about the classes of some examples: those without one, and that
/// there is only one. In words.
std::vector<std::string> class_notes(const data::Dataset& data);
/// Classes without a name of their own, so that there are `outputs` of them.
data::Dataset with_classes(data::Dataset data, std::int64_t outputs);

/// The network of an effective manifest for `rows` training examples. The
/// output of a classifier are its weighted inputs z; that of a regression are
/// its activations. The L2 penalty is part of the training loss alone.
Network make_network(Graph& graph, Mode mode, const Manifest& effective,
                     std::int64_t rows);
Optimizer make_optimizer(const Manifest& manifest);
/// The schedule of training.optimize.schedule, with the settings beside it.
Schedule make_schedule(const Manifest& manifest);
Method make_method(const Manifest& manifest);
/// A trainer as the manifest says, whose settings hold the effective one as
/// "manifest". Threads of 0 are the manifest's.
Trainer make_trainer(const Manifest& manifest, const data::Dataset& data,
                     int threads = 0);
/// The same of an effective manifest, for data of `rows` examples.
Trainer make_trainer(const Manifest& effective, std::int64_t rows,
                     const std::vector<std::string>& class_names,
                     int threads = 0);
/// What makes probabilities of a classifier's outputs: the output activation of
/// its manifest (tanh rescaled to (tanh z + 1)/2); without one identity if the
/// model ends with a softmax or sigmoid, else softmax.
Activation probability_activation(const Trainer& trainer);
/// Trains with the optimiser or minimiser of the manifest; `options` gives
/// validation, callbacks and the stop flag. Returns how a minimiser ended, in
/// words, or nothing.
std::string train(Trainer& trainer, const Manifest& manifest,
                  const data::Dataset& data, FitOptions options = {});

}  // namespace weft
