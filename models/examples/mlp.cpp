// A multilayer perceptron with dropout, saved, loaded and used.
//   mlp tests/data/digits.csv digits.weft
#include <weft/models/mlp.h>
#include <weft/weft.h>

#include <cstdio>
#include <exception>
#include <iostream>

int main(int argc, char** argv) try {
  if (argc != 3) {
    std::puts("usage: mlp FILE.csv OUT.weft (the class in the last column)");
    return 2;
  }
  const auto data = weft::data::read_csv(argv[1]);
  const auto [train, test] = weft::data::split(data, 0.2, {1});

  auto build = [&](weft::Graph& g, weft::Mode mode) {
    weft::Network n;
    n.input = g.input("x", {weft::kBatch, data.row[0]});
    n.target = g.input("y", {weft::kBatch}, weft::DType::i32);
    n.output = weft::models::mlp(
        n.input,
        {.hidden = {64, 32}, .classes = data.classes(), .dropout = 0.1}, mode);
    n.loss = weft::mean(weft::softmax_cross_entropy(n.output, n.target));
    return n;
  };
  weft::Trainer trainer(build, weft::Adam{});
  trainer.fit(train, {.epochs = 30,
                      .batch_size = 32,
                      .validation = &test,
                      .early_stopping = 5,
                      .callbacks = {weft::progress_bar(std::cerr)}});
  weft::save(trainer, argv[2]);

  weft::Trainer model = weft::load(argv[2]);  // needs no build()
  const auto e = model.evaluate(test);
  std::printf("loss %.4f  accuracy %.2f %%\n", e.loss, 100 * e.accuracy);
  return e.accuracy > 0.9 ? 0 : 1;
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
