// What tools/bench/rows_bench.cpp measures, with libtorch: nn::Embedding with
// dense and with sparse gradients, which optim::SGD and Adagrad take; its Adam
// takes dense ones alone.
//   torch_rows [ROUNDS]
// g++ -O2 -std=c++17 torch_rows.cpp -I/usr/include/torch/csrc/api/include
//   -ltorch -ltorch_cpu -lc10
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace {

constexpr long kWidth = 32, kBatchSize = 256;
constexpr std::size_t kBatches = 64;

using Optimizer = torch::optim::Optimizer;
using Make =
    std::function<std::unique_ptr<Optimizer>(std::vector<torch::Tensor>)>;

struct Training {
  torch::nn::Embedding table;
  std::unique_ptr<Optimizer> optimizer;
  std::vector<torch::Tensor> batches;
  std::size_t next = 0;

  Training(long rows, bool sparse, const Make& make)
      : table(torch::nn::EmbeddingOptions(rows, kWidth).sparse(sparse)),
        optimizer(make(table->parameters())) {
    for (std::size_t b = 0; b < kBatches; ++b) {
      batches.push_back(torch::randint(rows, {kBatchSize}, torch::kLong));
    }
  }
  double time(int steps) {
    const auto begin = std::chrono::steady_clock::now();
    for (int s = 0; s < steps; ++s) {
      table->weight.mutable_grad().reset();
      const auto x = table->forward(batches[next++ % kBatches]);
      (x - 1).square().mean().backward();
      optimizer->step();
    }
    const std::chrono::duration<double, std::micro> d =
        std::chrono::steady_clock::now() - begin;
    return d.count() / steps;
  }
};

double least(const std::vector<double>& v) {
  return *std::min_element(v.begin(), v.end());
}

void compare(const char* name, long rows, const Make& make, bool sparse_too,
             int rounds) {
  Training whole(rows, false, make);
  std::unique_ptr<Training> by_rows;
  if (sparse_too) by_rows = std::make_unique<Training>(rows, true, make);
  const int few = rows > 100'000 ? 1 : 50;
  whole.time(few);
  if (by_rows) by_rows->time(200);
  std::vector<double> a, b;
  for (int r = 0; r < rounds; ++r) {
    if (by_rows) a.push_back(by_rows->time(100));
    b.push_back(whole.time(few));
  }
  const std::string sparse =
      by_rows ? std::to_string(least(a)).substr(0, 8) : "-";
  std::printf("%-8s %9ld x %ld  %10s us %10.1f us\n", name, rows, kWidth,
              sparse.c_str(), least(b));
}

}  // namespace

int main(int argc, char** argv) {
  using namespace torch::optim;
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 20;
  torch::set_num_threads(1);
  std::printf(
      "libtorch, batches of %ld, one thread; time of a step\n"
      "%-23s %13s %13s\n",
      kBatchSize, "", "sparse", "dense");
  for (const long rows : {10'000L, 1'000'000L}) {
    compare(
        "sgd", rows,
        [](auto p) { return std::make_unique<SGD>(p, SGDOptions(0.1)); }, true,
        rounds);
    compare(
        "adagrad", rows,
        [](auto p) {
          return std::make_unique<Adagrad>(p, AdagradOptions(0.01));
        },
        true, rounds);
    compare(
        "adam", rows,
        [](auto p) { return std::make_unique<Adam>(p, AdamOptions(1e-3)); },
        false, rounds);
  }
}
