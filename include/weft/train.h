#pragma once

#include <atomic>
#include <functional>
#include <iosfwd>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "weft/check_finite.h"
#include "weft/checkpoints.h"
#include "weft/data.h"
#include "weft/nn.h"
#include "weft/optimizers.h"
#include "weft/program.h"

namespace weft {

/// The values of a model that a trainer needs. `target` is empty for a model
/// that is only evaluated; `output` holds logits for class targets.
struct Network {
  Value input;
  Value target;
  Value output;
  Value loss;
};

/// Builds the model into a graph, once for training and once for evaluation.
using Build = std::function<Network(Graph&, Mode)>;

/// A learning rate as a function of the steps made: steps, base → rate.
struct Schedule {
  std::string name = "constant";
  double factor = 0.1;   ///< of step and exponential, and the least of cosine
  double period = 1000;  ///< steps of one decay; length of cosine
  double warmup = 0;     ///< steps over which the rate rises from 0
  int patience = 3;      ///< plateau: epochs without a better loss
  double rise = 0.3;     ///< of one_cycle
  double power = 1;      ///< of polynomial; growth of warm_restarts
  std::vector<double> steps = {};  ///< of multistep
  double rate(double base, double step) const;
};
namespace schedules {
/// The base rate at every step.
Schedule constant();
/// base·factor^⌊step/period⌋.
Schedule step(double period, double factor = 0.1);
/// base·factor^(step/period).
Schedule exponential(double period, double factor = 0.1);
/// Half a cosine from base to base·least over `length` steps (Loshchilov and
/// Hutter 2017).
Schedule cosine(double length, double least = 0);
/// base·factor^n, where n of the steps are over.
Schedule multistep(std::vector<double> steps, double factor = 0.1);
/// base·(1 − step/length)^power, 0 from there on.
Schedule polynomial(double length, double power = 1);
/// Cosines from base to base·least, one after the other: the first of `period`
/// steps, each further one `growth` times as long (Loshchilov and Hutter 2017).
Schedule warm_restarts(double period, double growth = 1, double least = 0);
/// From base/25 to base by half a cosine over the share `rise` of `length`
/// steps, then to base/250000 by another (Smith 2018; for CycledMomentum).
Schedule one_cycle(double length, double rise = 0.3);
/// Multiplies by factor when the validation loss was not better for `patience`
/// epochs.
Schedule plateau(int patience = 3, double factor = 0.1);
/// The schedule, with a linear rise over the first steps.
Schedule with_warmup(Schedule schedule, double steps);
}  // namespace schedules

/// What was measured on a set. Without class targets only the loss counts.
struct Evaluation {
  double loss = 0;
  double accuracy = 0;  ///< share of rows whose only greatest output is right
  double top_k = 0;     ///< share of rows whose label is among the k greatest
  std::int64_t count = 0;
  /// [truth][prediction]; empty if there are more than 4,096 classes.
  std::vector<std::vector<std::int64_t>> confusion;
};

/// One epoch.
struct EpochRecord {
  std::int64_t epoch = 0;  ///< from 1
  double loss = 0;         ///< mean over the epoch's batches
  double validation_loss = 0;
  double validation_accuracy = 0;
  double learning_rate = 0;
  double seconds = 0;
};
using History = std::vector<EpochRecord>;

/// Where a training is: what a resumed run goes on from.
struct Progress {
  std::uint64_t epoch = 0;  ///< epochs completed
  std::int64_t batch = 0;   ///< batches of the current one completed
  double loss_sum = 0;      ///< over these batches
  double best_loss = 0;     ///< of validation; for stopping and plateaus
  std::int64_t waited = 0;  ///< epochs since the best one
  double rate_factor = 1;   ///< of a plateau schedule
  double base_rate = 0;     ///< learning rate before any schedule
  bool has_best = false;
  History history;
};

class Trainer;
struct FitOptions;

/// Called while a training runs; return false to stop it after this step.
struct Callback {
  virtual ~Callback() = default;
  /// Before the first step of a fit.
  virtual void on_begin(Trainer&, const data::Dataset&, const FitOptions&) {}
  virtual bool on_step(Trainer&, std::int64_t batch, std::int64_t batches,
                       double loss) {
    (void)batch, (void)batches, (void)loss;
    return true;
  }
  virtual bool on_epoch(Trainer&, const EpochRecord&) { return true; }
  /// Before `fit` throws, when it is known which node made the first value that
  /// is not finite.
  virtual void on_not_finite(Trainer&, const NotFinite&) {}
  /// After the last step of a fit that called `on_begin`. `failed`: the fit
  /// throws, and what this throws is lost.
  virtual void on_end(Trainer&, bool failed) { (void)failed; }
};

/// A line with the epoch's progress, loss and time left, on a terminal; one
/// line an epoch elsewhere.
std::shared_ptr<Callback> progress_bar(std::ostream& out);

struct FitOptions {
  int epochs = 1;  ///< in total, those before a resumption too
  std::int64_t batch_size = 32;
  bool shuffle = true;
  const data::Dataset* validation = nullptr;
  Schedule schedule = {};
  int early_stopping = 0;  ///< epochs without a better loss; 0: off
  bool prefetch = true;
  /// The most bytes of planned memory of a step, 0 for any number; see
  /// `CompileOptions::memory_budget`. Changes results by rounding alone.
  std::int64_t memory_budget = 0;
  std::vector<std::shared_ptr<Callback>> callbacks = {};
  /// Set from elsewhere (a signal handler) to stop after the current step.
  const std::atomic<bool>* stop = nullptr;
  /// Training files that are written while the training goes on; none if the
  /// directory is empty.
  CheckpointOptions checkpoints = {};
  NotFinitePolicy not_finite = {};
};

struct TrainerOptions {
  Seed seed = {1};
  int threads = 0;  ///< 0: all
  MinimizeOptions minimize = {};
  Value output = {};  ///< of the constructor from a loss
};

/// Graphs and state of a model that is trained or was loaded.
struct TrainingGraphs {
  std::shared_ptr<Graph> train;  ///< null in a model that only evaluates
  std::shared_ptr<Graph> eval;
  Network train_network;
  Network eval_network;
  std::vector<Value> updates;  ///< of the train graph
};

/// Trains a model and measures it. Not for use by several threads at once.
class Trainer {
 public:
  /// Builds the model for training and for evaluation.
  Trainer(const Build& build, const Optimizer& optimizer,
          TrainerOptions options = {});
  /// Trains a graph that the caller owns. Its first floating-point input feeds
  /// the examples, the next the targets; it is evaluated as it is.
  Trainer(Value loss, const Optimizer& optimizer, TrainerOptions options = {});
  /// Goes on with graphs that were loaded.
  Trainer(TrainingGraphs graphs, State state, Progress progress, int threads);
  ~Trainer();
  Trainer(Trainer&&) noexcept;

