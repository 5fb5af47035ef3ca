// Logistic regression on handwritten digits.
//   logistic tests/data/digits.csv
#include <weft/models/logistic.h>
#include <weft/weft.h>

#include <cstdio>
#include <exception>

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::puts("usage: logistic FILE.csv (the class in the last column)");
    return 2;
  }
  auto [train, test] =
      weft::data::split(weft::data::read_csv(argv[1]), 0.2, {1});
  const weft::data::Scaler scaler = weft::data::standardize(train);
  train = weft::data::apply(scaler, train);
  test = weft::data::apply(scaler, test);

  weft::Graph g;
  const auto x = g.input("x", {weft::kBatch, train.row[0]});
  const auto y = g.input("y", {weft::kBatch}, weft::DType::i32);
  const auto logits = weft::models::logistic(x, train.classes());
  const auto loss = weft::mean(weft::softmax_cross_entropy(logits, y));

  weft::Trainer trainer(loss, weft::Adam{.learning_rate = 1e-2},
                        {.output = logits});
  trainer.fit(train, {.epochs = 20, .batch_size = 32});
  const auto e = trainer.evaluate(test);
  std::printf("loss %.4f  accuracy %.2f %%\n", e.loss, 100 * e.accuracy);
  return e.accuracy > 0.9 ? 0 : 1;
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
