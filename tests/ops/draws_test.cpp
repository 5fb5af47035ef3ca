#include "weft/draws.h"

#include <cmath>
#include <cstring>
#include <numbers>
#include <vector>

#include "catch.h"
#include "weft/weft.h"

using namespace weft;
using Catch::Matchers::Contains;

namespace {

constexpr std::int64_t kCount = 200000;

Value filled(Graph& g, const Shape& shape, double v, DType t = DType::f64) {
  return g.buffer("v" + std::to_string(g.size()), shape,
                  initializers::constant(v)(shape, t), t);
}

Tensor drawn(const Graph& g, Value v, int threads = 1) {
  State state = initialize(g, Seed{11});
  const Program p = compile(g, {.outputs = {v}, .parallel_from = 0});
  Executor run({.threads = threads});
  return run(p, state, std::span<const Feed>{})[0];
}

/// Mean and variance must be within 4 standard errors; `fourth` is the fourth
/// central moment of the distribution.
void check_moments(const Tensor& t, double mean, double variance,
                   double fourth) {
  const auto n = static_cast<double>(t.size());
  double sum = 0, squares = 0;
  for (std::int64_t i = 0; i < t.size(); ++i) sum += t.at(i);
  for (std::int64_t i = 0; i < t.size(); ++i) {
    squares += (t.at(i) - mean) * (t.at(i) - mean);
  }
  CHECK(std::abs(sum / n - mean) < 4 * std::sqrt(variance / n));
  CHECK(std::abs(squares / n - variance) <
        4 * std::sqrt((fourth - variance * variance) / n));
}

/// The distribution function of gamma(a), by Simpson's rule; below 2 in
/// t = s^a, where the density is smooth.
double gamma_cdf(double a, double x) {
  constexpr int kSteps = 20000;
  const double end = a < 2 ? std::pow(x, a) : x, h = end / kSteps;
  double total = 0;
  for (int i = 0; i <= kSteps; ++i) {
    const double weight = i == 0 || i == kSteps ? 1 : (i % 2 == 1 ? 4 : 2);
    const double t = i * h;
    total += weight * (a < 2 ? std::exp(-std::pow(t, 1 / a))
                             : std::pow(t, a - 1) * std::exp(-t));
  }
  return total * h / 3 / std::tgamma(a < 2 ? a + 1 : a);
}

}  // namespace

TEST_CASE("Bernoulli's numbers have their probabilities") {
  Graph g;
  const Tensor t = drawn(g, random_bernoulli(filled(g, {kCount}, 0.3)));
  check_moments(t, 0.3, 0.21, 0.21 * (0.7 * 0.7 * 0.7 + 0.3 * 0.3 * 0.3));
  for (std::int64_t i = 0; i < 100; ++i) CHECK(t.at(i) * (1 - t.at(i)) == 0);
  Graph h;
  CHECK(eval(sum(random_bernoulli(filled(h, {1000}, 0)))).item() == 0);
  CHECK(eval(sum(random_bernoulli(filled(h, {1000}, 1)))).item() == 1000);
}

TEST_CASE("Gumbel's numbers have their moments") {
  // Euler's constant, π²/6, and 27/5 of its square.
  constexpr double kVariance = 1.6449340668482264;
  for (const DType t : {DType::f32, DType::f64}) {
    Graph g;
    check_moments(drawn(g, random_gumbel(filled(g, {kCount}, 0, t))),
                  0.5772156649015329, kVariance, 5.4 * kVariance * kVariance);
  }
}

TEST_CASE("classes are drawn by their logits") {
  const std::vector<double> p{0.1, 0.2, 0.3, 0.4};
  Tensor logits(DType::f64, {4});
  for (int i = 0; i < 4; ++i) {
    logits.data<double>()[i] = 2 + std::log(p[static_cast<std::size_t>(i)]);
  }
  Graph g;
  const Value rows = expand(g.constant(logits), {kCount, 4});
  const Tensor t = drawn(g, random_categorical(rows));
  CHECK(t.dtype() == DType::i32);
  std::vector<double> counts(4);
  for (std::int64_t i = 0; i < kCount; ++i) {
    ++counts.at(static_cast<std::size_t>(t.at(i)));
  }
  double chi_square = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const double expected = p[i] * static_cast<double>(kCount);
    chi_square += (counts[i] - expected) * (counts[i] - expected) / expected;
  }
  CHECK(chi_square < 16.27);  // of three degrees of freedom, 1 in 1000
}

