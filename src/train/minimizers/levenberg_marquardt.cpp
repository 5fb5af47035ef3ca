#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <limits>

#include "src/train/minimizers/search.h"
#include "weft/error.h"

// Moré, "The Levenberg-Marquardt algorithm: implementation and theory" (1978),
// whose sections and constants are named below.

namespace weft::minimizers {

namespace {

using Matrix = Eigen::MatrixXd;
using Column = Eigen::VectorXd;
/// Changes of the cost that rounding may make, relative to it.
constexpr double kNoise = 64 * std::numeric_limits<double>::epsilon();
constexpr double kLeast = std::numeric_limits<double>::min();

/// J·P = Q·R with what is needed of it: R, P and Qᵀr.
struct Factors {
  Factors(const Matrix& jacobian, const Column& r) {
    const Eigen::ColPivHouseholderQR<Matrix> qr(jacobian);
    const auto n = jacobian.cols(), rows = std::min(n, jacobian.rows());
    upper = Matrix::Zero(n, n);
    upper.topRows(rows) =
        qr.matrixQR().topRows(rows).triangularView<Eigen::Upper>();
    order = qr.colsPermutation();
    Column full = r;
    full.applyOnTheLeft(qr.householderQ().adjoint());
    projected = Column::Zero(n);
    projected.head(rows) = full.head(rows);
    const double most = upper.diagonal().cwiseAbs().maxCoeff();
    rank = 0;
    while (rank < n && std::abs(upper(rank, rank)) > 1e-300 + 1e-15 * most) {
      ++rank;
    }
  }
  Matrix upper;
  Eigen::PermutationMatrix<Eigen::Dynamic> order;
  Column projected;
  Eigen::Index rank = 0;
};

/// The step that minimises ‖r + Jp‖ with ‖Dp‖ ≤ radius, to 10 %: sections 3
/// and 5. `parameter` is Levenberg's and is improved on.
class TrustStep {
 public:
  TrustStep(const Factors& f, const Column& scales, double radius)
      : f_(f),
        scales_(f.order.transpose() * scales),
        scales_in_order_(scales),
        radius_(radius) {}

  Column solve(double& parameter) {
    Column p = gauss_newton();
    double length = scaled(p), beyond = length - radius_;
    if (beyond <= 0.1 * radius_) {
      parameter = 0;
      return p;
    }
    double low = 0;
    if (f_.rank == f_.upper.cols()) low = newton(f_.upper, p, length, beyond);
    const Column slope =
        (f_.upper.transpose() * f_.projected).cwiseQuotient(scales_);
    double high = slope.norm() / radius_;
    if (high == 0) high = kLeast / std::min(radius_, 0.1);
    parameter = std::clamp(parameter, low, std::max(low, high));
    if (parameter == 0) parameter = slope.norm() / length;
    for (int i = 0; i < 10; ++i) {
      if (parameter == 0) parameter = std::max(kLeast, 0.001 * high);
      const Matrix upper = damped(parameter, p);
      const double before = beyond;
      length = scaled(p);
      beyond = length - radius_;
      if (std::abs(beyond) <= 0.1 * radius_ ||
          (low == 0 && beyond <= before && before < 0)) {
        break;
      }
      const double correction = newton(upper, p, length, beyond);
      if (beyond > 0) low = std::max(low, parameter);
      if (beyond < 0) high = std::min(high, parameter);
      parameter = std::max(low, parameter + correction);
    }
    return p;
  }

 private:
  double scaled(const Column& p) const {
    return p.cwiseProduct(scales_in_order_).norm();
  }

  Column gauss_newton() const {
    const auto k = f_.rank;
    Column z = Column::Zero(f_.upper.cols());
    z.head(k) =
        f_.upper.topLeftCorner(k, k).triangularView<Eigen::Upper>().solve(
            -f_.projected.head(k));
    return f_.order * z;
  }

