#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace weft {

class State;
class Tensor;
struct TrainingGraphs;

/// The node that made the first value that is not finite: one that is NaN or
/// infinite although all that it is computed from is finite.
struct NotFinite {
  std::string node;   ///< "log (fc1, model.cpp:12)": op, path, source line
  std::string phase;  ///< "data", "forward", "backward" or "update"
  std::int64_t nans = 0, infinities = 0, size = 0;
  /// What it is computed from, with the range of its values:
  /// "sub (fc1, model.cpp:11) in [-2.5, 0.25]".
  std::vector<std::string> inputs;
};

/// Computes a training step on these examples node by node, without changing
/// the state. Starts at the loss, then at what the step would write, and
/// follows what is not finite back to its origin; a value that is not finite
/// but reaches neither is no fault. Nothing if all is finite. Throws GraphError
/// for a model without a loss.
std::optional<NotFinite> first_not_finite(const TrainingGraphs& graphs,
                                          const State& state, const Tensor& x,
                                          const Tensor& y);

/// "log (fc1, model.cpp:12) made the first value that is not finite, forward:
/// 1 of 3 is NaN; from sub (fc1, model.cpp:11) in [-2.5, 0.25]".
std::string to_string(const NotFinite& found);

/// What `Trainer::fit` does about a step that breaks: its loss, or something
/// that it writes, is not finite. Such a step is found exactly, though it may
/// show later: the steps since a copy of the state are run again.
struct NotFinitePolicy {
  enum class Action {
    stop,  ///< throw NumericError; the state is that before the step
    /// Leave its batch out: state and step count stay as they were before it.
    skip,
    /// Go on from the last checkpoint (`FitOptions::checkpoints` must give
    /// every_steps), which is written again with a rate times `rate_factor`;
    /// from the one before it if the very next step broke.
    go_back,
  };
  Action action = Action::stop;
  double rate_factor = 0.5;
  /// So often in one training, resumptions included; then fit throws. The
  /// trainer's `metrics` count in "skipped_steps" and "went_back".
  int most = 10;
  /// Told of each time, with the node that broke; a line on stderr if empty.
  /// Callbacks see again the steps that are made again.
  std::function<void(const std::string&)> on_warning = {};
};

}  // namespace weft
