#pragma once

// What the methods share: a counted objective, the place of a search, and its
// memory.

#include <chrono>
#include <optional>
#include <string>

#include "src/train/minimizers/vectors.h"
#include "weft/minimizers.h"

namespace weft::minimizers {

/// An objective with its limits.
class Problem {
 public:
  Problem(Objective& objective, const StoppingRules& rules)
      : objective_(objective), rules_(rules) {}

  std::size_t size() const {
    return static_cast<std::size_t>(objective_.size());
  }
  Objective& objective() { return objective_; }
  /// Counts.
  double evaluate(In x, Out gradient) {
    ++evaluations;
    return objective_.evaluate(x, gradient);
  }
  void hessian_times(In x, In v, Out product) {
    ++hessian_products;
    objective_.hessian_times(x, v, product);
  }
  /// The rule that forbids another evaluation, if there is one.
  std::optional<Ending> exhausted() const {
    if (rules_.evaluations > 0 && evaluations >= rules_.evaluations) {
      return Ending::evaluations;
    }
    if (rules_.seconds > 0 && seconds() >= rules_.seconds) return Ending::time;
    return {};
  }
  double seconds() const {
    return std::chrono::duration<double>(Clock::now() - begin_).count();
  }
  const StoppingRules& rules() const { return rules_; }

  std::int64_t evaluations = 0;
  std::int64_t hessian_products = 0;
  std::int64_t jacobians = 0;

 private:
  using Clock = std::chrono::steady_clock;
  Objective& objective_;
  const StoppingRules& rules_;
  const Clock::time_point begin_ = Clock::now();
};

/// Where a search keeps numbers between its iterations: entries of a State.
class Memory {
 public:
  Memory(State& state, std::string prefix)
      : state_(state), prefix_(std::move(prefix)) {}
  /// The vector of that name; zeros if it is new.
  Out vector(std::string_view name, std::size_t size);
  std::string path(std::string_view name) const {
    return prefix_ + "/" + std::string(name);
  }

 private:
  State& state_;
  std::string prefix_;
};

/// The point that a search has reached.
struct Place {
  Out x, gradient;
  double cost = 0;
  double step = 0;  ///< ‖x − x before‖
};

/// A method at work.
class Stepper {
 public:
  virtual ~Stepper() = default;
  /// One iteration: moves `place`, or leaves it as it is and says why.
  virtual std::optional<Ending> step(Place& place, Problem& problem) = 0;
  /// Forgets what was learnt about the objective.
  virtual void forget() = 0;
};

/// `prefix` of the memory's entries is minimizer/NAME.
std::unique_ptr<Stepper> make_stepper(const GradientDescent&, Problem&, State&);
std::unique_ptr<Stepper> make_stepper(const ConjugateGradient&, Problem&,
                                      State&);
std::unique_ptr<Stepper> make_stepper(const Bfgs&, Problem&, State&);
std::unique_ptr<Stepper> make_stepper(const Lbfgs&, Problem&, State&);
std::unique_ptr<Stepper> make_stepper(const NewtonCg&, Problem&, State&);
std::unique_ptr<Stepper> make_stepper(const LevenbergMarquardt&, Problem&,
                                      State&);

/// Throws GraphError if `bytes` are more than `limit`, or ¾ of the machine's
/// memory if that is 0.
void check_memory(std::string_view method, double bytes, std::int64_t limit,
                  const std::string& what, std::string_view remedy);

}  // namespace weft::minimizers
