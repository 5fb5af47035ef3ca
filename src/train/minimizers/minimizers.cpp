#include "weft/minimizers.h"

#include <cmath>
#include <cstdio>
#include <ostream>

#include "src/train/minimizers/search.h"
#include "weft/error.h"
#include "weft/initializers.h"

namespace weft {

namespace minimizers {

Out Memory::vector(std::string_view name, std::size_t size) {
  const std::string path = this->path(name);
  const Shape shape{static_cast<std::int64_t>(size)};
  if (!state_.contains(path)) {
    state_.add({path, Tensor(DType::f64, shape), false});
  }
  const Tensor tensor = state_.at(path);
  if (tensor.dtype() != DType::f64 || tensor.shape() != shape) {
    throw ShapeError("[find_minimum] the memory's entry '" + path + "' is " +
                     to_string(tensor.type()) + ", this search needs f64(" +
                     std::to_string(size) + "); give it an empty state");
  }
  Tensor shared = tensor;
  return shared.values<double>();
}

namespace {

void check(const StoppingRules& r, std::size_t size) {
  auto require = [](bool holds, const char* name) {
    if (!holds) {
      throw GraphError("[find_minimum] the stopping rule " + std::string(name) +
                       " must be a number that is not negative");
    }
  };
  require(r.gradient >= 0, "gradient");
  require(r.relative_change >= 0, "relative_change");
  require(r.iterations >= 0, "iterations");
  require(r.evaluations >= 0, "evaluations");
  require(r.seconds >= 0, "seconds");
  if (size == 0) {
    throw GraphError("[find_minimum] the objective has no unknowns");
  }
}

class Search {
 public:
  Search(Objective& objective, const Method& method,
         const MinimumOptions& options)
      : options_(options),
        problem_(objective, options.stop),
        state_(options.memory ? *options.memory : own_),
        known_(state_.contains("minimizer/x")),
        memory_(state_, "minimizer") {
    check(options.stop, problem_.size());
    place_.x = memory_.vector("x", problem_.size());
    place_.gradient = memory_.vector("gradient", problem_.size());
    numbers_ = memory_.vector("numbers", kNumbers);
    stepper_ = std::visit(
        [&](const auto& m) { return make_stepper(m, problem_, state_); },
        method);
  }

  Minimum run() {
    const Ending ending = known_ ? go_on() : begin();
    problem_.objective().store(place_.x);
    return result(ending);
  }

 private:
  enum {
    kCost,
    kStep,
    kIteration,
    kEvaluations,
    kProducts,
    kJacobians,
    kNumbers
  };

  Ending begin() {
    const std::vector<double> start =
        options_.start.empty() ? problem_.objective().start() : options_.start;
    if (start.size() != problem_.size()) {
      throw ShapeError("[find_minimum] the start has " +
                       std::to_string(start.size()) +
                       " numbers, the objective " +
                       std::to_string(problem_.size()) + " unknowns");
    }
    copy(start, place_.x);
    problem_.objective().round(place_.x);
    place_.cost = problem_.evaluate(place_.x, place_.gradient);
    remember();
    return loop();
  }

  Ending go_on() {
    place_.cost = numbers_[kCost];
    place_.step = numbers_[kStep];
    iteration_ = static_cast<std::int64_t>(numbers_[kIteration]);
    problem_.evaluations = static_cast<std::int64_t>(numbers_[kEvaluations]);
    problem_.hessian_products = static_cast<std::int64_t>(numbers_[kProducts]);
    problem_.jacobians = static_cast<std::int64_t>(numbers_[kJacobians]);
    // One that has changed is not what the memory tells of.
    std::vector<double> gradient(problem_.size());
    const double cost = problem_.objective().evaluate(place_.x, gradient);
    bool same = cost == place_.cost;
    for (std::size_t i = 0; same && i < gradient.size(); ++i) {
      same = gradient[i] == place_.gradient[i];
    }
    if (!same) {
      place_.cost = cost;
      copy(gradient, place_.gradient);
      stepper_->forget();
      remember();
    }
    return loop();
  }

  void remember() {
    numbers_[kCost] = place_.cost;
    numbers_[kStep] = place_.step;
    numbers_[kIteration] = static_cast<double>(iteration_);
    numbers_[kEvaluations] = static_cast<double>(problem_.evaluations);
    numbers_[kProducts] = static_cast<double>(problem_.hessian_products);
    numbers_[kJacobians] = static_cast<double>(problem_.jacobians);
  }

