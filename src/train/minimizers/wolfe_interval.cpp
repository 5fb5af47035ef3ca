#include "src/train/minimizers/wolfe_interval.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace weft::minimizers {

namespace {

constexpr int kMost = 25;  // evaluations of a search
constexpr double kDecrease = 1e-4, kCurvature = 0.9;

/// Where the cubic through both ends, with their slopes, is least; the middle
/// of the bounds if it has no minimum.
double least_of_cubic(const Trial& one, const Trial& other, double lowest,
                      double highest) {
  const bool ordered = one.step <= other.step;
  const Trial &a = ordered ? one : other, &b = ordered ? other : one;
  const double d1 =
      a.slope + b.slope - 3 * (a.cost - b.cost) / (a.step - b.step);
  const double square = d1 * d1 - a.slope * b.slope;
  const double middle = (lowest + highest) / 2;
  if (!(square >= 0)) return middle;
  const double d2 = std::sqrt(square);
  const double share = (b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2);
  const double at = b.step - (b.step - a.step) * share;
  return std::isnan(at) ? middle : std::clamp(at, lowest, highest);
}

}  // namespace

WolfeInterval::WolfeInterval(std::size_t size)
    : point_(size), next_{.gradient = std::vector<double>(size)} {
  for (Trial& t : ends_) t.gradient.resize(size);
}

void WolfeInterval::evaluate(Objective& objective, In x, In d, double step,
                             Trial& into) {
  sum(x, step, d, point_);
  objective.round(point_);
  into.step = step;
  into.cost = objective.evaluate(point_, into.gradient);
  into.slope = dot(into.gradient, d);
  if (!std::isfinite(into.cost) || !all_finite(into.gradient)) {
    into.cost = std::numeric_limits<double>::infinity();
  }
}

bool WolfeInterval::too_high(const Trial& t) const {
  return t.cost > start_->cost + kDecrease * t.step * start_->slope;
}

bool WolfeInterval::flat(const Trial& t) const {
  return std::abs(t.slope) <= -kCurvature * start_->slope;
}

const Trial& WolfeInterval::search(Objective& objective, In x, In d,
                                   const Trial& start, double step,
                                   double change) {
  objective_ = &objective;
  x_ = x, d_ = d, start_ = &start;
  evaluations_ = 0;
  bracket(step);
  shrink(change / largest(d));
  return low();
}

/// Goes on to longer steps until the last two have a good one between them.
void WolfeInterval::bracket(double step) {
  Trial& before = ends_[0];
  before = *start_;
  evaluate(step);
  found_ = false;
  bool inside = false;
  for (int count = 0; count < kMost; ++count) {
    if (too_high(next_) || (count > 1 && next_.cost >= before.cost)) {
      inside = true;
    } else if (flat(next_)) {
      found_ = true;
    } else if (next_.slope >= 0) {
      inside = true;
    }
    if (inside || found_) break;
    const double further = next_.step + 0.01 * (next_.step - before.step);
    const double to = least_of_cubic(before, next_, further, 10 * next_.step);
    std::swap(before, next_);
    evaluate(to);
  }
  if (!inside && !found_) before = *start_;
  std::swap(ends_[1], next_);
  low_ = !found_ && ends_[0].cost <= ends_[1].cost ? 0 : 1;
}

/// A step between the ends, which is not near one of them twice in turn.
double WolfeInterval::inside(bool& slow) const {
  const auto [least, most] = std::minmax(ends_[0].step, ends_[1].step);
  const double at = least_of_cubic(ends_[0], ends_[1], least, most);
  const double margin = 0.1 * (most - least);
  if (!(std::min(most - at, at - least) < margin)) {
    slow = false;
    return at;
  }
  if (!slow && at < most && at > least) {
    slow = true;
    return at;
  }
  slow = false;
  return most - at < at - least ? most - margin : least + margin;
}

void WolfeInterval::shrink(double narrow) {
  bool slow = false;
  while (!found_ && evaluations_ <= kMost) {
    if (std::abs(ends_[1].step - ends_[0].step) < narrow) return;
    evaluate(inside(slow));
    if (too_high(next_) || next_.cost >= low().cost) {
      std::swap(high(), next_);
      low_ = ends_[0].cost <= ends_[1].cost ? 0 : 1;
      continue;
    }
    found_ = flat(next_);
    if (!found_ && next_.slope * (high().step - low().step) >= 0) {
      std::swap(high(), low());
    }
    std::swap(low(), next_);
  }
}

}  // namespace weft::minimizers
