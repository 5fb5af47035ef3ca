// The models of model_cases.h in libtorch's C++ interface, of its own modules.

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include "model_cases.h"
#include "rig.h"

namespace {

using torch::Tensor;
namespace nn = torch::nn;

nn::Sequential lenet() {
  return nn::Sequential(
      nn::Conv2d(nn::Conv2dOptions(1, 6, 5).padding(2)), nn::ReLU(),
      nn::MaxPool2d(2), nn::Conv2d(nn::Conv2dOptions(6, 16, 5)), nn::ReLU(),
      nn::MaxPool2d(2), nn::Flatten(), nn::Linear(400, 120), nn::ReLU(),
      nn::Linear(120, 84), nn::ReLU(), nn::Linear(84, bench::kClasses));
}

struct LstmImpl : nn::Module {
  LstmImpl()
      : body(nn::LSTMOptions(64, bench::kLstmWidth).batch_first(true)),
        out(bench::kLstmWidth, bench::kClasses) {
    register_module("body", body);
    register_module("out", out);
  }
  Tensor forward(Tensor x) {
    return out->forward(std::get<0>(std::get<1>(body->forward(x)))[0]);
  }
  nn::LSTM body;
  nn::Linear out;
};
TORCH_MODULE(Lstm);

// nn::TransformerEncoderLayer puts its norms last.
struct BlockImpl : nn::Module {
  BlockImpl()
      : norm1(nn::LayerNormOptions({128})),
        norm2(nn::LayerNormOptions({128})),
        attention(nn::MultiheadAttentionOptions(128, bench::kHeads)),
        fc1(128, bench::kHidden),
        fc2(bench::kHidden, 128),
        out(128, bench::kClasses) {
    register_module("norm1", norm1);
    register_module("norm2", norm2);
    register_module("attention", attention);
    register_module("fc1", fc1);
    register_module("fc2", fc2);
    register_module("out", out);
  }
  Tensor forward(Tensor x) {
    x = x.transpose(0, 1);  // its attention takes steps first
    const Tensor h = norm1->forward(x);
    x = x + std::get<0>(attention->forward(h, h, h, {}, false));
    x = x + fc2->forward(torch::relu(fc1->forward(norm2->forward(x))));
    return out->forward(x.mean(0));
  }
  nn::LayerNorm norm1, norm2;
  nn::MultiheadAttention attention;
  nn::Linear fc1, fc2, out;
};
TORCH_MODULE(Block);

template <class Net>
int run(const bench::Arguments& a, Net net) {
  const bench::ModelCase c = bench::parse_model(a.name);
  std::vector<int64_t> sizes{c.batch};
  sizes.insert(sizes.end(), c.input.begin(), c.input.end());
  const Tensor x = torch::rand(sizes) * 2 - 1;
  const Tensor y = torch::arange(c.batch, torch::kLong) % bench::kClasses;
  torch::optim::Adam rule(net->parameters(), torch::optim::AdamOptions(1e-3));
  bench::measure(a, [&] {
    rule.zero_grad();
    Tensor loss = torch::cross_entropy_loss(net->forward(x), y);
    loss.backward();
    rule.step();
    volatile float value = loss.template item<float>();
    static_cast<void>(value);
  });
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Arguments a = bench::parse(argc, argv);
  torch::set_num_threads(a.threads);
  at::set_num_interop_threads(1);
  torch::manual_seed(1);
  const std::string model = bench::parse_model(a.name).model;
  if (model == "lenet") return run(a, lenet());
  if (model == "lstm") return run(a, Lstm());
  if (model == "block") return run(a, Block());
  return bench::no_such_case(a);
}
