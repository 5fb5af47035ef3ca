#pragma once

#include <limits>

#include "src/train/minimizers/search.h"

namespace weft::minimizers {

/// f and its slope at a step along a direction. The cost is +∞ where value or
/// gradient are not finite, −∞ where f is unbounded.
struct Sample {
  double step = 0;
  double cost = 0;
  double slope = 0;
};

/// f along x + αd.
class Ray {
 public:
  explicit Ray(Problem& problem);
  /// Begins at a place, along d.
  void begin(const Place& place, In d);
  /// Evaluates there. Steps must be positive.
  Sample at(double step);
  const Sample& start() const { return start_; }
  /// The least cost so far, below that of the start; step 0 if there is none.
  const Sample& best() const { return best_; }
  int evaluations() const { return evaluations_; }
  /// A rule that forbids another evaluation.
  std::optional<Ending> exhausted() const { return problem_.exhausted(); }
  double least_cost() const { return problem_.rules().least_cost; }
  /// Whether the last sample meets the conditions.
  bool decreased(const Sample& s, const LineSearch& search) const;
  bool strong_wolfe(const Sample& s, const LineSearch& search) const;
  /// The decrease is lost in rounding, but the slope says that there is one.
  bool approximate_wolfe(const Sample& s, const LineSearch& search,
                         double noise) const;
  /// x and gradient of the last sample, or of the best one.
  In x(bool best = false) const { return best ? best_x_ : x_; }
  In gradient(bool best = false) const {
    return best ? best_gradient_ : gradient_;
  }

 private:
  Problem& problem_;
  In from_, direction_;
  std::vector<double> x_, gradient_, best_x_, best_gradient_;
  Sample start_, best_;
  int evaluations_ = 0;
};

/// How a search along a ray ended; without an ending it found a step, and the
/// ray's last sample (or its best one) is it.
struct Found {
  std::optional<Ending> ending;
  Sample sample;
  bool is_best = false;
};

/// Searches from the step `first`.
Found search_line(Ray& ray, double first, const LineSearch& search);

Found search_backtracking(Ray& ray, double first, const LineSearch& search);
Found search_more_thuente(Ray& ray, double first, const LineSearch& search);
Found search_hager_zhang(Ray& ray, double first, const LineSearch& search);

/// What is left when no step met the conditions: the best one, if it is below
/// the start.
Found give_up(const Ray& ray);

/// Rounding noise in a cost, relative to it.
inline constexpr double kNoise = 8 * std::numeric_limits<double>::epsilon();
/// No step is longer.
inline constexpr double kLongest = 1e20;

}  // namespace weft::minimizers
