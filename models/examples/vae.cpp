// A variational autoencoder of 8x8 digits, or of Fashion-MNIST, and images that
// it makes up.
//   vae tests/data/digits.csv
//   vae fashion-mnist --threads 2
#include <weft/models/vae.h>

#include <exception>

#include "images.h"

namespace {

/// Images of codes that are drawn, as text.
void show(weft::Trainer& model, std::int64_t pixels,
          const weft::models::VaeOptions& o) {
  constexpr std::int64_t kCount = 6;
  weft::Graph g;
  const weft::Value code =
      random_normal(g, {kCount, o.code}, 0, 1, weft::DType::f32);
  const weft::Value image =
      images::squares(sigmoid(weft::models::vae_decoder(code, pixels, o)));
  const weft::Tensor t = eval(image, model.state());
  const std::int64_t n = t.dim(2), step = n > 16 ? 2 : 1;
  for (std::int64_t y = 0; y < n; y += step) {
    for (std::int64_t i = 0; i < kCount; ++i) {
      for (std::int64_t x = 0; x < n; x += step) {
        const double v = t.at((i * n + y) * n + x);
        std::putchar(" .:-=+*#%@"[static_cast<int>(v * 9.99)]);
      }
      std::putchar(' ');
    }
    std::putchar('\n');
  }
}

}  // namespace

int main(int argc, char** argv) try {
  const images::Arguments a = images::arguments(argc, argv);
  const auto data = images::load(a);
  const std::int64_t pixels = data.train.row.dim(0);
  weft::models::VaeOptions o;
  images::Training t;
  if (a.fashion()) {
    o = {.hidden = {512, 256}, .code = 20};
    t = {.epochs = 20, .batch_size = 128, .learning_rate = 2e-3};
  } else {
    o = {.hidden = {64}, .code = 6};
    t = {.epochs = 80, .batch_size = 32, .learning_rate = 5e-3};
  }
  auto build = [&](weft::Graph& g, weft::Mode) {
    weft::Network n;
    n.input = g.input("pixels", {weft::kBatch, pixels});
    const auto made = weft::models::vae(n.input, o);
    n.output = made.reconstruction;
    n.loss = mean(made.cost);
    return n;
  };
  weft::Trainer trainer = images::train(a, data, build, t);
  const double cost = trainer.evaluate(data.test).loss;
  std::printf("lower bound of ln p(x): %.2f nats an image\n", -cost);
  show(trainer, pixels, o);
  return cost < (a.fashion() ? 245 : 26) ? 0 : 1;
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 2;
}
