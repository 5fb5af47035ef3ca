#pragma once

#include <cstdint>
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

}  // namespace weft
