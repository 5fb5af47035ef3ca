// The training of models/examples/vae.cpp on Fashion-MNIST in libtorch, for the
// bound of ln p(x): the same data, network, optimiser and schedule.
//   torch-vae [EPOCHS]

#include <torch/torch.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <numbers>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using torch::Tensor;
namespace nn = torch::nn;

constexpr std::int64_t kPixels = 784, kCode = 20, kBatch = 128;
constexpr double kRate = 2e-3, kLeast = 0.001, kWarmup = 0.1;

/// The pixels of an IDX file, from 0 to 1.
Tensor images(const std::string& part, std::int64_t count) {
  const std::string path =
      "/usr/share/datasets/fashion-mnist/" + part + "-images-idx3-ubyte.gz";
  constexpr std::int64_t kHeader = 16;
  std::vector<std::uint8_t> bytes(
      static_cast<std::size_t>(kHeader + count * kPixels));
  gzFile file = gzopen(path.c_str(), "rb");
  const int got =
      file ? gzread(file, bytes.data(), static_cast<unsigned>(bytes.size()))
           : -1;
  if (file) gzclose(file);
  if (got != static_cast<int>(bytes.size())) {
    throw std::runtime_error(path + " can't be read");
  }
  return torch::from_blob(bytes.data() + kHeader, {count, kPixels}, torch::kU8)
             .to(torch::kFloat32) /
         255;
}

struct Vae : nn::Module {
  nn::Linear a, b, mean, log_variance, c, d, out;
  Vae()
      : a(kPixels, 512),
        b(512, 256),
        mean(256, kCode),
        log_variance(256, kCode),
        c(kCode, 256),
        d(256, 512),
        out(512, kPixels) {
    int i = 0;
    for (nn::Linear* layer : {&a, &b, &mean, &log_variance, &c, &d, &out}) {
      register_module("layer" + std::to_string(i++), *layer);
      torch::NoGradGuard guard;
      nn::init::kaiming_normal_((*layer)->weight);
      (*layer)->bias.zero_();
    }
  }
  /// Minus the bound, of all rows together.
  Tensor cost(const Tensor& x) {
    const Tensor h = torch::relu(b(torch::relu(a(x))));
    const Tensor m = mean(h), v = log_variance(h);
    const Tensor code = m + (0.5 * v).exp() * torch::randn_like(m);
    const Tensor y = out(torch::relu(d(torch::relu(c(code)))));
    const Tensor told = torch::binary_cross_entropy_with_logits(
        y, x, {}, {}, torch::Reduction::Sum);
    return told + 0.5 * (m.square() + v.exp() - 1 - v).sum();
  }
};

/// A rise, then the half of a cosine.
double rate(std::int64_t step, std::int64_t steps) {
  const double warm = kWarmup * static_cast<double>(steps);
  const double at = static_cast<double>(step);
  const double share =
      kLeast +
      (1 - kLeast) * 0.5 *
          (1 + std::cos(std::numbers::pi * at / static_cast<double>(steps)));
  return kRate * share * std::min(1.0, (at + 1) / warm);
}

}  // namespace

int main(int argc, char** argv) {
  torch::manual_seed(1);
  const std::int64_t epochs = argc > 1 ? std::atoll(argv[1]) : 20;
  const Tensor train = images("train", 60000), test = images("t10k", 10000);
  Vae vae;
  torch::optim::AdamW optimiser(
      vae.parameters(), torch::optim::AdamWOptions(kRate).weight_decay(0.01));
  const std::int64_t batches = (train.size(0) + kBatch - 1) / kBatch;
  std::int64_t step = 0;
  for (std::int64_t epoch = 0; epoch < epochs; ++epoch) {
    const Tensor order = torch::randperm(train.size(0));
    for (std::int64_t i = 0; i < batches; ++i, ++step) {
      const Tensor x = train.index_select(
          0, order.slice(0, i * kBatch,
                         std::min((i + 1) * kBatch, train.size(0))));
      for (auto& group : optimiser.param_groups()) {
        static_cast<torch::optim::AdamWOptions&>(group.options())
            .lr(rate(step, epochs * batches));
      }
      optimiser.zero_grad();
      (vae.cost(x) / x.size(0)).backward();
      optimiser.step();
    }
  }
  torch::NoGradGuard guard;
  std::printf(
      "lower bound of ln p(x): %.2f nats an image\n",
      -vae.cost(test).item<double>() / static_cast<double>(test.size(0)));
}
