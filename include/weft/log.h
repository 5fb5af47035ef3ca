#pragma once

#include <fstream>
#include <memory>
#include <string>

#include "weft/train.h"

namespace weft {

// Callbacks that write what happens while it happens. A training that goes on
// from a file adds to its log. Each throws DataError if its file can't be
// written.

/// Lines of JSON: {"kind": "step", "step", "epoch", "loss", "learning_rate"}
/// and, an epoch, {"kind": "epoch", "step", "epoch", "loss", "validation_loss",
/// "validation_accuracy", "learning_rate", "seconds"}. What is not finite is
/// null. Reaches the file at every epoch's end.
class JsonlLog : public Callback {
 public:
  explicit JsonlLog(std::string path);
  void on_begin(Trainer&, const data::Dataset&, const FitOptions&) override;
  bool on_step(Trainer&, std::int64_t batch, std::int64_t batches,
               double loss) override;
  bool on_epoch(Trainer&, const EpochRecord&) override;

 private:
  std::string path_;
  std::ofstream out_;
};

/// The same as a table with a header; fields that a row has not are empty.
class CsvLog : public Callback {
 public:
  explicit CsvLog(std::string path);
  void on_begin(Trainer&, const data::Dataset&, const FitOptions&) override;
  bool on_step(Trainer&, std::int64_t batch, std::int64_t batches,
               double loss) override;
  bool on_epoch(Trainer&, const EpochRecord&) override;

 private:
  std::string path_;
  std::ofstream out_;
};

/// Event files for TensorBoard, in a folder that is made if it is missing: the
/// scalars train/loss and train/learning_rate at every step, validation/loss
/// and validation/accuracy at every epoch, histograms of all parameters at the
/// begin and every epoch, and the settings as text. Records of TFRecord, each
/// an Event of tensorflow/core/util/event.proto.
class TensorBoardLog : public Callback {
 public:
  explicit TensorBoardLog(std::string folder);
  ~TensorBoardLog() override;
  void on_begin(Trainer&, const data::Dataset&, const FitOptions&) override;
  bool on_step(Trainer&, std::int64_t batch, std::int64_t batches,
               double loss) override;
  bool on_epoch(Trainer&, const EpochRecord&) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weft
