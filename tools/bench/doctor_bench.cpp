// What a doctor adds to the time of a training: fit with and without one, in
// turn, the least of several.

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "weft/models/mlp.h"
#include "weft/weft.h"

namespace {

double seconds_of_fit(const weft::data::Dataset& data, int epochs,
                      bool doctor) {
  using namespace weft;
  Trainer trainer(
      [](Graph& g, Mode mode) {
        Network n;
        n.input = g.input("x", {kBatch, 784});
        n.target = g.input("y", {kBatch}, DType::i32);
        n.output = models::mlp(n.input, {.hidden = {100, 50}}, mode);
        n.loss = mean(softmax_cross_entropy(n.output, n.target));
        return n;
      },
      Adam{}, {.threads = 1});
  FitOptions options{.epochs = epochs, .batch_size = 64};
  if (doctor) options.callbacks = {std::make_shared<Doctor>()};
  const auto begin = std::chrono::steady_clock::now();
  trainer.fit(data, options);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
      .count();
}

}  // namespace

int main() {
  const auto data = weft::data::fashion_mnist().train;
  for (const int epochs : {1, 4}) {
    double without = 1e9, with = 1e9;
    for (int i = 0; i < 3; ++i) {
      without = std::min(without, seconds_of_fit(data, epochs, false));
      with = std::min(with, seconds_of_fit(data, epochs, true));
    }
    std::printf(
        "784-100-50-10 on 60,000 images, %d epochs, a thread: %.2f s, with a "
        "doctor %.2f s, %+.1f %%\n",
        epochs, without, with, 100 * (with / without - 1));
  }
}
