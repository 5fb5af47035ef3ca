// What it costs that a training can tell which step broke, and that it writes
// checkpoints: shares of the time of its steps, on one thread. Times are those
// of the processor in the thread that trains, so that others don't count.
//   safety_bench [seconds a network] [folder for checkpoints]
// Where time can't be trusted, valgrind counts instructions: the difference of
//   valgrind --tool=callgrind safety_bench steps N
//   valgrind --tool=callgrind safety_bench checks N
// is what the checks take in N steps of the network that N stands beside below.

#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "src/train/replay.h"
#include "weft/models/mlp.h"
#include "weft/weft.h"

using namespace weft;

namespace {

double seconds_of(clockid_t clock) {
  timespec t{};
  ::clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

double now() { return seconds_of(CLOCK_THREAD_CPUTIME_ID); }

double median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  return v.empty() ? 0 : v[v.size() / 2];
}

struct Case {
  const char* name;
  std::int64_t inputs, batch;
  std::vector<std::int64_t> hidden;
};

// The last one has as many weights for an example as can be: its steps do
// little but go through its state, as a check and a checkpoint do.
const Case kCases[] = {{"20-40-20-10, batch 16", 20, 16, {40, 20}},
                       {"784-300-100-10, batch 64", 784, 64, {300, 100}},
                       {"784-2048-1024-10, batch 1", 784, 1, {2048, 1024}}};

data::Dataset examples(const Case& c) {
  constexpr std::int64_t kRows = 1024;
  data::Dataset d;
  d.row = {c.inputs};
  d.inputs = Tensor(DType::f32, {kRows, c.inputs});
  d.targets = Tensor(DType::i32, {kRows});
  RandomSequence draws(Philox({1}, 1, 0));
  for (float& v : d.inputs.values<float>()) {
    v = static_cast<float>(draws.normal());
  }
  for (std::int64_t i = 0; i < kRows; ++i) {
    d.targets.data<std::int32_t>()[i] = static_cast<std::int32_t>(i % 10);
  }
  return d;
}

Trainer make(const Case& c) {
  return Trainer(
      [&c](Graph& g, Mode mode) {
        Network n;
        n.input = g.input("x", {kBatch, c.inputs});
        n.target = g.input("y", {kBatch}, DType::i32);
        n.output = models::mlp(n.input, {.hidden = c.hidden}, mode);
        n.loss = mean(softmax_cross_entropy(n.output, n.target));
        return n;
      },
      Adam{}, {.threads = 1});
}

/// Steps and their times, by the clock of the callback before the checkpoints'.
struct Steps final : Callback {
  bool on_step(Trainer&, std::int64_t, std::int64_t, double) override {
    times.push_back(now());
    return times.back() < until;
  }
  std::vector<double> times;
  double until = 0;
};

double step_seconds(const Case& c, const data::Dataset& d, double seconds) {
  Trainer t = make(c);
  auto steps = std::make_shared<Steps>();
  steps->until = now() + seconds;
  t.fit(d, {.epochs = 1'000'000, .batch_size = c.batch, .callbacks = {steps}});
  std::vector<double> each;
  for (std::size_t i = 1; i < steps->times.size(); ++i) {
    each.push_back(steps->times[i] - steps->times[i - 1]);
  }
  return median(each);
}

double check_seconds(const Case& c) {
  Trainer t = make(c);
  Replay replay;
  replay.begin(t.state(), t.progress());
  std::vector<double> each;
  for (int i = 0; i < 31; ++i) {
    const double begin = now();
    if (!replay.keep(t.state(), t.progress())) std::abort();
    each.push_back(now() - begin);
  }
  return median(each);
}

constexpr std::int64_t kEvery = 100;

/// What a step with a checkpoint takes longer than the others.
double stall_seconds(const Case& c, const data::Dataset& d, double seconds,
                     const std::string& folder) {
  std::filesystem::remove_all(folder);
  Trainer t = make(c);
  auto steps = std::make_shared<Steps>();
  steps->until = now() + seconds;
  t.fit(d,
        {.epochs = 1'000'000,
         .batch_size = c.batch,
         .callbacks = {steps},
         .checkpoints = {
             .directory = folder, .every_steps = kEvery, .keep_best = false}});
  std::vector<double> with, without;
  for (std::size_t i = 1; i < steps->times.size(); ++i) {
    // The checkpoint of step i is made before the clock is read for the next.
    auto& to = i % kEvery == 0 ? with : without;
    to.push_back(steps->times[i] - steps->times[i - 1]);
  }
  std::filesystem::remove_all(folder);
  return std::max(0.0, median(with) - median(without));
}

/// For callgrind: N steps of the second network, and the checks of so many.
int count(const char* what, int steps) {
  const Case& c = kCases[1];
  const data::Dataset d = examples(c);
  Trainer t = make(c);
  auto stop = std::make_shared<Steps>();
  stop->until = 1e300;
  const auto rows = static_cast<int>(d.size() / c.batch);
  t.fit(d, {.epochs = steps / rows, .batch_size = c.batch});
  if (std::strcmp(what, "checks") != 0) return 0;
  Replay replay;
  replay.begin(t.state(), t.progress());
  for (int i = 0; i < steps / 256; ++i) {
    if (!replay.keep(t.state(), t.progress())) return 1;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string first = argc > 2 ? argv[1] : "";
  if (first == "steps" || first == "checks") {
    return count(argv[1], std::atoi(argv[2]));
  }
  const double seconds = argc > 1 ? std::atof(argv[1]) : 3;
  const std::string folder =
      argc > 2 ? std::string(argv[2]) : std::string("safety_bench");
  std::printf("%-26s %10s %22s %26s\n", "network", "step", "check, every 256",
              "checkpoint, every 100");
  for (const Case& c : kCases) {
    const data::Dataset d = examples(c);
    const double step = step_seconds(c, d, seconds);
    const double check = check_seconds(c);
    const double stall = stall_seconds(c, d, seconds, folder);
    std::printf("%-26s %7.1f us %9.1f us = %5.2f %% %12.1f us = %5.2f %%\n",
                c.name, 1e6 * step, 1e6 * check, 100 * check / (256 * step),
                1e6 * stall, 100 * stall / (kEvery * step));
  }
}
