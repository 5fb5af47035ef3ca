// LeNet-5 on 8x8 digits, or a wider one on Fashion-MNIST.
//   lenet tests/data/digits.csv
//   lenet fashion-mnist --threads 2
#include <weft/models/lenet.h>

#include <exception>

#include "images.h"

int main(int argc, char** argv) try {
  const images::Arguments a = images::arguments(argc, argv);
  const auto data = images::load(a);
  weft::models::LeNetOptions o;
  images::Training t;
  if (a.fashion()) {
    o.channels = {32, 64};
    o.hidden = {128};
    o.window = 3;
    o.dropout = 0.3;
    t = {.epochs = 10, .learning_rate = 2e-3};
  } else {
    o.channels = {16, 48};
    o.window = 3;
    t = {.epochs = 40, .learning_rate = 5e-3};
  }
  auto build = [&](weft::Graph& g, weft::Mode mode) {
    weft::Network n;
    n.input = g.input("pixels", {weft::kBatch, data.train.row[0]});
    n.target = g.input("class", {weft::kBatch}, weft::DType::i32);
    weft::Value x = images::squares(n.input);
    if (a.fashion()) x = images::moved(x, 0, true, mode);
    n.output = weft::models::lenet(x, o, mode);
    n.loss = mean(softmax_cross_entropy(n.output, n.target));
    return n;
  };
  return images::classify(a, data, build, t, a.fashion() ? 0.92 : 0.95);
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 2;
}
