// weft_exit idle|running|exit: a process that ends while executors of static
// storage have threads, a loader prefetches, checkpoints are written and, in
// the two latter, detached threads run programs. `exit` leaves by std::exit
// from another thread.

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string_view>
#include <thread>

#include "weft/weft.h"

namespace {

using namespace weft;

// Destroyed in the reverse order: the program that runs on it is gone first.
Executor early({.threads = 4});

struct Model {
  Model() {
    const Shape shape{200, 200};
    const Value w = graph.parameter(
        "w", shape, initializers::he_normal()(shape, DType::f32));
    program = compile(graph, {.outputs = {matmul(tanh(matmul(w, w)), w)},
                              .parallel_from = 0});
    state = initialize(graph, {1});
  }
  Graph graph;
  Program program;
  State state;
};

Model& model() {
  static Model m;
  return m;
}
std::unique_ptr<Executor> late;  // made after all of them, and never reset
std::atomic<int> runs{0};

/// Uses what is never destroyed, as a thread that may outlive main must.
void run_on() {
  auto* mine = new Model;
  auto* run = new Executor({.threads = 3});
  for (;;) {
    (*run)(mine->program, mine->state, {});
    ++runs;
  }
}

/// A loader that has made batches nobody took, for as long as the process.
data::Loader& loader() {
  static data::Dataset rows = [] {
    data::Dataset d;
    d.row = {50};
    d.inputs = Tensor(DType::f32, {4000, 50});
    d.targets = Tensor(DType::i32, {4000});
    return d;
  }();
  static data::Loader l(rows, {.batch_size = 100, .prefetch = true});
  return l;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view way = argc > 1 ? argv[1] : "idle";
  late = std::make_unique<Executor>(ExecutorOptions{.threads = 3});
  Tensor kept;
  for (Executor* run : {&early, late.get()}) {
    kept = (*run)(model().program, model().state, {}).front();
  }
  Tensor x, y;
  if (!loader().next(x, y) || kept.size() != 40'000) return 1;
  if (way == "idle") return 0;
  for (int i = 0; i < 2; ++i) std::thread(run_on).detach();
  while (runs < 4) std::this_thread::yield();
  if (way == "exit") {
    std::thread([] { std::exit(0); }).join();
  }
  return 0;
}
