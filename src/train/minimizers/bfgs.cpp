#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "src/runtime/team.h"
#include "src/train/minimizers/descent.h"
#include "weft/error.h"

namespace weft::minimizers {

void check_memory(std::string_view method, double bytes, std::int64_t limit,
                  const std::string& what, std::string_view remedy) {
  const double machine = static_cast<double>(sysconf(_SC_PHYS_PAGES)) *
                         static_cast<double>(sysconf(_SC_PAGESIZE));
  const double most = limit > 0 ? static_cast<double>(limit) : 0.75 * machine;
  if (bytes <= most) return;
  auto number = [](double v) {
    return std::to_string(static_cast<std::uint64_t>(std::min(v, 1.8e19)));
  };
  throw GraphError("[" + std::string(method) + "] " + what + " needs " +
                   number(bytes) + " bytes, and " + number(most) +
                   (limit > 0
                        ? " are allowed by memory_limit; "
                        : " (3/4 of this machine's memory) are allowed; ") +
                   std::string(remedy));
}

namespace {

/// A symmetric matrix, its lower triangle row by row, that is changed by two
/// ranks and multiplied with a vector in one pass over memory. The rows are cut
/// into blocks of about equal area at places that depend on n alone; each block
/// adds up its share of the product, and the shares are added in order.
class Triangle {
 public:
  Triangle(Out elements, std::size_t n, int threads) : h_(elements), n_(n) {
    constexpr std::size_t kBlocks = 16, kFrom = 256;
    const std::size_t blocks = n >= kFrom ? kBlocks : 1;
    for (std::size_t k = 0; k <= blocks; ++k) {
      const double share =
          std::sqrt(static_cast<double>(k) / static_cast<double>(blocks));
      borders_.push_back(
          static_cast<std::size_t>(share * static_cast<double>(n)));
    }
    shares_.resize(blocks * n);
    if (blocks > 1 && threads > 1) team_ = runtime::make_team(threads);
  }

  /// H ← factor·I.
  void identity(double factor) {
    fill(h_, 0);
    for (std::size_t i = 0; i < n_; ++i) h_[i * (i + 1) / 2 + i] = factor;
  }

  /// H ← H + a·ssᵀ − b(suᵀ + usᵀ), then out ← H·v.
  void update_and_multiply(double a, double b, In s, In u, In v, Out out) {
    a_ = a, b_ = b, s_ = s, u_ = u, v_ = v;
    next_ = 0;
    auto work = [](void* self, bool) { static_cast<Triangle*>(self)->work(); };
    if (team_) {
      team_->run(work, this);
    } else {
      work(this, false);
    }
    copy(share(0), out);
    for (std::size_t k = 1; k + 1 < borders_.size(); ++k) {
      add(1, share(k), out);
    }
  }

 private:
  Out share(std::size_t k) { return Out(shares_).subspan(k * n_, n_); }

  void work() {
    for (std::size_t k = next_++; k + 1 < borders_.size(); k = next_++) {
      const Out out = share(k);
      fill(out, 0);
      for (std::size_t i = borders_[k]; i < borders_[k + 1]; ++i) row(i, out);
    }
  }

  void row(std::size_t i, Out out) {
    double* h = h_.data() + i * (i + 1) / 2;
    const double *s = s_.data(), *u = u_.data(), *v = v_.data();
    double* o = out.data();
    const double cs = a_ * s[i] - b_ * u[i], cu = b_ * s[i], vi = v[i];
    constexpr std::size_t kLanes = 4;
    double sums[kLanes] = {};
    const std::size_t whole = i / kLanes * kLanes;
    for (std::size_t j = 0; j < whole; j += kLanes) {
      for (std::size_t l = 0; l < kLanes; ++l) {
        const double e = h[j + l] + (cs * s[j + l] - cu * u[j + l]);
        h[j + l] = e;
        sums[l] += e * v[j + l];
        o[j + l] += e * vi;
      }
    }
    double total = (sums[0] + sums[2]) + (sums[1] + sums[3]);
    for (std::size_t j = whole; j < i; ++j) {
      h[j] += cs * s[j] - cu * u[j];
      total += h[j] * v[j];
      o[j] += h[j] * vi;
    }
    h[i] += cs * s[i] - cu * u[i];
    o[i] += total + h[i] * vi;
  }

