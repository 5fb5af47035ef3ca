#pragma once

// Several trainings at once: sweeps, ensembles, cross-validation.

#include <atomic>
#include <exception>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "weft/train.h"

namespace weft {

/// Makes a trainer that runs on this many threads. Called on the thread that
/// trains it, at the same time as others.
using MakeTrainer = std::function<Trainer(int threads)>;

/// A maker of trainers of a model. `options.threads` is not used.
MakeTrainer make_trainer(Build build, Optimizer optimizer,
                         TrainerOptions options = {});

/// One training of many. What `data` and `fit.validation` point to is not
/// copied and may be shared; callbacks run on the training's thread.
struct Training {
  std::string name;
  MakeTrainer make;
  const data::Dataset* data = nullptr;
  FitOptions fit = {};
};

/// How a training ended: by its epochs, early stopping or a callback's
/// `on_epoch`; by a stop within an epoch, from which it can be resumed; by an
/// error; or a stop came before it began.
enum class Outcome { finished, stopped, failed, not_started };
std::string_view to_string(Outcome outcome);

struct TrainingResult {
  std::string name;
  Outcome outcome = Outcome::not_started;
  std::unique_ptr<Trainer> trainer;  ///< null if it could not be made
  History history;
  /// Of the last epoch: on the validation set if there is one, else in
  /// training. Not a number before the first epoch's end.
  double loss = std::numeric_limits<double>::quiet_NaN();
  double accuracy = 0;       ///< of validation
  std::exception_ptr error;  ///< of a training that failed
  std::string message;       ///< the error's text
  double seconds = 0;        ///< of making and training
};

/// An epoch of one training has ended.
struct ManyProgress {
  std::size_t index = 0;  ///< of the training
  const Training& training;
  const EpochRecord& record;
  std::size_t ended = 0;  ///< trainings that have ended
  std::size_t count = 0;  ///< all trainings
};

struct ManyOptions {
  int threads = 0;  ///< in all; 0: as many as the machine has
  /// Set from elsewhere to stop all trainings after their current step.
  const std::atomic<bool>* stop = nullptr;
  /// These two are called from the threads that train, one at a time. What
  /// they throw stops all trainings and is rethrown when they have stopped.
  std::function<void(const ManyProgress&)> on_epoch = {};
  /// A training has ended. It may save the trainer, and reset it to give back
  /// its memory.
  std::function<void(std::size_t index, TrainingResult&)> on_end = {};
};

/// Trains them all and returns their results in the same order. Each has the
/// bits that it has when it is trained alone, for any number of threads. An
/// error of one is kept in its result and does not touch the others.
///
/// With at least as many trainings as threads each runs on one thread. The
/// last ones, twice as many as threads, take turns by epochs, so that the
/// threads end at about the same time. Throws GraphError if a training has no
/// maker or no data.
std::vector<TrainingResult> train_many(const std::vector<Training>& trainings,
                                       const ManyOptions& options = {});

/// Trainings of one model that differ in their seeds: seed, seed + 1, …
std::vector<Training> ensemble_of(int members, const Build& build,
                                  const Optimizer& optimizer,
                                  const TrainerOptions& options,
                                  const data::Dataset& data,
                                  const FitOptions& fit);

/// A training for each fold, validated on the fold's test part. The folds
/// (`data::k_fold`) must live as long as the trainings.
std::vector<Training> trainings_of(const std::vector<data::Split>& folds,
                                   const MakeTrainer& make,
                                   const FitOptions& fit);

/// Mean and standard deviation (n − 1) over the trainings that finished.
struct ManySummary {
  std::size_t count = 0;
  double loss = 0, loss_deviation = 0;
  double accuracy = 0, accuracy_deviation = 0;
};
ManySummary summarize(const std::vector<TrainingResult>& results);

/// The finished training with the least loss, the first of equals. Throws
/// NumericError with the first error's text if none finished.
std::size_t best_of(const std::vector<TrainingResult>& results);

}  // namespace weft
