// An autoencoder that squeezes 8x8 digits into eight numbers, beside the best
// that a linear one can do.
//   autoencoder tests/data/digits.csv
#include <weft/models/autoencoder.h>
#include <weft/weft.h>

#include <cstdio>
#include <exception>

namespace {

constexpr std::int64_t kCode = 8;

/// The mean squared error of the test's rows if they are told by as many
/// principal components of the training's (Pearson 1901).
double by_components(const weft::Tensor& train, const weft::Tensor& test) {
  weft::Graph g;
  const weft::Value x = g.constant(train);
  const weft::Value mean = weft::mean(x, {0}, true);
  const weft::Value rows = g.constant(test) - mean;
  const weft::Value spread = matmul(x - mean, x - mean, true, false);
  const weft::Value components = slice(eigh(spread).vectors, 1, -kCode);
  const weft::Value told =
      matmul(matmul(rows, components), components, false, true);
  return weft::eval(weft::mean(weft::square(told - rows))).item();
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::puts("usage: autoencoder FILE.csv (pixels 0 to 16, then the class)");
    return 2;
  }
  auto data = weft::data::read_csv(argv[1]);
  for (float& v : data.inputs.values<float>()) v /= 16;
  const auto [train, test] = weft::data::split(data, 0.2, {1});

  auto build = [&](weft::Graph& g, weft::Mode) {
    weft::Network n;
    n.input = g.input("x", {weft::kBatch, data.row[0]});
    const auto made =
        weft::models::autoencoder(n.input, {.hidden = {32}, .code = kCode});
    n.output = weft::sigmoid(made.reconstruction);
    n.loss = weft::mean(weft::square(n.output - n.input));
    return n;
  };
  weft::Trainer trainer(build, weft::Adam{.learning_rate = 3e-3});
  const double before = trainer.evaluate(test).loss;
  trainer.fit(train, {.epochs = 40, .batch_size = 32});
  const double after = trainer.evaluate(test).loss;
  std::printf("mean squared error %.4f before, %.4f after\n", before, after);
  const double linear = by_components(train.inputs, test.inputs);
  std::printf("by as many principal components: %.4f\n", linear);
  return after < linear ? 0 : 1;
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
