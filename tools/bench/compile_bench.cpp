// How long a graph takes to compile, through Weft's public interface.
//
//   compile_bench passes          prints the names of the passes
//   compile_bench KIND [NODES]    prints "compiled NODES SECONDS", the median
//
// KIND is chain (elementwise ops one after another, and gradients), layers
// (dense layers of width 8, gradients and Adam) or B2 (784-300-100-10 with
// Adam, no NODES). Counted are compile() and the plan for one batch size.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "weft/weft.h"

namespace {

using weft::Value;

struct Job {
  weft::Graph g;
  weft::CompileOptions options;
};

void build_chain(Job& job, int rounds) {
  const weft::Shape shape{16};
  const auto parameter = [&](const char* name) {
    return job.g.parameter(
        name, shape, weft::initializers::normal()(shape, weft::DType::f32));
  };
  const Value w = parameter("w"), b = parameter("b");
  Value x = job.g.input("x", shape);
  for (int i = 0; i < rounds; ++i) x = relu(x * w + b) - w;
  const Value end = weft::sum(x);
  job.options.outputs = weft::gradients(end, {w, b});
  job.options.outputs.push_back(end);
}

void build_network(Job& job, const std::vector<std::int64_t>& hidden) {
  Value h = job.g.input("x", {weft::kBatch, hidden.front()});
  const Value y = job.g.input("y", {weft::kBatch}, weft::DType::i32);
  for (std::size_t i = 1; i < hidden.size(); ++i) {
    h = weft::dense(h, hidden[i], {.name = "fc" + std::to_string(i)});
    if (i + 1 < hidden.size()) h = relu(h);
  }
  const Value loss = weft::mean(weft::softmax_cross_entropy(h, y));
  job.options = {.outputs = {loss},
                 .updates = weft::minimize(loss, weft::Adam{}).updates};
}

void build(Job& job, const std::string& kind, int rounds) {
  if (kind == "chain") return build_chain(job, rounds);
  if (kind == "B2") return build_network(job, {784, 300, 100, 10});
  std::vector<std::int64_t> widths(static_cast<std::size_t>(rounds) + 1, 8);
  build_network(job, widths);
}

// Rounds of a graph with about that many nodes.
int rounds_for(const std::string& kind, long nodes) {
  const auto size = [&](int rounds) {
    Job job;
    build(job, kind, rounds);
    return static_cast<long>(job.g.size());
  };
  const long few = size(4), more = size(8);
  return more == few
             ? 1
             : std::max(2,
                        static_cast<int>(4 * (nodes - few) / (more - few)) + 4);
}

double seconds_to_compile(const Job& job) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  const weft::Program p = weft::compile(job.g, job.options);
  weft::SymbolSizes sizes;
  sizes.sizes[0] = 4;
  p.planned_bytes(sizes);
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void run(const std::string& kind, long nodes) {
  Job job;
  build(job, kind, kind == "B2" ? 1 : rounds_for(kind, nodes));
  std::vector<double> times;
  double total = 0;
  while (times.size() < 1 || (total < 0.3 && times.size() < 101)) {
    times.push_back(seconds_to_compile(job));
    total += times.back();
  }
  const auto middle =
      times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  std::printf("compiled %zu %.6g\n", job.g.size(), *middle);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string kind = argc > 1 ? argv[1] : "";
  if (kind == "passes") {
    for (const std::string& name : weft::pass_names()) {
      std::printf("%s\n", name.c_str());
    }
    return 0;
  }
  if (kind != "B2" && (argc < 3 || (kind != "chain" && kind != "layers"))) {
    std::fprintf(stderr,
                 "usage: compile_bench passes | chain NODES | layers NODES | "
                 "B2\n");
    return 2;
  }
  try {
    run(kind, argc > 2 ? std::atol(argv[2]) : 0);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "compile_bench: %s\n", e.what());
    return 1;
  }
}