TEST_CASE("gumbel_softmax is soft, or a class with the soft gradient") {
  Graph g;
  const Value logits = filled(g, {500, 3}, 0);
  const Tensor soft = drawn(g, sum(gumbel_softmax(logits, 0.5), {-1}));
  for (std::int64_t i = 0; i < 500; ++i) CHECK(soft.at(i) == Approx(1));
  const Value hard = gumbel_softmax(logits, 0.5, true);
  const Tensor classes = drawn(g, hard);
  for (std::int64_t i = 0; i < 1500; ++i) {
    CHECK(std::abs(classes.at(i) * (1 - classes.at(i))) < 1e-15);
  }
  const Value x = g.constant(Tensor::from<double>({1, 2, 3}, {3}));
  const Tensor slope = drawn(g, gradient(sum(x * hard), logits));
  double size = 0;
  for (std::int64_t i = 0; i < 1500; ++i) size += std::abs(slope.at(i));
  CHECK(size > 1);
  CHECK_THROWS_WITH(gumbel_softmax(logits, 0),
                    Contains("the temperature must be positive"));
}

TEST_CASE("normal numbers are Box and Muller's pairs of the stream's words") {
  constexpr std::int64_t kSize = 50001;  // several tiles
  constexpr double kTurn = 2 * std::numbers::pi;
  for (const DType t : {DType::f32, DType::f64}) {
    Graph g;
    const Value v = random_normal(g, {kSize}, 3, 2, t);
    const Tensor found = drawn(g, v);
    const Philox philox(Seed{11}, 0, 0);
    for (std::int64_t i = 0; i < kSize; ++i) {
      const auto pair = static_cast<std::uint64_t>(i / 2);
      double u, angle;
      if (t == DType::f32) {
        const Philox::Block b = philox.block(pair / 2);
        const std::size_t first = pair % 2 * 2;
        u = (b[first] + 0.5) / 0x1p32;
        angle = kTurn * b[first + 1] / 0x1p32;
      } else {
        const Philox::Block b = philox.block(pair);
        u = 1 - uniform_f64(b[0], b[1]);
        angle = kTurn * uniform_f64(b[2], b[3]);
      }
      const double z = std::sqrt(-2 * std::log(u)) *
                       (i % 2 == 0 ? std::cos(angle) : std::sin(angle));
      if (t == DType::f32) {
        // z is rounded, and what is made of it.
        const double most =
            (std::abs(2 * z) + std::abs(3 + 2 * z)) * 0x1.01p-24;
        REQUIRE(std::abs(double(found.data<float>()[i]) - (3 + 2 * z)) <= most);
      } else {
        REQUIRE(std::abs(found.data<double>()[i] - (3 + 2 * z)) <=
                32 * 0x1p-52);
      }
    }
  }
}

TEST_CASE("normal numbers have their moments, and no neighbours") {
  for (const DType t : {DType::f32, DType::f64}) {
    Graph g;
    const Tensor z = drawn(g, random_normal(g, {kCount}, 0, 1, t));
    check_moments(z, 0, 1, 3);
    for (const std::int64_t apart : {1, 2, 3, 4}) {
      double product = 0, squares = 0;  // of them, and of their squares
      for (std::int64_t i = apart; i < kCount; ++i) {
        const double a = z.at(i), b = z.at(i - apart);
        product += a * b;
        squares += (a * a - 1) * (b * b - 1);
      }
      INFO(apart);
      CHECK(std::abs(product) < 4 * std::sqrt(double(kCount)));
      CHECK(std::abs(squares) < 4 * 2 * std::sqrt(double(kCount)));
    }
    double beyond = 0, negative = 0;
    for (std::int64_t i = 0; i < kCount; ++i) {
      beyond += std::abs(z.at(i)) > 3 ? 1 : 0;
      negative += z.at(i) < 0 ? 1 : 0;
    }
    const double p = std::erfc(3 / std::sqrt(2.0));
    CHECK(std::abs(beyond / kCount - p) < 4 * std::sqrt(p / kCount));
    CHECK(std::abs(negative / kCount - 0.5) < 4 * 0.5 / std::sqrt(kCount));
  }
}

