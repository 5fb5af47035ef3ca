// The cases in libtorch's C++ interface, as its tutorials write them. See rig.h
// for arguments and output.

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include "cases.h"
#include "rig.h"

namespace {

using torch::Tensor;

struct Batch {
  Tensor x, y;
};

class Source {
 public:
  Source(long n, long batch) : data_(bench::load(n)), batches_{n, batch} {
    x_ = torch::from_blob(data_.x.data(), {n, 784});
    y_ = torch::tensor(std::vector<int64_t>(data_.y.begin(), data_.y.end()));
  }
  Batch next() {
    const long row = batches_.next();
    return {x_.narrow(0, row, batches_.size), y_.narrow(0, row, batches_.size)};
  }

 private:
  bench::Data data_;
  bench::Batches batches_;
  Tensor x_, y_;
};

torch::nn::Sequential mlp(const std::vector<int>& sizes, bool sigmoid) {
  torch::nn::Sequential net;
  for (std::size_t i = 1; i < sizes.size(); ++i) {
    net->push_back(torch::nn::Linear(sizes[i - 1], sizes[i]));
    if (i + 1 == sizes.size()) break;
    if (sigmoid) {
      net->push_back(torch::nn::Sigmoid());
    } else {
      net->push_back(torch::nn::ReLU());
    }
  }
  return net;
}

std::unique_ptr<torch::optim::Optimizer> optimizer(
    const std::vector<Tensor>& parameters, bench::Rule rule, double rate) {
  using namespace torch::optim;
  switch (rule) {
    case bench::Rule::adam:
      return std::make_unique<Adam>(parameters, AdamOptions(rate));
    case bench::Rule::momentum:
      return std::make_unique<SGD>(parameters,
                                   SGDOptions(rate).momentum(bench::kMomentum));
    default: return std::make_unique<SGD>(parameters, SGDOptions(rate));
  }
}

Tensor cost(const Tensor& out, const Tensor& y, bench::Cost kind) {
  if (kind == bench::Cost::cross_entropy) {
    return torch::cross_entropy_loss(out, y);
  }
  return torch::mse_loss(torch::sigmoid(out),
                         torch::one_hot(y, 10).to(torch::kFloat));
}

int run_mlp(const bench::Arguments& a, const bench::MlpCase& c) {
  Source source(bench::examples(a.name), c.batch);
  auto net = mlp(c.sizes, c.sigmoid);
  if (c.rule == bench::Rule::forward_only) {
    const c10::InferenceMode guard;
    bench::measure(a, [&] {
      volatile float first = net->forward(source.next().x).data_ptr<float>()[0];
      static_cast<void>(first);
    });
    return 0;
  }
  auto rule = optimizer(net->parameters(), c.rule, c.rate);
  const auto step = [&] {
    const Batch b = source.next();
    rule->zero_grad();
    Tensor loss = cost(net->forward(b.x), b.y, c.cost);
    loss.backward();
    if (c.rule != bench::Rule::none) rule->step();
    volatile float value = loss.item<float>();
    static_cast<void>(value);
  };
  if (a.name == "start") {
    bench::measure_start(step);
  } else {
    bench::measure(a, step);
  }
  return 0;
}

int run_towers(const bench::Arguments& a) {
  Source source(bench::examples(a.name), bench::kTowerBatch);
  std::vector<int> sizes(bench::kTowerLayers + 1, bench::kTowerWidth);
  sizes[0] = bench::kTowerInput;
  std::vector<torch::nn::Sequential> towers;
  std::vector<Tensor> parameters;
  const auto keep = [&](const std::vector<Tensor>& more) {
    parameters.insert(parameters.end(), more.begin(), more.end());
  };
  for (int t = 0; t < bench::kTowers; ++t) {
    towers.push_back(mlp(sizes, false));
    keep(towers.back()->parameters());
  }
  torch::nn::Linear last(bench::kTowers * bench::kTowerWidth, 10);
  keep(last->parameters());
  auto rule = optimizer(parameters, bench::Rule::momentum, 0.01);
  bench::measure(a, [&] {
    const Batch b = source.next();
    rule->zero_grad();
    std::vector<Tensor> ends;
    for (int t = 0; t < bench::kTowers; ++t) {
      const Tensor x =
          b.x.narrow(1, t * bench::kTowerInput, bench::kTowerInput);
      ends.push_back(
          torch::relu(towers[static_cast<std::size_t>(t)]->forward(x)));
    }
    Tensor loss =
        torch::cross_entropy_loss(last->forward(torch::cat(ends, 1)), b.y);
    loss.backward();
    rule->step();
    volatile float value = loss.item<float>();
    static_cast<void>(value);
  });
  return 0;
}

int run_chain(const bench::Arguments& a) {
  const int64_t n = bench::kChainWidth;
  Tensor w = torch::full({n}, 0.999f, torch::requires_grad());
  Tensor b = torch::full({n}, 0.01f, torch::requires_grad());
  const Tensor c = torch::full({n}, 0.005f), x0 = torch::full({n}, 0.5f);
  bench::measure(a, [&] {
    w.mutable_grad() = Tensor();
    b.mutable_grad() = Tensor();
    Tensor x = x0;
    for (int i = 0; i < bench::kChainRounds; ++i) {
      x = torch::relu(x * w + b) - c;
    }
    x.sum().backward();
  });
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Arguments a = bench::parse(argc, argv);
  torch::set_num_threads(a.threads);
  at::set_num_interop_threads(1);
  torch::manual_seed(1);
  if (const auto* c = bench::find_mlp(a.name)) return run_mlp(a, *c);
  if (a.name == "B7") return run_chain(a);
  if (a.name == "B9") return run_towers(a);
  return bench::no_such_case(a);
}