  const Out h_;
  const std::size_t n_;
  std::vector<std::size_t> borders_;
  std::vector<double> shares_;
  std::unique_ptr<runtime::Team> team_;
  std::atomic<std::size_t> next_{0};
  double a_ = 0, b_ = 0;
  In s_, u_, v_;
};

/// The change of H by a step waits until H is next multiplied: then both are
/// one pass. With v = H·g₊ and d = −H·g, H·y is v + d.
class Dense final : public Descent {
 public:
  Dense(const Bfgs& method, Problem& problem, Memory memory)
      : Descent(method.search, problem),
        h_(memory.vector("inverse_hessian",
                         problem.size() * (problem.size() + 1) / 2),
           problem.size(), problem.objective().threads()),
        direction_(memory.vector("direction", problem.size())),
        s_(memory.vector("s", problem.size())),
        u_(memory.vector("u", problem.size())),
        numbers_(memory.vector("numbers", 3)),
        product_(problem.size()) {}

  void forget() override { fill(numbers_, 0); }

 protected:
  bool fresh() const override { return numbers_[kKnown] == 0; }

  std::optional<double> direction(const Place& place, Problem&,
                                  Out d) override {
    if (!fresh()) {
      copy(direction_, d);
      return 1;
    }
    for (std::size_t i = 0; i < d.size(); ++i) d[i] = -place.gradient[i];
    return first_step(place.gradient);
  }

  void accepted(const Place& place, In d, In s, In y, const Sample&,
                const Sample&) override {
    const In g = place.gradient;
    const std::size_t n = g.size();
    const double sy = dot(s, y), yy = dot(y, y);
    const bool curved = sy > 1e-16 * yy && std::isfinite(yy);
    if (fresh()) {
      if (!curved) return;
      // The first step tells the scale (Nocedal and Wright 2006, (6.20)).
      const double scale_of_h = sy / yy;
      h_.identity(scale_of_h);
      for (std::size_t i = 0; i < n; ++i) product_[i] = scale_of_h * g[i];
      for (std::size_t i = 0; i < n; ++i) u_[i] = scale_of_h * y[i];
    } else {
      h_.update_and_multiply(numbers_[kA], numbers_[kB], s_, u_, g, product_);
      for (std::size_t i = 0; i < n; ++i) u_[i] = product_[i] + d[i];
    }
    numbers_[kKnown] = 1;
    copy(s, s_);
    double a = 0, b = 0;
    if (curved) {
      a = (1 + dot(y, u_) / sy) / sy;
      b = 1 / sy;
    }
    numbers_[kA] = a;
    numbers_[kB] = b;
    const double along_s = a * dot(s, g) - b * dot(u_, g);
    const double along_u = b * dot(s, g);
    for (std::size_t i = 0; i < n; ++i) {
      direction_[i] = -(product_[i] + along_s * s[i] - along_u * u_[i]);
    }
  }

 private:
  enum { kKnown, kA, kB };

  Triangle h_;
  const Out direction_, s_, u_, numbers_;
  std::vector<double> product_;
};

}  // namespace

std::unique_ptr<Stepper> make_stepper(const Bfgs& m, Problem& p, State& state) {
  const auto n = static_cast<double>(p.size());
  check_memory(
      "bfgs", 8 * (n * (n + 1) / 2 + 32 * n), m.memory_limit,
      "the inverse Hessian of " + std::to_string(p.size()) + " parameters",
      "use Lbfgs");
  return std::make_unique<Dense>(m, p, Memory(state, "minimizer/bfgs"));
}

}  // namespace weft::minimizers
