#pragma once

// Checkpoints: training files that are written while a training goes on.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace weft {

class Trainer;
struct Callback;

/// Where and how often a training is saved while it runs. If neither steps nor
/// minutes are given, a checkpoint is made at every epoch's end.
struct CheckpointOptions {
  std::string directory = {};    ///< made if it is missing; empty: none
  std::int64_t every_steps = 0;  ///< at steps that are multiples; 0: not so
  double every_minutes = 0;      ///< 0: not by time
  int keep = 3;                  ///< how many of the newest stay
  /// Keeps besides, at the end of an epoch, the one with the least loss so far:
  /// of validation if there is a set, else of training.
  bool keep_best = true;
  /// Told what can't be written, by the thread that trains; a line on stderr if
  /// empty.
  std::function<void(const std::string&)> on_warning = {};
};

/// Makes checkpoints: DIRECTORY/checkpoint-STEP.weft and best-STEP.weft, each a
/// training file that `load` reads. One is made when a fit begins, and when it
/// ends or is stopped; those two are on the disk when the training goes on.
///
/// Between two steps the training only copies its state; another thread writes
/// the copy to a temporary file, syncs it, renames it, syncs the directory,
/// reads it again, and only then removes older ones. While one is written
/// another one can wait; one that is due when both places are taken is made at
/// the first step at which one is free, so that training never waits. A state
/// with values that are not finite is not written.
///
/// What can't be written (a full disk, a read-only directory) is a warning,
/// once for each kind, and does not end the training; what was there stays. The
/// directory is locked while the fit lasts. A fit throws DataError at its begin
/// if the directory can't be made or is locked by another process, or holds
/// checkpoints of a later step than the trainer's.
std::shared_ptr<Callback> checkpoints(CheckpointOptions options);

/// A checkpoint in a directory.
struct CheckpointFile {
  std::string path;
  std::uint64_t step = 0;
  bool best = false;  ///< kept as the best one
};

/// The checkpoints of a directory, the newest first; the files are not read.
/// Throws DataError if the directory can't be read.
std::vector<CheckpointFile> list_checkpoints(const std::string& directory);

/// Loads the newest checkpoint that is sound. `on_skipped` is told why newer
/// ones are not. Throws DataError if there is none, with the first reason.
Trainer load_newest(
    const std::string& directory, int threads = 0,
    const std::function<void(const std::string&)>& on_skipped = {});

/// The same among those that were kept as the best.
Trainer load_best(
    const std::string& directory, int threads = 0,
    const std::function<void(const std::string&)>& on_skipped = {});

}  // namespace weft
