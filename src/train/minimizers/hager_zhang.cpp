#include <cmath>

#include "src/train/minimizers/line_search.h"

// Hager and Zhang, "A new conjugate gradient method with guaranteed descent and
// an efficient line search", SIAM J. Optim. 16 (2005), section 4; the names B,
// U and S are those of its steps.

namespace weft::minimizers {

namespace {

class Searcher {
 public:
  Searcher(Ray& ray, const LineSearch& search)
      : ray_(ray),
        search_(search),
        ceiling_(ray.start().cost + kEpsilon * std::abs(ray.start().cost)) {}

  Found run(double first) {
    a_ = b_ = ray_.start();
    bracket(first);
    while (!ended_) {
      const double width = b_.step - a_.step;
      if (!(width > 1e-15 * b_.step)) break;
      secant_twice();
      if (!ended_ && b_.step - a_.step > kShrink * width) {
        update(sample(0.5 * (a_.step + b_.step)));
      }
    }
    if (found_) return {{}, last_, false};
    if (why_) return {why_, last_, false};
    if (!any_finite_) return {Ending::not_finite, {}, false};
    return give_up(ray_);
  }

 private:
  static constexpr double kEpsilon = 1e-10;  // of the approximate condition
  static constexpr double kTheta = 0.5, kShrink = 0.66, kGrow = 5;

  /// Evaluates, and looks whether that is the end.
  Sample sample(double step) {
    if (ended_) return last_;
    why_ = ray_.exhausted();
    if (why_ || ray_.evaluations() >= search_.evaluations || !(step > 0)) {
      ended_ = true;
      return last_;
    }
    last_ = ray_.at(step);
    if (last_.cost <= ray_.least_cost()) {
      why_ = Ending::unbounded;
    } else if (std::isfinite(last_.cost)) {
      any_finite_ = true;
      found_ = (ray_.decreased(last_, search_) &&
                last_.slope >= search_.curvature * ray_.start().slope) ||
               ray_.approximate_wolfe(last_, search_, kEpsilon);
    }
    ended_ = found_ || why_;
    return last_;
  }

  bool low(const Sample& s) const { return s.cost <= ceiling_; }

  /// B0 to B3: a with f low and falling, b with f high or rising.
  void bracket(double first) {
    double step = first;
    while (!ended_) {
      const Sample s = sample(step);
      if (ended_) return;
      if (!std::isfinite(s.cost) && a_.step == 0) {
        step *= 0.1;  // the first step was far too long
        continue;
      }
      if (!low(s)) {
        halve(a_.step > 0 ? a_ : ray_.start(), s);
        return;
      }
      if (s.slope >= 0) {
        b_ = s;
        return;
      }
      a_ = s;
      if (step >= kLongest) {
        why_ = Ending::unbounded;
        ended_ = true;
      }
      step *= kGrow;
    }
  }

  /// U3: between a low falling point and a high one.
  void halve(Sample a, Sample b) {
    while (!ended_) {
      const Sample d = sample((1 - kTheta) * a.step + kTheta * b.step);
      if (ended_) return;
      if (d.slope >= 0 && std::isfinite(d.cost)) {
        a_ = a;
        b_ = d;
        return;
      }
      (low(d) ? a : b) = d;
      if (!(b.step - a.step > 1e-15 * b.step)) ended_ = true;
    }
  }

  /// U0 to U3. True if c became a or b.
  enum class Became { a, b, neither };
  Became update(const Sample& c) {
    if (ended_ || c.step <= a_.step || c.step >= b_.step) {
      return Became::neither;
    }
    if (c.slope >= 0 && std::isfinite(c.cost)) {
      b_ = c;
      return Became::b;
    }
    if (low(c)) {
      a_ = c;
      return Became::a;
    }
    halve(a_, c);
    return Became::neither;
  }

  static double secant(const Sample& a, const Sample& b) {
    return (a.step * b.slope - b.step * a.slope) / (b.slope - a.slope);
  }
  bool inside(double step) const { return step > a_.step && step < b_.step; }

  /// S1 to S4.
  void secant_twice() {
    const Sample a = a_, b = b_;
    const double first = secant(a, b);
    if (!inside(first)) return;
    double second = 0;
    switch (update(sample(first))) {
      case Became::a: second = secant(a, a_); break;
      case Became::b: second = secant(b, b_); break;
      case Became::neither: return;
    }
    if (!ended_ && inside(second)) update(sample(second));
  }

  Ray& ray_;
  const LineSearch& search_;
  const double ceiling_;
  Sample a_, b_, last_;
  std::optional<Ending> why_;
  bool found_ = false, ended_ = false, any_finite_ = false;
};

}  // namespace

Found search_hager_zhang(Ray& ray, double first, const LineSearch& search) {
  return Searcher(ray, search).run(first);
}

}  // namespace weft::minimizers
