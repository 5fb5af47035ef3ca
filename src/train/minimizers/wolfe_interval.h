#pragma once

#include <array>

#include "src/train/minimizers/vectors.h"
#include "weft/minimizers.h"

namespace weft::minimizers {

/// A step along a direction, and what f is there. The cost is +∞ where it or
/// the gradient is not finite.
struct Trial {
  double step = 0, cost = 0, slope = 0;
  std::vector<double> gradient = {};
};

/// A search for a step that meets the strong Wolfe conditions by an interval
/// that has one and cubic interpolation (Nocedal and Wright 2006, algorithms
/// 3.5 and 3.6).
class WolfeInterval {
 public:
  explicit WolfeInterval(std::size_t size);
  /// Searches from `start` (its step is 0) along d, at first at `step`. Widths
  /// of the interval below `change` in every x end it. The result may be the
  /// start, if no step is better.
  const Trial& search(Objective& objective, In x, In d, const Trial& start,
                      double step, double change);
  int evaluations() const { return evaluations_; }
  /// Room for a trial.
  Trial& trial() { return next_; }
  /// f at x + step·d.
  void evaluate(Objective& objective, In x, In d, double step, Trial& into);

 private:
  void bracket(double step);
  void shrink(double narrow);
  void evaluate(double step) {
    evaluate(*objective_, x_, d_, step, next_);
    ++evaluations_;
  }
  bool too_high(const Trial& t) const;
  bool flat(const Trial& t) const;
  double inside(bool& slow) const;
  Trial& low() { return ends_[low_]; }
  Trial& high() { return ends_[1 - low_]; }

  Objective* objective_ = nullptr;
  In x_, d_;
  const Trial* start_ = nullptr;
  std::vector<double> point_;
  Trial next_;
  std::array<Trial, 2> ends_;
  std::size_t low_ = 0;
  bool found_ = false;
  int evaluations_ = 0;
};

}  // namespace weft::minimizers
