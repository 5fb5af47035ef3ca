#pragma once

#include <map>
#include <string>
#include <vector>

#include "tools/weft/commands.h"

namespace weft::cli {

/// What `weft train` is told, and `weft resume` reads back from the file.
struct TrainSettings {
  DataSource data;
  std::string model = "mlp";
  std::vector<std::int64_t> hidden = {300, 100};
  std::string activation = "relu";
  double dropout = 0;
  int epochs = 5;
  std::int64_t batch_size = 64;
  std::int64_t memory_budget = 0;  ///< of this run alone: not saved
  std::string optimizer = "adam";
  double rate = 0;  // 0: the optimiser's own
  double momentum = 0.9;
  double weight_decay = 0;
  double clip_norm = 0;
  std::string schedule = "constant";
  double period = 1000;
  double factor = 0.1;
  double warmup = 0;
  int early_stopping = 0;
  std::string out;
};

void add_model_options(CLI::App& app, TrainSettings& s);
void add_training_options(CLI::App& app, TrainSettings& s);

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
/// Fails before the training rather than after it.
void check_writable(const std::string& out);

}  // namespace weft::cli
