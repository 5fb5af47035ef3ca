#include <algorithm>
#include <cmath>

#include "src/train/minimizers/descent.h"

namespace weft::minimizers {

namespace {

/// Gradient descent is the method with β = 0.
class Conjugate final : public Descent {
 public:
  using Beta = ConjugateGradient::Beta;

  Conjugate(std::optional<Beta> beta, const LineSearch& search,
            Problem& problem, Memory memory)
      : Descent(search, problem),
        beta_(beta),
        direction_(memory.vector("direction", problem.size())),
        numbers_(memory.vector("numbers", 4)) {}

  void forget() override { fill(numbers_, 0); }

 protected:
  bool fresh() const override { return numbers_[kDirections] == 0; }

  std::optional<double> direction(const Place& place, Problem&,
                                  Out d) override {
    if (fresh()) {
      for (std::size_t i = 0; i < d.size(); ++i) d[i] = -place.gradient[i];
      return first_step(place.gradient);
    }
    copy(direction_, d);
    // The same decrease to first order as that of the step before (Nocedal and
    // Wright 2006, (3.60)).
    const double slope = dot(place.gradient, d);
    if (slope < 0) {
      const double step = numbers_[kDecrease] / slope;
      if (step > 0 && std::isfinite(step)) return step;
    }
    return first_step(place.gradient);
  }

  void accepted(const Place& place, In d, In s, In y, const Sample& start,
                const Sample& found) override {
    (void)s;
    const In g = place.gradient;
    const double beta = next_beta(g, d, y);
    const auto most = std::max<double>(20, static_cast<double>(d.size()));
    bool restart = !std::isfinite(beta) || numbers_[kDirections] >= most;
    if (!restart) {
      for (std::size_t i = 0; i < d.size(); ++i) {
        direction_[i] = beta * d[i] - g[i];
      }
      // A direction at nearly right angles to the gradient leads nowhere.
      const double slope = dot(g, direction_);
      restart = !(slope < -1e-10 * norm(g) * norm(direction_));
    }
    if (restart) {
      for (std::size_t i = 0; i < d.size(); ++i) direction_[i] = -g[i];
    }
    numbers_[kDecrease] = found.step * start.slope;
    numbers_[kDirections] = restart ? 1 : numbers_[kDirections] + 1;
  }

 private:
  enum { kDirections, kDecrease };

  /// ‖g − y‖², of the gradient that the step began with.
  static double squares_before(In g, In y) {
    double total = 0;
    for (std::size_t i = 0; i < g.size(); ++i) {
      total += (g[i] - y[i]) * (g[i] - y[i]);
    }
    return total;
  }

  double next_beta(In g, In d, In y) const {
    if (!beta_) return 0;
    const double dy = dot(d, y);
    switch (*beta_) {
      case Beta::fletcher_reeves: return dot(g, g) / squares_before(g, y);
      case Beta::polak_ribiere:
        return std::max(0.0, dot(g, y) / squares_before(g, y));
      case Beta::hestenes_stiefel: return dot(g, y) / dy;
      case Beta::dai_yuan: return dot(g, g) / dy;
      case Beta::hager_zhang: break;
    }
    const double beta = (dot(y, g) - 2 * dot(y, y) / dy * dot(d, g)) / dy;
    // The bound with which it converges for any function ((1.6) of the paper).
    const double length = std::sqrt(squares_before(g, y));
    return std::max(beta, -1 / (norm(d) * std::min(0.01, length)));
  }

  const std::optional<Beta> beta_;
  const Out direction_, numbers_;
};

}  // namespace

std::unique_ptr<Stepper> make_stepper(const GradientDescent& m, Problem& p,
                                      State& state) {
  return std::make_unique<Conjugate>(
      std::nullopt, m.search, p, Memory(state, "minimizer/gradient_descent"));
}

std::unique_ptr<Stepper> make_stepper(const ConjugateGradient& m, Problem& p,
                                      State& state) {
  return std::make_unique<Conjugate>(
      m.beta, m.search, p, Memory(state, "minimizer/conjugate_gradient"));
}

}  // namespace weft::minimizers
