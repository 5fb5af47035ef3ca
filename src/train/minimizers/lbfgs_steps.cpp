#include "weft/lbfgs_steps.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "src/train/minimizers/search.h"
#include "src/train/minimizers/wolfe_interval.h"
#include "weft/error.h"

namespace weft {

using minimizers::In;
using minimizers::Out;
using minimizers::Trial;

namespace {

void check(const LbfgsStepOptions& o) {
  auto require = [](bool holds, const char* what) {
    if (!holds) throw GraphError("[lbfgs_steps] " + std::string(what));
  };
  require(o.learning_rate > 0 && std::isfinite(o.learning_rate),
          "learning_rate must be a positive number");
  require(o.iterations >= 1, "iterations must be at least 1");
  require(o.evaluations >= 0, "evaluations must not be negative");
  require(o.gradient >= 0 && o.change >= 0,
          "gradient and change must not be negative");
  require(o.history >= 1, "history must be at least 1");
}

double sum_of_sizes(In x) {
  double total = 0;
  for (const double v : x) total += std::abs(v);
  return total;
}

}  // namespace

struct LbfgsSteps::Impl {
  Impl(State& state, const LbfgsStepOptions& o)
      : options(o),
        memory(state, "lbfgs_steps"),
        numbers(memory.vector("numbers", kNumbers)) {}

  /// Memory for n unknowns.
  void prepare(std::size_t n) {
    if (n == size) return;
    const auto rows = static_cast<std::size_t>(options.history);
    s = memory.vector("s", rows * n);
    y = memory.vector("y", rows * n);
    products = memory.vector("products", rows);
    d = memory.vector("direction", n);
    before = memory.vector("gradient", n);
    factors.resize(rows);
    here.gradient.resize(n);
    search.emplace(n);
    size = n;
  }

  double step(Objective& objective, Out x);
  void iterate(Objective& objective, Out x);
  bool move(Objective& objective, Out x, double rate, bool last);
  double next_direction();
  void learn();
  void two_loops();

  enum { kIterations, kCount, kNext, kScale, kRate, kNumbers };

  Out row(Out matrix, std::size_t i) const {
    return matrix.subspan(i * size, size);
  }
  /// The place of the i-th pair, counted from the newest.
  std::size_t slot(std::size_t i) const {
    const auto rows = static_cast<std::size_t>(options.history);
    return (static_cast<std::size_t>(numbers[kNext]) + 2 * rows - 1 - i) % rows;
  }

