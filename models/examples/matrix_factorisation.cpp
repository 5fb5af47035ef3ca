// Learns 120,000 ratings that are made here: those of 1,000 users for 800 items
// are biases and a product of rank 4, and noise of 0.5, below which no error on
// other ratings can be. 8,800 free numbers of which 120,000 ratings tell raise
// it by a factor of about √(1 + 8,800/120,000), to 0.518, where nothing is
// known of them before.
//   matrix_factorisation
#include <weft/models/matrix_factorisation.h>
#include <weft/weft.h>

#include <cmath>
#include <cstdio>
#include <exception>

namespace {

constexpr std::int64_t kUsers = 1000, kItems = 800, kRank = 4;
constexpr double kNoise = 0.5, kMean = 3.5;

/// Numbers of the normal distribution.
std::vector<double> normal(std::int64_t n, double stddev, std::uint64_t key) {
  weft::RandomSequence draws(weft::Philox({1}, key, 0));
  std::vector<double> v(static_cast<std::size_t>(n));
  for (double& x : v) x = stddev * draws.normal();
  return v;
}

/// Ratings of pairs that are drawn at random.
weft::data::Dataset ratings(std::int64_t n, std::uint64_t key) {
  const auto p = normal(kUsers * kRank, 0.7, 1);
  const auto q = normal(kItems * kRank, 0.7, 2);
  const auto user_bias = normal(kUsers, 0.4, 3);
  const auto item_bias = normal(kItems, 0.4, 4);
  weft::RandomSequence draws(weft::Philox({2}, key, 0));
  weft::Tensor pairs(weft::DType::f32, {n, 2});
  weft::Tensor found(weft::DType::f32, {n, 1});
  for (std::int64_t k = 0; k < n; ++k) {
    const auto u = static_cast<std::size_t>(draws.below(kUsers));
    const auto i = static_cast<std::size_t>(draws.below(kItems));
    double r = kMean + user_bias[u] + item_bias[i] + kNoise * draws.normal();
    for (std::size_t f = 0; f < kRank; ++f) {
      r += p[u * kRank + f] * q[i * kRank + f];
    }
    pairs.data<float>()[2 * k] = static_cast<float>(u);
    pairs.data<float>()[2 * k + 1] = static_cast<float>(i);
    found.data<float>()[k] = static_cast<float>(r);
  }
  return weft::data::make_dataset(pairs, found);
}

/// The error on `test` of a model with that many factors.
double error_of(std::int64_t factors, const weft::data::Dataset& train,
                const weft::data::Dataset& test) {
  auto network = [&](weft::Graph& g, weft::Mode mode) {
    weft::Network n;
    n.input = g.input("pair", {weft::kBatch, 2});
    n.target = g.input("rating", {weft::kBatch, 1});
    n.output = weft::models::matrix_factorisation(
        cast(n.input, weft::DType::i32),
        {.users = kUsers, .items = kItems, .factors = factors, .mean = kMean});
    const auto miss = weft::square(n.output - weft::squeeze(n.target, {1}));
    n.loss = mode == weft::Mode::train ? weft::sum(miss) : weft::mean(miss);
    return n;
  };
  weft::TrainerOptions options{.threads = 1};
  options.minimize.weight_decay = 0.02;
  weft::Trainer trainer(network, weft::Sgd{.learning_rate = 0.02}, options);
  trainer.fit(train, {.epochs = 30,
                      .batch_size = 256,
                      .schedule = weft::schedules::cosine(30 * 120000 / 256)});
  return std::sqrt(trainer.evaluate(test).loss);
}

}  // namespace

int main() try {
  const auto train = ratings(120'000, 1), test = ratings(20'000, 2);
  const double biases = error_of(0, train, test);
  const double all = error_of(kRank, train, test);
  std::printf(
      "root of the mean squared error on %lld other ratings: %.4f\n"
      "biases alone: %.4f; the noise, below which none is: %.4f\n",
      static_cast<long long>(test.size()), all, biases, kNoise);
  return all < 1.045 * kNoise && biases > 1.5 * kNoise ? 0 : 1;
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
