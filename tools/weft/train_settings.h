#pragma once

#include <map>
#include <string>
#include <vector>

#include "tools/weft/commands.h"
#include "tools/weft/files.h"

namespace weft::cli {

/// What `weft train` is told, and `weft resume` reads back from the file: what
/// a manifest says, each member with a flag, and where the data are.
struct TrainSettings : Manifest {
  DataSource data;
  std::string model = "mlp";
  std::int64_t memory_budget = 0;  ///< of this run alone: not saved
  std::string out;
  CheckpointOptions checkpoints;
  std::string on_not_finite = "stop";
  double rate_factor = 0.5;
  int most_faults = 10;
};

/// The settings of a manifest; those that it shares with the data go there.
void take(TrainSettings& s, const Manifest& manifest);
/// The manifest that the settings are, seeded.
Manifest manifest_of(const TrainSettings& s, std::uint64_t seed);
/// Adds --manifest, which must come before the flags that override it.
void add_manifest_option(CLI::App& app, TrainSettings& s, Common& common);
void add_model_options(CLI::App& app, TrainSettings& s);
/// Those of optimisers, schedules and minimisers; of add_training_options.
void add_method_options(CLI::App& app, TrainSettings& s);
void add_training_options(CLI::App& app, TrainSettings& s);
void add_checkpoint_options(CLI::App& app, TrainSettings& s);

/// Everything that a resumed run must know, as text; and back.
std::map<std::string, std::string> to_settings(const TrainSettings& s);
TrainSettings from_settings(const std::map<std::string, std::string>& from);

/// Makes trainers of the model for data like these.
MakeTrainer trainer_maker(const TrainSettings& s, const data::Dataset& data,
                          const data::Scaler& scaler, std::uint64_t seed);
FitOptions fit_options(const TrainSettings& s, const data::Dataset& test);
/// Scales both parts: with the scaler if it is not empty, else as `s` says,
/// by the training part; returns what was applied.
data::Scaler scale(data::Split& data, const TrainSettings& s,
                   data::Scaler scaler = {});
/// The data as they were split for this training.
data::Split read_split_of(Trainer& trainer, const DataSource& source);

}  // namespace weft::cli
