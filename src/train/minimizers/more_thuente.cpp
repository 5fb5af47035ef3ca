#include <algorithm>
#include <cmath>

#include "src/train/minimizers/line_search.h"

// Moré and Thuente, "Line search algorithms with guaranteed sufficient
// decrease", ACM TOMS 20 (1994). The numbers 4, 1.1 and 0.66 are theirs.

namespace weft::minimizers {

namespace {

/// An interval that is narrower, relative to its end, is not searched further.
constexpr double kNarrow = 1e-2;

double square_of(double v) { return v * v; }

/// The interval that holds a step that meets the conditions, once it is
/// bracketed: `low` has the least cost so far, and f falls from it towards
/// `high`.
struct Interval {
  Sample low, high;
  bool bracketed = false;
  double least = 0, most = 0;  ///< of the next step

  /// Section 4: takes in the sample and gives the next step to try.
  double next(const Sample& s);

 private:
  double beyond_minimum(const Sample& s) const;
  double slopes_differ(const Sample& s) const;
  double slope_shrinks(const Sample& s) const;
  double slope_stays(const Sample& s) const;
};

/// The cubic through values and slopes at a and b; `discriminant` of its
/// derivative, as θ² − ab of the slopes, scaled against overflow.
struct Cubic {
  Cubic(const Sample& a, const Sample& b)
      : theta(3 * (a.cost - b.cost) / (b.step - a.step) + a.slope + b.slope) {
    const double s =
        std::max({std::abs(theta), std::abs(a.slope), std::abs(b.slope)});
    const double d = square_of(theta / s) - (a.slope / s) * (b.slope / s);
    gamma = s * std::sqrt(std::max(0.0, d));
  }
  double theta, gamma;
};

/// Where the secant of the slopes at a and b is zero, from b.
double secant_step(const Sample& a, const Sample& b) {
  return b.step + b.slope / (b.slope - a.slope) * (a.step - b.step);
}

/// Case 1, a higher value: the minimum lies before s.
double Interval::beyond_minimum(const Sample& s) const {
  Cubic c(low, s);
  if (s.step < low.step) c.gamma = -c.gamma;
  const double r = ((c.gamma - low.slope) + c.theta) /
                   (((c.gamma - low.slope) + c.gamma) + s.slope);
  const double width = s.step - low.step;
  const double cubic = low.step + r * width;
  const double parabola =
      low.step +
      low.slope / ((low.cost - s.cost) / width + low.slope) / 2 * width;
  return std::abs(cubic - low.step) < std::abs(parabola - low.step)
             ? cubic
             : cubic + (parabola - cubic) / 2;
}

/// Case 2, a lower value and a slope of the other sign.
double Interval::slopes_differ(const Sample& s) const {
  Cubic c(low, s);
  if (s.step > low.step) c.gamma = -c.gamma;
  const double r = ((c.gamma - s.slope) + c.theta) /
                   (((c.gamma - s.slope) + c.gamma) + low.slope);
  const double cubic = s.step + r * (low.step - s.step);
  const double secant = secant_step(low, s);
  return std::abs(cubic - s.step) > std::abs(secant - s.step) ? cubic : secant;
}

/// Case 3, a lower value and a slope of the same sign that is less steep.
double Interval::slope_shrinks(const Sample& s) const {
  Cubic c(low, s);
  if (s.step > low.step) c.gamma = -c.gamma;
  const double r = ((c.gamma - s.slope) + c.theta) /
                   ((c.gamma + (low.slope - s.slope)) + c.gamma);
  double cubic = s.step > low.step ? most : least;
  if (r < 0 && c.gamma != 0) cubic = s.step + r * (low.step - s.step);
  const double secant = secant_step(low, s);
  const bool cubic_is_closer =
      std::abs(cubic - s.step) < std::abs(secant - s.step);
  if (!bracketed) {
    return std::clamp(cubic_is_closer ? secant : cubic, least, most);
  }
  const double chosen = cubic_is_closer ? cubic : secant;
  const double limit = s.step + 0.66 * (high.step - s.step);
  return s.step > low.step ? std::min(limit, chosen) : std::max(limit, chosen);
}

/// Case 4, a lower value and a slope that does not shrink.
double Interval::slope_stays(const Sample& s) const {
  if (!bracketed) return s.step > low.step ? most : least;
  Cubic c(s, high);
  if (s.step > high.step) c.gamma = -c.gamma;
  const double r = ((c.gamma - s.slope) + c.theta) /
                   (((c.gamma - s.slope) + c.gamma) + high.slope);
  return s.step + r * (high.step - s.step);
}

double Interval::next(const Sample& s) {
  const bool opposite = s.slope * std::copysign(1.0, low.slope) < 0;
  double step = 0;
  if (s.cost > low.cost) {
    step = beyond_minimum(s);
    bracketed = true;
  } else if (opposite) {
    step = slopes_differ(s);
    bracketed = true;
  } else if (std::abs(s.slope) < std::abs(low.slope)) {
    step = slope_shrinks(s);
  } else {
    step = slope_stays(s);
  }
  if (s.cost > low.cost) {
    high = s;
  } else {
    if (opposite) high = low;
    low = s;
  }
  return step;
}

/// Samples of ψ(α) = f(α) − decrease·α·f'(0), or back.
Sample tilted(Sample s, double tilt) {
  s.cost += tilt * s.step;
  s.slope += tilt;
  return s;
}

class Searcher {
 public:
  Searcher(Ray& ray, double first, const LineSearch& search)
      : ray_(ray), search_(search), step_(first) {
    interval_.low = interval_.high = ray.start();
    interval_.most = 5 * first;
  }

