// A small residual network on 8x8 digits, or on Fashion-MNIST.
//   resnet tests/data/digits.csv
//   resnet fashion-mnist --threads 2
#include <weft/models/resnet.h>

#include <exception>

#include "images.h"

int main(int argc, char** argv) try {
  const images::Arguments a = images::arguments(argc, argv);
  const auto data = images::load(a);
  weft::models::ResnetOptions o;
  images::Training t;
  if (a.fashion()) {
    o.widths = {32, 64, 128};
    o.stem_stride = 2;
    t = {.epochs = 15, .learning_rate = 4e-3, .weight_decay = 0.05};
  } else {
    o.widths = {8, 16};
    t = {.epochs = 8, .learning_rate = 1e-2};
  }
  auto build = [&](weft::Graph& g, weft::Mode mode) {
    weft::Network n;
    n.input = g.input("pixels", {weft::kBatch, data.train.row[0]});
    n.target = g.input("class", {weft::kBatch}, weft::DType::i32);
    weft::Value x = images::squares(n.input);
    if (a.fashion()) x = images::moved(x, 1, true, mode);
    n.output = weft::models::resnet(x, o, mode);
    n.loss = mean(softmax_cross_entropy(n.output, n.target));
    return n;
  };
  return images::classify(a, data, build, t, a.fashion() ? 0.92 : 0.95);
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 2;
}
