// The gradient of each example: whose it is that moves the weights most, and a
// training in which no single one can move them far (DP-SGD, Abadi et al.
// 2016).
//   per_example_gradients tests/data/digits.csv
#include <weft/models/mlp.h>
#include <weft/weft.h>

#include <algorithm>
#include <cstdio>
#include <exception>

namespace {

using weft::Value;

constexpr double kNorm = 1, kNoise = 0.5, kRate = 0.5;
constexpr std::int64_t kBatchSize = 64;
constexpr int kEpochs = 20;

/// A classifier, the norm of each example's gradient, and the step: the mean of
/// gradients no longer than kNorm, with noise.
struct Classifier {
  weft::Graph g;
  Value x, y, logits, norms;
  std::vector<Value> updates;

  explicit Classifier(const weft::data::Dataset& d) {
    x = g.input("x", {weft::kBatch, d.row[0]});
    y = g.input("y", {weft::kBatch}, weft::DType::i32);
    // What one example gives: its logits and its gradients.
    auto one = [&](const std::vector<Value>& e) {
      const Value out = weft::models::mlp(
          weft::unsqueeze(e[0], 0), {.hidden = {32}, .classes = d.classes()},
          weft::Mode::train);
      const Value loss = weft::mean(
          weft::softmax_cross_entropy(out, weft::unsqueeze(e[1], 0)));
      std::vector<Value> found = weft::gradients(loss, g.parameters());
      found.push_back(weft::squeeze(out, {0}));
      return found;
    };
    std::vector<Value> each = weft::vmap(one, {x, y});
    logits = each.back();
    each.pop_back();
    norms = norm_of(each);
    add_step(each);
  }

  /// The length of all of an example's gradients together.
  static Value norm_of(const std::vector<Value>& each) {
    Value squares;
    for (const Value& v : each) {
      const Value s = weft::sum(weft::square(weft::flatten(v)), {1});
      squares = squares ? squares + s : s;
    }
    return weft::sqrt(squares);
  }

  void add_step(const std::vector<Value>& each) {
    const Value scale = weft::minimum(1.0, kNorm / norms);
    const Value count = weft::dim_product(g, {weft::kBatch}, weft::DType::f32);
    const auto parameters = g.parameters();
    for (std::size_t i = 0; i < each.size(); ++i) {
      const Value w = parameters[i];
      // Σ scale·gradient is a product of the row of scales and the gradients.
      const Value total = weft::reshape(
          weft::matmul(weft::unsqueeze(scale, 0), weft::flatten(each[i])),
          w.shape());
      const Value noise = weft::random_normal(g, w.shape(), 0, kNoise * kNorm);
      updates.push_back(g.assign(w, w - kRate / count * (total + noise)));
    }
  }
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::puts("usage: per_example_gradients FILE.csv");
    return 2;
  }
  auto [train, test] =
      weft::data::split(weft::data::read_csv(argv[1]), 0.2, {1});
  const weft::data::Scaler scaler = weft::data::standardize(train);
  train = weft::data::apply(scaler, train);
  test = weft::data::apply(scaler, test);

  const Classifier c(train);
  const weft::Program step =
      weft::compile(c.g, {.outputs = {c.norms}, .updates = c.updates});
  const weft::Program look =
      weft::compile(c.g, {.outputs = {c.logits, c.norms}});
  weft::State state = weft::initialize(c.g, {1});
  weft::Executor run({.threads = 1});

  for (int epoch = 1; epoch <= kEpochs; ++epoch) {
    std::int64_t longer = 0;
    for (std::int64_t i = 0; i + kBatchSize <= train.size(); i += kBatchSize) {
      const auto [x, y] = train.batch(i, i + kBatchSize);
      const auto norms = run(step, state, {{c.x, x}, {c.y, y}})[0];
      for (const float n : norms.values<float>()) longer += n > kNorm ? 1 : 0;
    }
    if (epoch == 1 || epoch % 5 == 0) {
      std::printf("epoch %2d: %4.1f %% of the gradients are longer than %g\n",
                  epoch,
                  100.0 * static_cast<double>(longer) /
                      static_cast<double>(train.size()),
                  kNorm);
    }
  }

  const auto [x, y] = test.batch(0, test.size());
  const auto found = run(look, state, {{c.x, x}, {c.y, y}});
  std::vector<std::pair<float, std::int64_t>> by_norm;
  std::int64_t right = 0;
  const std::int64_t classes = test.classes();
  auto told = [&](std::int64_t i) {
    const std::int64_t n = classes;
    const float* row = found[0].data<float>() + i * n;
    return std::max_element(row, row + n) - row;
  };
  for (std::int64_t i = 0; i < test.size(); ++i) {
    by_norm.emplace_back(found[1].data<float>()[i], i);
    right += told(i) == y.data<std::int32_t>()[i] ? 1 : 0;
  }
  std::sort(by_norm.rbegin(), by_norm.rend());
  std::puts("the longest gradients of new digits:");
  for (std::size_t k = 0; k < 5 && k < by_norm.size(); ++k) {
    const auto [norm, i] = by_norm[k];
    std::printf("  number %3d, a %d taken for a %d: %.1f\n",
                static_cast<int>(i), y.data<std::int32_t>()[i],
                static_cast<int>(told(i)), static_cast<double>(norm));
  }
  const double accuracy =
      static_cast<double>(right) / static_cast<double>(test.size());
  std::printf("accuracy %.2f %%\n", 100 * accuracy);
  return accuracy > 0.85 ? 0 : 1;
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
