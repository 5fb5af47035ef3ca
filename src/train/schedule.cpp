#include <algorithm>
#include <cmath>
#include <numbers>

#include "weft/error.h"
#include "weft/train.h"

namespace weft {

double Schedule::rate(double base, double step) const {
  double rate = base;
  if (name == "step") {
    rate *= std::pow(factor, std::floor(step / period));
  } else if (name == "exponential") {
    rate *= std::pow(factor, step / period);
  } else if (name == "cosine") {
    const double t = std::min(step / period, 1.0);
    const double falling = (1 + std::cos(std::numbers::pi * t)) / 2;
    rate *= factor + (1 - factor) * falling;
  } else if (name != "constant" && name != "plateau") {
    throw GraphError("[schedule] there is no '" + name +
                     "'; known are constant, step, exponential, cosine and "
                     "plateau");
  }
  return step < warmup ? rate * (step + 1) / warmup : rate;
}

namespace schedules {

Schedule constant() { return {}; }
Schedule step(double period, double factor) {
  return {.name = "step", .factor = factor, .period = period};
}
Schedule exponential(double period, double factor) {
  return {.name = "exponential", .factor = factor, .period = period};
}
Schedule cosine(double length, double least) {
  return {.name = "cosine", .factor = least, .period = length};
}
Schedule plateau(int patience, double factor) {
  return {.name = "plateau", .factor = factor, .patience = patience};
}
Schedule with_warmup(Schedule schedule, double steps) {
  schedule.warmup = steps;
  return schedule;
}

}  // namespace schedules
}  // namespace weft
