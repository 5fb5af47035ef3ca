#include <algorithm>
#include <cmath>

#include "src/train/minimizers/descent.h"
#include "weft/error.h"

namespace weft::minimizers {

namespace {

class LimitedMemory final : public Descent {
 public:
  LimitedMemory(const Lbfgs& method, Problem& problem, Memory memory)
      : Descent(method.search, problem),
        most_(static_cast<std::size_t>(method.history)),
        n_(problem.size()),
        s_(memory.vector("s", most_ * n_)),
        y_(memory.vector("y", most_ * n_)),
        products_(memory.vector("products", most_)),
        numbers_(memory.vector("numbers", 3)),
        factors_(most_) {}

  void forget() override { fill(numbers_, 0); }

 protected:
  bool fresh() const override { return numbers_[kCount] == 0; }

  /// The two loops of Nocedal and Wright 2006, algorithm 7.4.
  std::optional<double> direction(const Place& place, Problem&,
                                  Out d) override {
    for (std::size_t i = 0; i < n_; ++i) d[i] = -place.gradient[i];
    if (fresh()) return first_step(place.gradient);
    const auto count = static_cast<std::size_t>(numbers_[kCount]);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t k = slot(i);
      factors_[k] = dot(row(s_, k), d) / products_[k];
      add(-factors_[k], row(y_, k), d);
    }
    scale(d, numbers_[kScale]);
    for (std::size_t i = count; i-- > 0;) {
      const std::size_t k = slot(i);
      const double b = dot(row(y_, k), d) / products_[k];
      add(factors_[k] - b, row(s_, k), d);
    }
    return 1;
  }

  void accepted(const Place&, In, In s, In y, const Sample&,
                const Sample&) override {
    const double sy = dot(s, y), yy = dot(y, y);
    // Without curvature along s there is nothing to learn.
    if (!(sy > 1e-16 * yy) || !std::isfinite(yy)) return;
    const auto at = static_cast<std::size_t>(numbers_[kNext]);
    copy(s, row(s_, at));
    copy(y, row(y_, at));
    products_[at] = sy;
    numbers_[kScale] = sy / yy;
    numbers_[kNext] = static_cast<double>((at + 1) % most_);
    numbers_[kCount] =
        std::min(numbers_[kCount] + 1, static_cast<double>(most_));
  }

 private:
  enum { kCount, kNext, kScale };

  /// The place of the i-th pair, counted from the newest.
  std::size_t slot(std::size_t i) const {
    const auto next = static_cast<std::size_t>(numbers_[kNext]);
    return (next + 2 * most_ - 1 - i) % most_;
  }
  Out row(Out matrix, std::size_t i) const {
    return matrix.subspan(i * n_, n_);
  }

  const std::size_t most_, n_;
  const Out s_, y_, products_, numbers_;
  std::vector<double> factors_;
};

}  // namespace

std::unique_ptr<Stepper> make_stepper(const Lbfgs& m, Problem& p,
                                      State& state) {
  if (m.history < 1) {
    throw GraphError("[lbfgs] the history must be at least 1, not " +
                     std::to_string(m.history));
  }
  return std::make_unique<LimitedMemory>(
      m, p, Memory(state, "minimizer/lbfgs" + std::to_string(m.history)));
}

}  // namespace weft::minimizers
