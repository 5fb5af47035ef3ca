#pragma once

#include <string>
#include <vector>

#include "weft/check_finite.h"
#include "weft/report.h"

namespace weft {

/// What makes a training slow or bad, from its record, in plain words:
/// saturated and dead units, a layer whose gradient is far smaller than the
/// others' (traced to its input or to its output), a learning rate that is too
/// high or too low, inputs that are not scaled, overfitting. Nothing of a
/// healthy training. Each finding has what was measured, the reason and the
/// remedy.
std::vector<Finding> diagnose(const RunRecord& record);
/// What is wrong with the examples: classes of very different sizes, or without
/// any example.
std::vector<Finding> diagnose(const data::Dataset& data);
/// The graph's warnings; without any, a quadratic cost of an activation that it
/// makes learn slowly.
std::vector<Finding> diagnose(const Graph& graph, const Network& network);

/// The node that made the first value that is not finite.
Finding diagnose(const NotFinite& found);

/// A recorder that puts all these findings into its record at every epoch, and
/// when the training breaks.
class Doctor : public Recorder {
 public:
  explicit Doctor(RecorderOptions options = {}) : Recorder(options) {}
  void on_begin(Trainer&, const data::Dataset&, const FitOptions&) override;
  bool on_epoch(Trainer&, const EpochRecord&) override;
  void on_not_finite(Trainer&, const NotFinite&) override;

  const std::vector<Finding>& findings() { return record().findings; }

 private:
  std::vector<Finding> of_data_and_network_;
};

/// Looks once into a trained or loaded model, and says what is found.
std::vector<Finding> diagnose(Trainer& trainer, const data::Dataset& data);

/// "saturated units in fc2: … Remedy: …".
std::string to_string(const Finding& finding);

}  // namespace weft
