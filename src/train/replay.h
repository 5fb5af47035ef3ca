#pragma once

#include <functional>
#include <optional>

#include "weft/check_finite.h"
#include "weft/train.h"

namespace weft {

/// Keeps the state of an epoch's begin, so that a training whose loss is not
/// finite can be run again up to the step that broke it: a loss tells of a
/// broken gradient one step late, when the state is lost. Costs a copy of the
/// state an epoch.
class Replay {
 public:
  /// Before the epoch's first step. False if the state is not finite already;
  /// then the epoch before remains the one to run again.
  bool begin(const State& state, const Progress& progress);

  /// Runs the epoch again to batch `last`, from 0, and leaves `state` and
  /// `progress` as they were before the step that broke. Nothing if there is no
  /// such step; then state and progress are as after the last one. `step` makes
  /// a step from the feeds.
  std::optional<NotFinite> find(const TrainingGraphs& graphs, State& state,
                                Progress& progress, std::int64_t last,
                                data::Loader& loader, std::span<Feed, 2> feeds,
                                const std::function<double()>& step);

 private:
  std::optional<State> state_;
  Progress progress_;       ///< without its history
  std::size_t epochs_ = 0;  ///< of the history
};

}  // namespace weft
