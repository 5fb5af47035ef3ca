#pragma once

// The parts of a training file, for those who write one while its trainer goes
// on.

#include <string>
#include <vector>

#include "weft/train.h"

namespace weft {

/// Both graphs as a file has them: the same through a whole training.
struct SavedGraphs {
  std::string records;
  std::vector<Tensor> constants;  ///< shared with the graphs
};
SavedGraphs save_graphs(const TrainingGraphs& graphs);

/// All that a training changes, and what its owner added.
struct TrainingParts {
  const State& state;
  const Progress& progress;
  const std::vector<std::string>& class_names;
  const data::Scaler& scaler;
  const std::map<std::string, std::string>& settings;
  const std::map<std::string, double>& metrics;
};

TrainingParts parts_of(Trainer& trainer);

/// What `save` does, with its errors.
void write_training(const SavedGraphs& graphs, const TrainingParts& parts,
                    const std::string& path);

/// Whether the file at `path` has these graphs, and these parts with the same
/// bits: by its records, which hold the tensors' checksums. Throws as `load`
/// does.
bool is_written(const SavedGraphs& graphs, const TrainingParts& parts,
                const std::string& path);

/// Reads all of a file, with its checksums. Throws as `load` does.
void verify_training(const std::string& path);

}  // namespace weft
