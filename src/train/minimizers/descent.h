#pragma once

#include "src/train/minimizers/line_search.h"

namespace weft::minimizers {

/// A method that searches along one direction in each iteration.
class Descent : public Stepper {
 public:
  Descent(const LineSearch& search, Problem& problem);
  std::optional<Ending> step(Place& place, Problem& problem) final;

 protected:
  /// Writes a direction and returns the first step to try; empty if a limit
  /// was met on the way.
  virtual std::optional<double> direction(const Place& place, Problem& problem,
                                          Out d) = 0;
  /// True if there is nothing to forget: the direction is the gradient's.
  virtual bool fresh() const = 0;
  /// After a step: x moved by `s`, and the gradient by `y`. `place` is new, `d`
  /// was the direction.
  virtual void accepted(const Place& place, In d, In s, In y,
                        const Sample& start, const Sample& found) = 0;

 private:
  const LineSearch search_;
  Ray ray_;
  std::vector<double> d_, s_, y_;
};

/// The first step along −g, where nothing is known of the scale: it is of
/// length 1 at most.
double first_step(In gradient);

}  // namespace weft::minimizers
