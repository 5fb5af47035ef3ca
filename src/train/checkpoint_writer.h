#pragma once

#include <condition_variable>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "src/train/checkpoint_folder.h"
#include "src/train/training_file.h"

namespace weft {

/// A copy of all that a training changes.
struct Snapshot {
  State state;
  Progress progress;
  std::vector<std::string> class_names;
  data::Scaler scaler;
  std::map<std::string, std::string> settings;
  std::map<std::string, double> metrics;

  void take(Trainer& trainer);
};

/// Writes snapshots on a thread of its own.
class CheckpointWriter {
 public:
  CheckpointWriter(const CheckpointOptions& options,
                   const TrainingGraphs& graphs);
  /// Writes what is left first.
  ~CheckpointWriter();
  CheckpointWriter(const CheckpointWriter&) = delete;
  CheckpointWriter& operator=(const CheckpointWriter&) = delete;

  /// Takes a snapshot to be written, `regular`, as the best, or both. False,
  /// and does nothing, if both places are taken; but the best one takes the
  /// place of one that waits.
  bool offer(Trainer& trainer, bool regular, bool best);
  /// Returns when all is written.
  void wait();
  /// What could not be written since the last call.
  std::vector<std::string> take_warnings();
  CheckpointFolder& folder() { return folder_; }
  const SavedGraphs& graphs() const { return graphs_; }

 private:
  struct Slot {
    enum class Use { empty, filling, waiting, writing } use = Use::empty;
    bool regular = false, best = false;
    Snapshot snapshot;
  };

  Slot* place_for(bool best);
  Slot* next();
  void live();
  void write(const Slot& slot);
  void write(const Slot& slot, bool best);
  void warn(const std::string& text);

  const CheckpointOptions options_;
  const SavedGraphs graphs_;
  CheckpointFolder folder_;
  const int process_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Slot slots_[2];
  bool stopped_ = false;
  std::vector<std::string> warnings_;
  std::set<std::string> kinds_;  ///< of warnings so far
  std::thread thread_;
};

}  // namespace weft
