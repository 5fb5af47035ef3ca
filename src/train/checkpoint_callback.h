#pragma once

#include "weft/train.h"

namespace weft {

/// Checkpoints that a training can go back to.
struct CheckpointCallback : Callback {
  /// Takes the state of the last regular checkpoint, of one before this step if
  /// there is one, and removes later ones. False if there is none.
  virtual bool go_back(Trainer& trainer, Progress& progress) = 0;
  /// Writes the checkpoint of this step again, with what is known now, and
  /// waits for it: a process that dies goes on from there.
  virtual void write_again(Trainer& trainer) = 0;
};

/// `exact`: the training waits rather than to make a checkpoint late, so that
/// which ones there are does not depend on time.
std::shared_ptr<CheckpointCallback> make_checkpoints(CheckpointOptions options,
                                                     bool exact);

}  // namespace weft
