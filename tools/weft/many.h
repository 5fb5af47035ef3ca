#pragma once

#include "tools/weft/train_settings.h"

namespace weft::cli {

/// How `weft train` trains more than one network. At most one is not 0.
struct ManySettings {
  int ensemble = 0;
  int folds = 0;
};

/// Trains members at once, saves each, and measures them together.
void train_ensemble(const TrainSettings& s, int members, const Common& common);
/// Trains on k − 1 of k parts, measures on the other, for each part.
void train_folds(const TrainSettings& s, int folds, const Common& common);

/// The common options, a line of progress an epoch, and a stop by signals.
ManyOptions many_options(const Common& common);
nlohmann::json to_json(const std::vector<TrainingResult>& results);
/// A row for each training, in this order.
void print_table(const std::vector<TrainingResult>& results,
                 const std::vector<std::size_t>& order, bool classes);
/// Says of those that were stopped, and are saved in these files, how to go on.
void print_how_to_go_on(const std::vector<TrainingResult>& results,
                        const std::vector<std::string>& files);
/// 0 … n − 1.
std::vector<std::size_t> in_order(std::size_t n);

}  // namespace weft::cli