  /// Newton's correction of the parameter, (5.5).
  double newton(const Matrix& upper, const Column& p, double length,
                double beyond) const {
    const Column q =
        f_.order.transpose() *
        Column(p.cwiseProduct(scales_in_order_).cwiseProduct(scales_in_order_) /
               length);
    const Column w = upper.triangularView<Eigen::Upper>().transpose().solve(q);
    return beyond / radius_ / w.squaredNorm();
  }

  /// Solves with √parameter·D below R; returns the triangle of both.
  Matrix damped(double parameter, Column& p) const {
    const auto n = f_.upper.cols();
    Matrix both = Matrix::Zero(2 * n, n);
    both.topRows(n) = f_.upper;
    both.bottomRows(n).diagonal() = std::sqrt(parameter) * scales_;
    Column right = Column::Zero(2 * n);
    right.head(n) = -f_.projected;
    const Eigen::HouseholderQR<Matrix> qr(both);
    right.applyOnTheLeft(qr.householderQ().adjoint());
    const Matrix upper =
        qr.matrixQR().topRows(n).triangularView<Eigen::Upper>();
    p = f_.order *
        Column(upper.triangularView<Eigen::Upper>().solve(right.head(n)));
    return upper;
  }

  const Factors& f_;
  const Column scales_;  ///< in the order of R's columns
  const Column scales_in_order_;
  const double radius_;
};

class Trust final : public Stepper {
 public:
  Trust(const LevenbergMarquardt& method, Problem& problem,
        std::int64_t residuals, Memory memory)
      : first_radius_(method.first_radius),
        residuals_(residuals),
        jacobian_(residuals, static_cast<Eigen::Index>(problem.size())),
        r_(residuals),
        scales_(memory.vector("scales", problem.size())),
        numbers_(memory.vector("numbers", 3)),
        trial_(problem.size()),
        trial_gradient_(problem.size()) {}

  void forget() override { fill(numbers_, 0); }

  std::optional<Ending> step(Place& place, Problem& problem) override {
    if (const auto why = linearize(place, problem)) return why;
    const Factors factors(jacobian_, r_);
    const auto n = static_cast<Eigen::Index>(place.x.size());
    const Eigen::Map<const Column> x(place.x.data(), n);
    const Eigen::Map<const Column> scales(scales_.data(), n);
    const double length_of_x = x.cwiseProduct(scales).norm();
    if (numbers_[kKnown] == 0) {
      numbers_[kRadius] = first_radius_ * (length_of_x > 0 ? length_of_x : 1);
    }
    while (true) {
      if (const auto why = problem.exhausted()) return why;
      const Column p = TrustStep(factors, scales, numbers_[kRadius])
                           .solve(numbers_[kParameter]);
      if (!p.allFinite()) return Ending::no_progress;
      const double length = p.cwiseProduct(scales).norm();
      if (numbers_[kKnown] == 0) {
        numbers_[kRadius] = std::min(numbers_[kRadius], length);
        numbers_[kKnown] = 1;
      }
      if (const auto done = attempt(place, problem, p, length)) return *done;
      if (numbers_[kRadius] <= 1e-16 * length_of_x ||
          numbers_[kRadius] < 1e-300) {
        return Ending::no_progress;
      }
    }
  }

 private:
  enum { kKnown, kRadius, kParameter };
  using Attempt = std::optional<std::optional<Ending>>;

  std::optional<Ending> linearize(const Place& place, Problem& problem) {
    ++problem.jacobians;
    const auto m = static_cast<std::size_t>(residuals_);
    problem.objective().evaluate_residuals(
        place.x, Out(r_.data(), m), Out(jacobian_.data(), m * place.x.size()));
    if (!r_.allFinite() || !jacobian_.allFinite()) return Ending::not_finite;
    for (std::size_t j = 0; j < scales_.size(); ++j) {
      const double norm_of_column =
          jacobian_.col(static_cast<Eigen::Index>(j)).norm();
      if (numbers_[kKnown] == 0) {
        scales_[j] = norm_of_column > 0 ? norm_of_column : 1;
      }
      scales_[j] = std::max(scales_[j], norm_of_column);
    }
    return {};
  }