  const LbfgsStepOptions options;
  minimizers::Memory memory;
  Out numbers, s, y, products, d, before;
  std::size_t size = 0;
  std::vector<double> factors;
  Trial here;
  std::optional<minimizers::WolfeInterval> search;
  int evaluations = 0;
};

double LbfgsSteps::Impl::step(Objective& objective, Out x) {
  if (x.empty() || x.size() != static_cast<std::size_t>(objective.size())) {
    throw GraphError("[lbfgs_steps] x has " + std::to_string(x.size()) +
                     " numbers, the objective " +
                     std::to_string(objective.size()));
  }
  prepare(x.size());
  objective.round(x);
  here.cost = objective.evaluate(x, here.gradient);
  evaluations = 1;
  const double cost = here.cost;
  const bool finite =
      std::isfinite(cost) && minimizers::all_finite(here.gradient);
  if (finite && minimizers::largest(here.gradient) > options.gradient) {
    iterate(objective, x);
  }
  objective.store(x);
  return cost;
}

void LbfgsSteps::Impl::iterate(Objective& objective, Out x) {
  const int most = options.evaluations > 0 ? options.evaluations
                                           : options.iterations * 5 / 4;
  for (int i = 1; i <= options.iterations; ++i) {
    const double cost = here.cost, rate = next_direction();
    here.slope = minimizers::dot(here.gradient, d);
    numbers[kRate] = rate;
    // A direction that promises less than rounding, or leads uphill.
    if (!(here.slope <= -options.change)) return;
    const bool last = i == options.iterations;
    if (!move(objective, x, rate, last) || last || evaluations >= most) return;
    if (minimizers::largest(here.gradient) <= options.gradient) return;
    const double moved = numbers[kRate] * minimizers::largest(d);
    if (moved <= options.change) return;
    if (std::abs(here.cost - cost) < options.change) return;
  }
}

/// Takes the step along d; false if it would lead where f is not finite.
bool LbfgsSteps::Impl::move(Objective& objective, Out x, double rate,
                            bool last) {
  if (options.line_search) {
    const Trial& found =
        search->search(objective, x, d, here, rate, options.change);
    evaluations += search->evaluations();
    numbers[kRate] = found.step;
    here.cost = found.cost;
    minimizers::copy(found.gradient, here.gradient);
  } else if (!last) {
    Trial& tried = search->trial();
    search->evaluate(objective, x, d, rate, tried);
    ++evaluations;
    if (!std::isfinite(tried.cost)) {
      numbers[kRate] = 0;
      return false;
    }
    here.cost = tried.cost;
    minimizers::copy(tried.gradient, here.gradient);
  }
  minimizers::add(numbers[kRate], d, x);
  objective.round(x);
  return true;
}

/// Writes the direction from x; returns the step to try first.
double LbfgsSteps::Impl::next_direction() {
  const double rate = options.learning_rate;
  const bool first = numbers[kIterations]++ == 0;
  if (!first) learn();
  minimizers::copy(here.gradient, before);
  for (std::size_t i = 0; i < size; ++i) d[i] = -here.gradient[i];
  if (first) return rate * std::min(1.0, 1 / sum_of_sizes(here.gradient));
  two_loops();
  return rate;
}

/// The pair of the last step along d: s is that step, y what it did to the
/// gradient.
void LbfgsSteps::Impl::learn() {
  const auto at = static_cast<std::size_t>(numbers[kNext]);
  double sy = 0, yy = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const double change = here.gradient[i] - before[i];
    sy += change * d[i] * numbers[kRate];
    yy += change * change;
  }
  if (!(sy > 1e-10)) return;
  minimizers::difference(here.gradient, before, row(y, at));
  for (std::size_t i = 0; i < size; ++i) row(s, at)[i] = d[i] * numbers[kRate];
  const double most = options.history;
  products[at] = sy;
  numbers[kScale] = sy / yy;
  numbers[kNext] = static_cast<double>((at + 1) % factors.size());
  numbers[kCount] = std::min(numbers[kCount] + 1, most);
}

void LbfgsSteps::Impl::two_loops() {
  const auto count = static_cast<std::size_t>(numbers[kCount]);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t k = slot(i);
    factors[k] = minimizers::dot(row(s, k), d) / products[k];
    minimizers::add(-factors[k], row(y, k), d);
  }
  if (count > 0) minimizers::scale(d, numbers[kScale]);
  for (std::size_t i = count; i-- > 0;) {
    const std::size_t k = slot(i);
    const double b = minimizers::dot(row(y, k), d) / products[k];
    minimizers::add(factors[k] - b, row(s, k), d);
  }
}

LbfgsSteps::LbfgsSteps(State& memory, const LbfgsStepOptions& options) {
  check(options);
  impl_ = std::make_unique<Impl>(memory, options);
}
LbfgsSteps::~LbfgsSteps() = default;
LbfgsSteps::LbfgsSteps(LbfgsSteps&&) noexcept = default;

double LbfgsSteps::step(Objective& objective, std::span<double> x) {
  return impl_->step(objective, x);
}

double LbfgsSteps::step(Objective& objective) {
  std::vector<double> x = objective.start();
  return impl_->step(objective, x);
}

std::int64_t LbfgsSteps::iterations() const {
  return static_cast<std::int64_t>(impl_->numbers[Impl::kIterations]);
}

}  // namespace weft
