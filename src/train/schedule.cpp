#include <algorithm>
#include <cmath>
#include <numbers>

#include "weft/error.h"
#include "weft/train.h"

namespace weft {

namespace {

/// From 1 at t = 0 to 0 at t = 1.
double falling(double t) { return (1 + std::cos(std::numbers::pi * t)) / 2; }

/// Which share of its cycle is over, where cycles grow.
double phase(double step, double period, double growth) {
  if (growth == 1) return std::fmod(step, period) / period;
  double length = period;
  // Sizes beyond those of any training end it, whatever the growth is.
  for (int i = 0; i < 1000 && step >= length && length > 0; ++i) {
    step -= length;
    length *= growth;
  }
  return length > 0 ? std::min(step / length, 1.0) : 1;
}

double cycle(double step, double length, double rise) {
  constexpr double kFirst = 1.0 / 25, kLast = kFirst * 1e-4;
  const double turn = rise * length - 1, rest = length - 1 - turn;
  if (step <= turn) return 1 + (kFirst - 1) * falling(step / turn);
  return kLast + (1 - kLast) * falling(std::min((step - turn) / rest, 1.0));
}

}  // namespace

double Schedule::rate(double base, double step) const {
  double rate = base;
  if (name == "step") {
    rate *= std::pow(factor, std::floor(step / period));
  } else if (name == "exponential") {
    rate *= std::pow(factor, step / period);
  } else if (name == "cosine") {
    rate *= factor + (1 - factor) * falling(std::min(step / period, 1.0));
  } else if (name == "warm_restarts") {
    rate *= factor + (1 - factor) * falling(phase(step, period, power));
  } else if (name == "multistep") {
    for (const double s : steps) rate *= step >= s ? factor : 1;
  } else if (name == "polynomial") {
    rate *= std::pow(std::max(0.0, 1 - step / period), power);
  } else if (name == "one_cycle") {
    rate *= cycle(step, period, rise);
  } else if (name != "constant" && name != "plateau") {
    throw GraphError("[schedule] there is no '" + name +
                     "'; known are constant, step, exponential, cosine, "
                     "warm_restarts, multistep, polynomial, one_cycle and "
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
Schedule multistep(std::vector<double> steps, double factor) {
  return {.name = "multistep", .factor = factor, .steps = std::move(steps)};
}
Schedule polynomial(double length, double power) {
  return {.name = "polynomial", .period = length, .power = power};
}
Schedule warm_restarts(double period, double growth, double least) {
  return {.name = "warm_restarts",
          .factor = least,
          .period = period,
          .power = growth};
}
Schedule one_cycle(double length, double rise) {
  return {.name = "one_cycle", .period = length, .rise = rise};
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
