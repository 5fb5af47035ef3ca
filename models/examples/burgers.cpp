// Burgers' equation, u_t + u u_x = (0.01/π) u_xx with u(0, x) = −sin πx and
// u(t, ±1) = 0, by a network that is told nothing else (Raissi, Perdikaris and
// Karniadakis 2019), and its error beside the exact solution.
//   burgers [--iterations N] [--quick]
// --quick: ten times as viscous, so that no shock forms.
// The error goes down with the cost: 3.9e-3 after 3,500 iterations, 1.0e-3
// after 8,000, between 3.5e-4 and 4.6e-4 from 11,000 on.
#include <weft/models/pinn.h>
#include <weft/weft.h>

#include <cmath>
#include <cstdio>
#include <exception>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr double kPi = std::numbers::pi;

/// ∫ f(z) exp(−z²) dz ≈ Σ weight·f(at), exact for polynomials of degree below
/// 2n (Gauss and Hermite).
struct Quadrature {
  std::vector<double> at, weight;
};

/// The Hermite functions n and n − 1, of norm 1, without exp(−z²/2).
std::pair<double, double> hermite(int n, double z) {
  double last = 0, now = std::pow(kPi, -0.25);
  for (int k = 0; k < n; ++k) {
    const double next =
        z * std::sqrt(2.0 / (k + 1)) * now - std::sqrt(k / (k + 1.0)) * last;
    last = now;
    now = next;
  }
  return {now, last};
}

/// Roots by bisection between changes of sign, which are further apart than
/// the steps here, and weights 1/(n·h²) with the function h of degree n − 1.
Quadrature gauss_hermite(int n) {
  Quadrature q;
  const double end = std::sqrt(2.0 * n + 1), step = 0.2 / end;
  for (double z = -end; z < end; z += step) {
    double low = z, high = z + step;
    const bool sign = hermite(n, low).first > 0;
    if (sign == (hermite(n, high).first > 0)) continue;
    for (int i = 0; i < 60; ++i) {
      const double middle = (low + high) / 2;
      (sign == (hermite(n, middle).first > 0) ? low : high) = middle;
    }
    const double h = hermite(n, low).second;
    q.at.push_back(low);
    q.weight.push_back(1 / (n * h * h));
  }
  return q;
}

/// The exact solution of Cole and Hopf, as in Basdevant et al. (1986).
double exact(const Quadrature& q, double viscosity, double t, double x) {
  if (t == 0) return -std::sin(kPi * x);
  double above = 0, below = 0;
  for (std::size_t i = 0; i < q.at.size(); ++i) {
    const double y = x - std::sqrt(4 * viscosity * t) * q.at[i];
    const double f =
        q.weight[i] * std::exp(-std::cos(kPi * y) / (2 * kPi * viscosity));
    above -= std::sin(kPi * y) * f;
    below += f;
  }
  return above / below;
}

/// 0 to n − 1 in a random order.
std::vector<std::int64_t> shuffled(std::int64_t n,
                                   weft::RandomSequence& draws) {
  std::vector<std::int64_t> all;
  for (std::int64_t i = 0; i < n; ++i) all.push_back(i);
  for (std::size_t i = all.size(); i > 1; --i) {
    std::swap(all[i - 1], all[draws.below(i)]);
  }
  return all;
}

/// Rows t, x with targets u, weight of the equation, weight of u. Points inside
/// are one in each row and column of a grid (McKay, Beckman and Conover 1979);
/// on the border, where u is known, half are at the start, the others at either
/// end. The weights make means of each kind out of the mean of all.
weft::data::Dataset make_points(std::int64_t inside, std::int64_t border) {
  weft::RandomSequence draws(weft::Philox({1}, 1, 1));
  const std::int64_t n = inside + border;
  weft::Tensor at(weft::DType::f32, {n, 2}), asked(weft::DType::f32, {n, 3});
  const auto rows = shuffled(inside, draws), columns = shuffled(inside, draws);
  const auto order = shuffled(n, draws);
  for (std::int64_t i = 0; i < n; ++i) {
    const auto k = static_cast<std::size_t>(i);
    double t = draws.uniform(), x = 2 * draws.uniform() - 1, u = 0;
    if (i < inside) {
      t = (double(rows[k]) + t) / double(inside);
      x = (2 * double(columns[k]) + x + 1) / double(inside) - 1;
    } else if (i % 2 == 0) {
      t = 0;
      u = -std::sin(kPi * x);
    } else {
      x = i % 4 == 1 ? -1 : 1;
    }
    float* to = at.data<float>() + 2 * order[k];
    to[0] = float(t);
    to[1] = float(x);
    float* wanted = asked.data<float>() + 3 * order[k];
    wanted[0] = float(u);
    wanted[1] = i < inside ? float(n) / float(inside) : 0;
    wanted[2] = i < inside ? 0 : float(n) / float(border);
  }
  return weft::data::make_dataset(at, asked);
}