  /// Trains. Throws DataError if the data don't fit the model's inputs, and
  /// NumericError when the loss or the state is not finite: then steps are run
  /// again to find the node that made the first such value, the error names it
  /// (see `NotFinite`), and the state is that before the step that broke; other
  /// ways are `FitOptions::not_finite`. A training that has its epochs, or was
  /// ended by early stopping, is complete, and stays as it is.
  const History& fit(const data::Dataset& data, const FitOptions& options);
  Evaluation evaluate(const data::Dataset& data, int k = 5);
  /// Throws DataError unless the data fit the model's inputs and targets.
  void check(const data::Dataset& data) const;
  /// Counts an epoch that was not made by `fit`, and adds it to the history;
  /// early stopping compares `judged` with the best one so far.
  void add_epoch(const EpochRecord& record, double judged);
  /// The outputs for a batch of inputs.
  Tensor predict(const Tensor& inputs);
  /// Whether evaluate, predict and the validation of fit use the averages that
  /// MinimizeOptions::average keeps, from their first step on. It is saved with
  /// the model, as the setting "averages". Throws GraphError if there are none.
  void use_averages(bool use = true);

  State& state();
  const Progress& progress() const;
  const TrainingGraphs& graphs() const;
  double learning_rate() const;
  int threads() const;
  bool stopped() const;  ///< the last fit ended by a stop, not by its epochs

  /// Saved with the model: class names, scaler, settings, measurements.
  std::vector<std::string> class_names;
  data::Scaler scaler;
  std::map<std::string, std::string> settings;
  std::map<std::string, double> metrics;

  struct Impl;  ///< of the library alone

 private:
  State& judged_state();
  std::unique_ptr<Impl> impl_;
};

}  // namespace weft