  /// Tries x + p and sets the radius by how well the model foretold the cost
  /// (section 4). Empty if the step must be shorter.
  Attempt attempt(Place& place, Problem& problem, const Column& p,
                  double length) {
    sum(place.x, 1, In(p.data(), place.x.size()), trial_);
    problem.objective().round(trial_);
    const double cost = problem.evaluate(trial_, trial_gradient_);
    const bool finite = std::isfinite(cost) && all_finite(trial_gradient_);
    const double norm_of_r = std::sqrt(2 * place.cost);
    const double norm_of_trial =
        finite ? std::sqrt(2 * cost) : std::numeric_limits<double>::infinity();
    double actual = -1;
    if (0.1 * norm_of_trial < norm_of_r) {
      const double q = norm_of_trial / norm_of_r;
      actual = (1 - q) * (1 + q);
    }
    double& radius = numbers_[kRadius];
    double& parameter = numbers_[kParameter];
    const double by_model = (jacobian_ * p).norm() / norm_of_r;
    const double by_region = std::sqrt(parameter) * length / norm_of_r;
    const double predicted = by_model * by_model + 2 * by_region * by_region;
    const double slope = -(by_model * by_model + by_region * by_region);
    const double ratio = predicted > 0 ? actual / predicted : 0;
    // Where rounding hides what a step does to the cost, the gradient tells.
    const bool lost = std::abs(actual) <= kNoise && predicted <= kNoise;
    if (lost) {
      if (!(scaled(trial_gradient_) < 0.999 * scaled(place.gradient))) {
        radius = 0.25 * std::min(radius, length);
        return {};
      }
    } else if (ratio <= 0.25) {
      double factor = actual >= 0 ? 0.5 : 0.5 * slope / (slope + 0.5 * actual);
      if (!(0.1 * norm_of_trial < norm_of_r) || factor < 0.1) factor = 0.1;
      radius = factor * std::min(radius, length / 0.1);
      parameter /= factor;
    } else if (parameter == 0 || ratio >= 0.75) {
      radius = length / 0.5;
      parameter *= 0.5;
    }
    if (!lost && (!(ratio >= 1e-4) || !(cost < place.cost))) return {};
    difference(trial_, place.x, place.gradient);
    place.step = norm(place.gradient);
    copy(trial_, place.x);
    copy(trial_gradient_, place.gradient);
    place.cost = cost;
    return std::optional<Ending>();
  }

  /// ‖D⁻¹g‖.
  double scaled(In gradient) const {
    double total = 0;
    for (std::size_t i = 0; i < gradient.size(); ++i) {
      total += (gradient[i] / scales_[i]) * (gradient[i] / scales_[i]);
    }
    return std::sqrt(total);
  }

  const double first_radius_;
  const std::int64_t residuals_;
  Matrix jacobian_;
  Column r_;
  const Out scales_, numbers_;
  std::vector<double> trial_, trial_gradient_;
};

}  // namespace

std::unique_ptr<Stepper> make_stepper(const LevenbergMarquardt& m, Problem& p,
                                      State& state) {
  const std::int64_t residuals = p.objective().residual_count();
  if (residuals == 0) {
    throw GraphError(
        "[levenberg_marquardt] this objective has no residuals; make it with "
        "make_least_squares, or use Lbfgs");
  }
  // The Jacobian, its factors, and the copy that is factored.
  const auto n = static_cast<double>(p.size());
  check_memory("levenberg_marquardt",
               8 * (2 * static_cast<double>(residuals) * n + 6 * n * n),
               m.memory_limit,
               "the Jacobian of " + std::to_string(residuals) +
                   " residuals and " + std::to_string(p.size()) + " parameters",
               "use Lbfgs");
  return std::make_unique<Trust>(
      m, p, residuals, Memory(state, "minimizer/levenberg_marquardt"));
}

}  // namespace weft::minimizers
