#include "src/train/minimizers/descent.h"

#include <algorithm>
#include <cmath>

namespace weft::minimizers {

double first_step(In gradient) {
  const double length = norm(gradient);
  return length > 1 ? 1 / length : 1;
}

Descent::Descent(const LineSearch& search, Problem& problem)
    : search_(search),
      ray_(problem),
      d_(problem.size()),
      s_(problem.size()),
      y_(problem.size()) {}

std::optional<Ending> Descent::step(Place& place, Problem& problem) {
  while (true) {
    const bool was_fresh = fresh();
    const auto first = direction(place, problem, d_);
    if (!first) return problem.exhausted().value_or(Ending::no_progress);
    ray_.begin(place, d_);
    if (!(ray_.start().slope < 0) || !std::isfinite(ray_.start().slope)) {
      if (was_fresh) return Ending::no_descent;
      forget();
      continue;
    }
    const Found found = search_line(ray_, *first, search_);
    if (found.ending) {
      // What was learnt may mislead; the gradient can't, but for rounding.
      const bool failed = *found.ending == Ending::no_progress ||
                          *found.ending == Ending::not_finite;
      if (failed && !was_fresh) {
        forget();
        continue;
      }
      return found.ending;
    }
    const In x = ray_.x(found.is_best), g = ray_.gradient(found.is_best);
    difference(x, place.x, s_);
    difference(g, place.gradient, y_);
    const double moved = norm(s_);
    if (!(moved > 0)) {  // the parameters can't hold a number that near
      if (was_fresh) return Ending::no_progress;
      forget();
      continue;
    }
    copy(x, place.x);
    copy(g, place.gradient);
    place.cost = found.sample.cost;
    place.step = moved;
    accepted(place, d_, s_, y_, ray_.start(), found.sample);
    return {};
  }
}

}  // namespace weft::minimizers