  Found run() {
    while (ray_.evaluations() < search_.evaluations) {
      if (const auto why = ray_.exhausted()) return {why, {}, false};
      const Sample s = ray_.at(step_);
      if (s.cost <= ray_.least_cost()) return {Ending::unbounded, s, false};
      if (!std::isfinite(s.cost)) {
        longest_ = s.step;
        step_ = interval_.low.step + 0.1 * (step_ - interval_.low.step);
        if (!(step_ > 0)) break;
        continue;
      }
      any_finite_ = true;
      if (ray_.strong_wolfe(s, search_) ||
          ray_.approximate_wolfe(s, search_, kNoise)) {
        return {{}, s, false};
      }
      if (s.step >= kLongest && ray_.decreased(s, search_)) {
        return {Ending::unbounded, s, false};
      }
      advance(s);
      if (stuck()) break;
    }
    if (!any_finite_) return {Ending::not_finite, {}, false};
    return give_up(ray_);
  }

 private:
  bool stuck() const {
    const Interval& i = interval_;
    return i.bracketed && (at_end_ || i.most - i.least <= kNarrow * i.most);
  }

  void advance(const Sample& s) {
    const double slope = search_.decrease * ray_.start().slope;
    if (first_stage_ && ray_.decreased(s, search_) && s.slope >= 0) {
      first_stage_ = false;
    }
    // Where the value is low but not low enough, ψ leads on (section 3).
    const bool modified = first_stage_ && s.cost <= interval_.low.cost &&
                          !ray_.decreased(s, search_);
    if (modified) {
      Interval& i = interval_;
      i.low = tilted(i.low, -slope);
      i.high = tilted(i.high, -slope);
      step_ = i.next(tilted(s, -slope));
      i.low = tilted(i.low, slope);
      i.high = tilted(i.high, slope);
    } else {
      step_ = interval_.next(s);
    }
    shrink();
  }

  void shrink() {
    Interval& i = interval_;
    const double low = i.low.step, high = i.high.step;
    if (i.bracketed) {
      const double width = std::abs(high - low);
      if (width >= 0.66 * width_before_last_) step_ = low + 0.5 * (high - low);
      width_before_last_ = width_;
      width_ = width;
      i.least = std::min(low, high);
      i.most = std::max(low, high);
    } else {
      i.least = step_ + 1.1 * (step_ - low);
      i.most = step_ + 4 * (step_ - low);
    }
    step_ = std::min(step_, kLongest);
    if (step_ >= longest_) step_ = 0.5 * (low + longest_);
    at_end_ = i.bracketed && (step_ <= i.least || step_ >= i.most);
  }

  Ray& ray_;
  const LineSearch& search_;
  Interval interval_;
  double step_;
  double longest_ = std::numeric_limits<double>::infinity();
  double width_ = kLongest, width_before_last_ = 2 * kLongest;
  bool first_stage_ = true, any_finite_ = false, at_end_ = false;
};

}  // namespace

Found search_more_thuente(Ray& ray, double first, const LineSearch& search) {
  return Searcher(ray, first, search).run();
}

}  // namespace weft::minimizers
