#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <span>

#include "weft/train.h"

namespace weft {

/// Keeps a copy of the state, so that a training that broke can be run again up
/// to the step that broke it: a loss tells of a broken gradient one step late,
/// or later, when the state is lost.
class Replay {
 public:
  /// Whether the copy is so old that another one costs little beside the steps
  /// since then. A copy with its check reads and writes the state about once,
  /// as does a step, unless it trains tables by rows: then time decides.
  bool is_old(const State& state) const {
    constexpr std::uint64_t kSteps = 256;
    const std::uint64_t steps = state.step - step_;
    return steps > 0 && steps % kSteps == 0 && has_paid();
  }
  /// Copies the state; false, and copies nothing, if it is not finite.
  bool keep(const State& state, const Progress& progress);
  /// The same, finite or not: the begin of a training.
  void begin(const State& state, const Progress& progress);

  std::uint64_t step() const { return step_; }  ///< of the copy

  /// How a training goes on.
  struct Steps {
    State& state;
    Progress& progress;
    data::Loader& loader;
    std::span<Feed, 2> feeds;
    std::function<double()> step;  ///< makes a step from the feeds
    /// Counts an epoch of which this was recorded.
    std::function<void(const EpochRecord&)> end_epoch;
  };
  /// Runs the steps again, up to `most` of them. True if one breaks: then state
  /// and progress are as they were before it, and the feeds are its batch.
  bool find(const Steps& steps, std::uint64_t most);

 private:
  void restore(const Steps& steps, const History& history) const;
  /// Whether the last copy took a small part of the time since then.
  bool has_paid() const;

  State state_;
  Progress progress_;       ///< without its history
  std::size_t epochs_ = 0;  ///< of the history
  std::uint64_t step_ = 0;
  std::chrono::steady_clock::time_point made_;  ///< when the copy was
  std::chrono::steady_clock::duration cost_{};  ///< the time that it took
};

}  // namespace weft
