#include <algorithm>
#include <cmath>

#include "src/train/minimizers/descent.h"
#include "weft/error.h"

namespace weft::minimizers {

namespace {

class TruncatedNewton final : public Descent {
 public:
  TruncatedNewton(const NewtonCg& method, Problem& problem)
      : Descent(method.search, problem),
        most_(method.inner_iterations > 0
                  ? static_cast<std::size_t>(method.inner_iterations)
                  : std::min<std::size_t>(2 * problem.size(), 200)),
        residual_(problem.size()),
        conjugate_(problem.size()),
        product_(problem.size()) {}

  void forget() override { downhill_ = true; }

 protected:
  bool fresh() const override { return downhill_; }

  std::optional<double> direction(const Place& place, Problem& problem,
                                  Out d) override {
    const In g = place.gradient;
    if (std::exchange(downhill_, false)) {
      for (std::size_t i = 0; i < d.size(); ++i) d[i] = -g[i];
      return first_step(g);
    }
    // Solves Hd = −g to a residual that makes the whole converge superlinearly.
    fill(d, 0);
    copy(g, residual_);
    for (std::size_t i = 0; i < d.size(); ++i) conjugate_[i] = -g[i];
    const double length = norm(g);
    const double enough = std::min(0.5, std::sqrt(length)) * length;
    double squares = dot(residual_, residual_);
    for (std::size_t k = 0; k < most_; ++k) {
      if (problem.exhausted()) return {};
      problem.hessian_times(place.x, conjugate_, product_);
      const double curvature = dot(conjugate_, product_);
      const double long_enough = dot(conjugate_, conjugate_);
      if (!(curvature > 1e-15 * long_enough)) {
        if (k > 0) return 1;
        copy(conjugate_, d);  // negative curvature at once: downhill
        return first_step(g);
      }
      const double alpha = squares / curvature;
      add(alpha, conjugate_, d);
      add(alpha, product_, residual_);
      const double next = dot(residual_, residual_);
      if (!std::isfinite(next)) break;
      if (std::sqrt(next) <= enough) break;
      scale(conjugate_, next / squares);
      add(-1, residual_, conjugate_);
      squares = next;
    }
    return 1;
  }

  void accepted(const Place&, In, In, In, const Sample&,
                const Sample&) override {}

 private:
  const std::size_t most_;
  std::vector<double> residual_, conjugate_, product_;
  bool downhill_ = false;  ///< the next direction is the gradient's
};

}  // namespace

std::unique_ptr<Stepper> make_stepper(const NewtonCg& m, Problem& p, State&) {
  return std::make_unique<TruncatedNewton>(m, p);
}

}  // namespace weft::minimizers
