#include "src/train/minimizers/line_search.h"

#include <algorithm>
#include <cmath>

namespace weft::minimizers {

Ray::Ray(Problem& problem)
    : problem_(problem),
      x_(problem.size()),
      gradient_(problem.size()),
      best_x_(problem.size()),
      best_gradient_(problem.size()) {}

void Ray::begin(const Place& place, In d) {
  from_ = place.x;
  direction_ = d;
  start_ = best_ = {0, place.cost, dot(place.gradient, d)};
  evaluations_ = 0;
}

Sample Ray::at(double step) {
  // The point before this one is kept if it is the best.
  sum(from_, step, direction_, x_);
  problem_.objective().round(x_);
  ++evaluations_;
  Sample s{step, problem_.evaluate(x_, gradient_), 0};
  if (s.cost <= least_cost()) return s;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (!std::isfinite(s.cost) || !all_finite(gradient_)) {
    return {step, kInfinity, kInfinity};
  }
  s.slope = dot(gradient_, direction_);
  if (s.cost < best_.cost) {
    best_ = s;
    copy(x_, best_x_);
    copy(gradient_, best_gradient_);
  }
  return s;
}

bool Ray::decreased(const Sample& s, const LineSearch& search) const {
  return s.cost <= start_.cost + search.decrease * s.step * start_.slope;
}

bool Ray::strong_wolfe(const Sample& s, const LineSearch& search) const {
  return decreased(s, search) &&
         std::abs(s.slope) <= -search.curvature * start_.slope;
}

bool Ray::approximate_wolfe(const Sample& s, const LineSearch& search,
                            double noise) const {
  const double decrease = std::min(search.decrease, 0.4);
  return s.cost <= start_.cost + noise * std::abs(start_.cost) &&
         s.slope >= search.curvature * start_.slope &&
         s.slope <= (2 * decrease - 1) * start_.slope;
}

Found give_up(const Ray& ray) {
  if (ray.best().step > 0) return {{}, ray.best(), true};
  return {Ending::no_progress, {}, false};
}

Found search_backtracking(Ray& ray, double first, const LineSearch& search) {
  double step = first;
  bool any_finite = false;
  Sample before;
  while (ray.evaluations() < search.evaluations) {
    if (const auto why = ray.exhausted()) return {why, {}, false};
    const Sample s = ray.at(step);
    if (s.cost <= ray.least_cost()) return {Ending::unbounded, s, false};
    if (ray.decreased(s, search) || ray.approximate_wolfe(s, search, kNoise)) {
      return {{}, s, false};
    }
    const double f0 = ray.start().cost, g0 = ray.start().slope;
    double next = step / 10;
    if (std::isfinite(s.cost)) {
      // The least point of the parabola through both values and the slope.
      next = -g0 * step * step / (2 * (s.cost - f0 - g0 * step));
      if (any_finite) {  // and of the cubic through the last three values
        const double a = s.cost - f0 - g0 * step;
        const double b = before.cost - f0 - g0 * before.step;
        const double u = step * step, v = before.step * before.step;
        const double c3 = (a / u - b / v) / (step - before.step);
        const double c2 =
            (-before.step * a / u + step * b / v) / (step - before.step);
        const double root = c2 * c2 - 3 * c3 * g0;
        if (c3 != 0 && root >= 0) next = (-c2 + std::sqrt(root)) / (3 * c3);
      }
      any_finite = true;
      before = s;
    }
    if (!(next >= 0.1 * step)) next = 0.1 * step;
    step = std::min(next, 0.5 * step);
    if (!(step > 0)) break;
  }
  if (!any_finite) return {Ending::not_finite, {}, false};
  return give_up(ray);
}

Found search_line(Ray& ray, double first, const LineSearch& search) {
  switch (search.kind) {
    case LineSearch::Kind::backtracking:
      return search_backtracking(ray, first, search);
    case LineSearch::Kind::hager_zhang:
      return search_hager_zhang(ray, first, search);
    case LineSearch::Kind::more_thuente: break;
  }
  return search_more_thuente(ray, first, search);
}

}  // namespace weft::minimizers
