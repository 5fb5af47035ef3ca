// Steps of training over a table of which a batch touches few rows: by rows and
// as a whole, in turn. Prints microseconds, of the round with the least.
//   rows_bench [ROUNDS]
// tools/bench/peers/torch_rows.cpp does the same with libtorch.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "weft/weft.h"

namespace {

using namespace weft;

constexpr std::int64_t kWidth = 32, kBatchSize = 256;
constexpr int kBatches = 64;  // different ones, used in turn

struct Training {
  Graph g;
  Value i, loss;
  Program program;
  State state;
  Executor run{{.threads = 1}};
  std::vector<Tensor> batches;
  std::vector<Tensor> out{1};
  std::size_t next = 0;

  Training(std::int64_t rows, bool sparse, const Optimizer& rule) {
    i = g.input("i", {kBatch}, DType::i32);
    loss = mean(square(embedding(i, rows, kWidth, {.sparse = sparse}) - 1));
    program = compile(
        g, {.outputs = {loss}, .updates = minimize(loss, rule).updates});
    state = initialize(g, {1});
    for (int b = 0; b < kBatches; ++b) {
      Tensor t(DType::i32, {kBatchSize});
      RandomSequence draws(Philox({1}, 1, static_cast<std::uint64_t>(b)));
      for (auto& v : t.values<std::int32_t>()) {
        v = static_cast<std::int32_t>(
            draws.below(static_cast<std::uint64_t>(rows)));
      }
      batches.push_back(t);
    }
  }
  /// Microseconds of a step.
  double time(int steps) {
    const auto begin = std::chrono::steady_clock::now();
    for (int s = 0; s < steps; ++s) {
      const Feed feed{i, batches[next++ % kBatches]};
      run.run(program, state, {&feed, 1}, out);
    }
    const std::chrono::duration<double, std::micro> d =
        std::chrono::steady_clock::now() - begin;
    return d.count() / steps;
  }
};

double least(const std::vector<double>& v) {
  return *std::min_element(v.begin(), v.end());
}

void compare(std::int64_t rows, const Optimizer& rule, int rounds) {
  Training by_rows(rows, true, rule), whole(rows, false, rule);
  const int few = rows > 100'000 ? 1 : 50;
  by_rows.time(200);
  whole.time(few);
  std::vector<double> a, b;
  for (int r = 0; r < rounds; ++r) {
    a.push_back(by_rows.time(100));
    b.push_back(whole.time(few));
  }
  SymbolSizes sizes;
  sizes.sizes[0] = kBatchSize;
  std::printf("%-8s %9lld x %lld  %10.1f us %10.1f us  %9.3f MB %9.3f MB\n",
              rule.name().c_str(), static_cast<long long>(rows),
              static_cast<long long>(kWidth), least(a), least(b),
              double(by_rows.program.planned_bytes(sizes)) / 1e6,
              double(whole.program.planned_bytes(sizes)) / 1e6);
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 20;
  std::printf(
      "batches of %lld, one thread; time and planned memory of a step\n"
      "%-23s %13s %13s %12s %12s\n",
      static_cast<long long>(kBatchSize), "", "by rows", "whole", "by rows",
      "whole");
  for (const std::int64_t rows : {10'000, 1'000'000}) {
    compare(rows, Sgd{}, rounds);
    compare(rows, Adagrad{}, rounds);
    compare(rows, Adam{}, rounds);
  }
}