/// ‖u − exact‖ / ‖exact‖ on 256 × 100 points of [−1, 1] × [0, 0.99].
double relative_error(weft::Trainer& field, double viscosity) {
  constexpr std::int64_t kPlaces = 256, kTimes = 100;
  weft::Tensor at(weft::DType::f32, {kPlaces * kTimes, 2});
  for (std::int64_t i = 0; i < kPlaces * kTimes; ++i) {
    at.data<float>()[2 * i] = float(i / kPlaces) / kTimes;
    at.data<float>()[2 * i + 1] = 2 * float(i % kPlaces) / (kPlaces - 1) - 1;
  }
  const weft::Tensor u = field.predict(at);
  const Quadrature q = gauss_hermite(200);
  double wrong = 0, all = 0;
  for (std::int64_t i = 0; i < u.size(); ++i) {
    const double truth = exact(q, viscosity, at.at(2 * i), at.at(2 * i + 1));
    wrong += (u.at(i) - truth) * (u.at(i) - truth);
    all += truth * truth;
  }
  return std::sqrt(wrong / all);
}

/// −u_x where it is steepest, at the viscosity 0.01/π: 152.00516, says the
/// paper of Basdevant et al.
double steepest() {
  constexpr double kViscosity = 0.01 / kPi, kTime = 1.6037 / kPi, kSmall = 1e-5;
  return -exact(gauss_hermite(200), kViscosity, kTime, kSmall) / kSmall;
}

struct Settings {
  double viscosity = 0.01 / kPi;
  std::int64_t inside = 10'000;
  std::int64_t border = 100;
  weft::models::PinnOptions network = {};
  int epochs = 100;                  ///< of Adam
  std::int64_t iterations = 12'000;  ///< of L-BFGS
  double enough = 1e-3;
};

weft::Build equation(const Settings& s) {
  return [s](weft::Graph& g, weft::Mode) {
    weft::Network n;
    n.input = g.input("at", {weft::kBatch, 2});
    n.target = g.input("asked", {weft::kBatch, 3});
    const auto at = cast(n.input, weft::DType::f64);
    const auto asked = split(cast(n.target, weft::DType::f64), {1, 1, 1}, 1);
    const auto t = slice(at, 1, 0, 1), x = slice(at, 1, 1);
    n.output = weft::models::pinn({2 * t - 1, x}, s.network);
    const auto residual =
        weft::models::burgers_residual(n.output, t, x, s.viscosity);
    n.loss = mean(asked[1] * square(residual) +
                  asked[2] * square(n.output - asked[0]));
    return n;
  };
}

double solve(const Settings& s) {
  const auto points = make_points(s.inside, s.border);
  weft::Trainer trainer(equation(s), weft::Adam{.learning_rate = 2e-3});
  trainer.fit(points, {.epochs = s.epochs, .batch_size = 500});
  std::printf("Adam: cost %.2e, relative error %.2e\n",
              trainer.progress().history.back().loss,
              relative_error(trainer, s.viscosity));

  weft::FullBatchOptions options;
  options.stop = {.gradient = 1e-9, .iterations = s.iterations};
  options.batch_size = 500;
  options.on_iteration = [&](const weft::SearchPoint& p) {
    if (p.iteration % 500 == 0) {
      std::printf("%6lld iterations, cost %.2e, relative error %.2e\n",
                  static_cast<long long>(p.iteration), p.cost,
                  relative_error(trainer, s.viscosity));
      std::fflush(stdout);
    }
    return true;
  };
  const auto found = weft::fit_full_batch(trainer, points,
                                          weft::Lbfgs{.history = 50}, options);
  std::printf("L-BFGS: %s\n", found.message.c_str());
  return relative_error(trainer, s.viscosity);
}

}  // namespace

int main(int argc, char** argv) try {
  Settings s;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--quick") {
      s = {.viscosity = 0.1 / kPi,
           .inside = 500,
           .network = {.hidden = {20, 20, 20}},
           .epochs = 200,
           .iterations = 2000,
           .enough = 5e-3};
    } else if (argument == "--iterations" && i + 1 < argc) {
      s.iterations = std::stoll(argv[++i]);
    } else {
      std::puts("usage: burgers [--iterations N] [--quick]");
      return 2;
    }
  }
  std::printf("exact solution: slope %.3f\n", steepest());
  if (std::abs(steepest() - 152.00516) > 0.001) return 1;
  const double error = solve(s);
  std::printf("relative error %.2e\n", error);
  return error < s.enough ? 0 : 1;
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