  std::optional<Ending> finished() const {
    const StoppingRules& r = options_.stop;
    if (place_.cost <= r.least_cost) return Ending::unbounded;
    if (!std::isfinite(place_.cost) || !all_finite(place_.gradient)) {
      return Ending::not_finite;
    }
    if (largest(place_.gradient) <= r.gradient) return Ending::gradient;
    if (r.iterations > 0 && iteration_ >= r.iterations) {
      return Ending::iterations;
    }
    if (options_.stop_flag && *options_.stop_flag) return Ending::stopped;
    return problem_.exhausted();
  }

  Ending loop() {
    while (true) {
      if (const auto why = finished()) return *why;
      const double before = place_.cost;
      if (const auto why = stepper_->step(place_, problem_)) return *why;
      ++iteration_;
      remember();
      if (options_.on_iteration) {
        problem_.objective().store(place_.x);
        if (!options_.on_iteration(point())) return Ending::stopped;
      }
      const double limit = options_.stop.relative_change *
                           std::max(std::abs(before), std::abs(place_.cost));
      if (limit > 0 && before - place_.cost <= limit &&
          largest(place_.gradient) > options_.stop.gradient) {
        return Ending::relative_change;
      }
    }
  }

  SearchPoint point() const {
    return {iteration_,  place_.cost,          largest(place_.gradient),
            place_.step, problem_.evaluations, problem_.seconds()};
  }

  Minimum result(Ending ending) const {
    Minimum m;
    m.ending = ending;
    m.x.assign(place_.x.begin(), place_.x.end());
    m.gradient.assign(place_.gradient.begin(), place_.gradient.end());
    m.cost = place_.cost;
    m.gradient_norm = largest(place_.gradient);
    m.iterations = iteration_;
    m.evaluations = problem_.evaluations;
    m.hessian_products = problem_.hessian_products;
    m.jacobians = problem_.jacobians;
    m.seconds = problem_.seconds();
    char figures[160];
    std::snprintf(figures, sizeof figures,
                  ": cost %.10g, largest gradient %.3g, after %lld iterations "
                  "and %lld evaluations",
                  m.cost, m.gradient_norm, static_cast<long long>(m.iterations),
                  static_cast<long long>(m.evaluations));
    m.message = std::string(to_string(ending)) + figures;
    return m;
  }

  const MinimumOptions& options_;
  Problem problem_;
  State own_;
  State& state_;
  const bool known_;  ///< the memory has the place of an earlier search
  Memory memory_;
  Place place_;
  Out numbers_;
  std::unique_ptr<Stepper> stepper_;
  std::int64_t iteration_ = 0;
};

}  // namespace
}  // namespace minimizers

std::string_view name_of(const Method& method) {
  return std::visit([](const auto& m) { return m.name; }, method);
}

std::string_view to_string(Ending ending) {
  switch (ending) {
    case Ending::gradient: return "the gradient is small enough";
    case Ending::relative_change: return "the cost hardly changes any more";
    case Ending::no_progress:
      return "no step makes the cost smaller in this precision";
    case Ending::iterations: return "as many iterations as allowed";
    case Ending::evaluations: return "as many evaluations as allowed";
    case Ending::time: return "the time is over";
    case Ending::stopped: return "stopped";
    case Ending::early_stopping:
      return "the loss on held-out data does not get better any more";
    case Ending::not_finite: return "cost or gradient are not finite";
    case Ending::unbounded: return "the cost falls without bound";
    case Ending::no_descent: break;
  }
  return "the gradient does not lead downhill";
}

bool converged(Ending ending) {
  return ending == Ending::gradient || ending == Ending::relative_change ||
         ending == Ending::no_progress;
}

std::function<bool(const SearchPoint&)> search_progress(std::ostream& out) {
  return [&out](const SearchPoint& p) {
    char line[160];
    std::snprintf(line, sizeof line,
                  "Iteration %4lld  cost %.8g  largest gradient %.2e  step "
                  "%.2e  %lld evaluations  %.1f s\n",
                  static_cast<long long>(p.iteration), p.cost, p.gradient_norm,
                  p.step, static_cast<long long>(p.evaluations), p.seconds);
    out << line << std::flush;
    return true;
  };
}

Minimum find_minimum(Objective& objective, const Method& method,
                     const MinimumOptions& options) {
  return minimizers::Search(objective, method, options).run();
}

Minimum find_minimum(Value loss, State& state, const Method& method,
                     const MinimumOptions& options) {
  return find_minimum(*make_objective(loss, state), method, options);
}

Minimum find_minimum(Value loss, const Method& method,
                     const MinimumOptions& options) {
  State state = initialize(loss.graph());
  return find_minimum(loss, state, method, options);
}

Value unknown(Graph& graph, const Shape& shape, std::string_view name,
              double start, Source at) {
  return graph.parameter(name, shape,
                         initializers::constant(start)(shape, DType::f64),
                         DType::f64, at);
}

}  // namespace weft