TEST_CASE("gamma's numbers have their moments") {
  for (const double a : {0.1, 0.5, 1.0, 2.5, 50.0}) {
    INFO(a);
    Graph g;
    check_moments(drawn(g, random_gamma(filled(g, {kCount}, a))), a, a,
                  3 * a * a + 6 * a);
  }
  Graph g;
  check_moments(drawn(g, random_gamma(filled(g, {kCount}, 3, DType::f32))), 3,
                3, 45);
  for (const double a : {0.0, -1.0, HUGE_VAL, std::nan("")}) {
    CHECK(std::isnan(eval(random_gamma(filled(g, {1}, a))).at(0)));
  }
}

TEST_CASE("gamma's gradient keeps the distribution function") {
  for (const double a : {0.3, 1.0, 2.5, 12.0}) {
    Graph g;
    const Value shape = filled(g, {20}, a);
    const Value x = random_gamma(shape);
    const Tensor both = drawn(g, concat({x, gradient(sum(x), shape)}, 0));
    for (std::int64_t i = 0; i < 20; ++i) {
      const double at = both.at(i), slope = both.at(20 + i);
      constexpr double kStep = 1e-4;
      const double change = gamma_cdf(a + kStep, at + kStep * slope) -
                            gamma_cdf(a - kStep, at - kStep * slope);
      INFO(a << " " << at << " " << slope);
      CHECK(std::abs(change / (2 * kStep)) < 1e-5);
      CHECK(slope > 0);
    }
  }
  Graph g;
  const Value large = filled(g, {2000}, 1000);
  const Value x = random_gamma(large);
  // The mean of x is a, so the mean of its slope is 1.
  const Tensor slopes = drawn(g, gradient(sum(x), large));
  double mean = 0;
  for (std::int64_t i = 0; i < 2000; ++i) mean += slopes.at(i) / 2000;
  CHECK(mean == Approx(1).margin(4 * 0.016 / std::sqrt(2000.0)));
}

TEST_CASE("draws have the same bits for any number of threads") {
  Graph g;
  const Value a = filled(g, {5000}, 0.7, DType::f32);
  const Value n = random_normal(g, {50001}),
              m = random_normal(g, {50001}, 0, 1, DType::f64);
  for (const Value v : {random_gamma(a), random_gumbel(a), n, m}) {
    const Tensor one = drawn(g, v, 1), four = drawn(g, v, 4);
    CHECK(std::memcmp(one.raw(), four.raw(), one.bytes()) == 0);
  }
}

TEST_CASE("gammas of f32 are those of f64, rounded") {
  // The former are drawn many at once, with other logarithms and cosines.
  Tensor shapes(DType::f32, {20011});
  for (std::int64_t i = 0; i < shapes.size(); ++i) {
    const auto place = static_cast<double>(i % 1000) / 1000;
    shapes.data<float>()[i] = static_cast<float>(std::pow(10, 8 * place - 4));
  }
  auto draws = [&](DType t) {
    Graph g;
    return drawn(g, random_gamma(cast(g.constant(shapes), t)));
  };
  const Tensor narrow = draws(DType::f32), wide = draws(DType::f64);
  std::int64_t different = 0;
  for (std::int64_t i = 0; i < narrow.size(); ++i) {
    const auto rounded = static_cast<float>(wide.data<double>()[i]);
    different += narrow.data<float>()[i] != rounded ? 1 : 0;
  }
  CHECK(different == 0);
}
