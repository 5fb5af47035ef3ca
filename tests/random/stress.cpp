// weft_stress [SECONDS [FIRST_SEED]]: threads that share random programs,
// executors with any number of threads, states and graphs must all get the bits
// that one thread gets alone. Made for ThreadSanitizer.

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <thread>

#include "recipe.h"

namespace {

using namespace random_graphs;
using Clock = std::chrono::steady_clock;

/// A program that threads share, and what it gives.
struct Shared {
  Built built;
  Program program;
  std::vector<Tensor> outputs;
  State after;  ///< a run that starts with the built state
};

std::vector<Tensor> run_once(Executor& run, const Program& p, State& state,
                             const std::vector<Feed>& feeds) {
  std::vector<Tensor> results = run(p, state, feeds);
  for (Tensor& t : results) t = t.clone();
  return results;
}

Shared share(std::uint64_t seed) {
  Shared s;
  s.built = build(generate(seed));
  s.program = compile(*s.built.graph, {.outputs = s.built.outputs,
                                       .updates = s.built.updates,
                                       .parallel_from = 0});
  Executor alone({.threads = 1});
  s.after = s.built.state.clone();
  s.outputs = run_once(alone, s.program, s.after, s.built.feeds);
  return s;
}

bool equal(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!a[i].bits_equal(b[i])) return false;
  }
  return a.size() == b.size();
}

bool equal(const State& a, const State& b) {
  for (std::size_t i = 0; i < a.entries().size(); ++i) {
    if (!a.entries()[i].tensor.bits_equal(b.entries()[i].tensor)) return false;
  }
  return true;
}

/// One thread's part of a round.
class Worker {
 public:
  Worker(std::vector<Shared>& programs,
         std::vector<std::unique_ptr<Executor>>& executors, std::uint64_t seed)
      : programs_(programs),
        executors_(executors),
        draws_(Philox({seed}, 0, 0)) {}

  /// What went wrong; empty if nothing did.
  std::string work(int runs) {
    for (int i = 0; i < runs; ++i) {
      Shared& s = programs_[draws_.below(programs_.size())];
      const bool writes = !s.built.updates.empty();
      // A state that nobody writes is shared.
      State own = writes ? s.built.state.clone() : State();
      State& state = writes ? own : s.built.state;
      const bool own_program = draws_.below(8) == 0;
      const Program program = own_program ? again(s) : s.program;
      Executor& run = *executors_[draws_.below(executors_.size())];
      const auto found = run_once(run, program, state, s.built.feeds);
      if (!equal(found, s.outputs) || (writes && !equal(own, s.after))) {
        return "other bits with " + std::to_string(run.threads()) + " threads";
      }
    }
    return {};
  }

 private:
  /// The graph is read by all who compile it.
  static Program again(const Shared& s) {
    return compile(*s.built.graph, {.outputs = s.built.outputs,
                                    .updates = s.built.updates,
                                    .parallel_from = 0});
  }

  std::vector<Shared>& programs_;
  std::vector<std::unique_ptr<Executor>>& executors_;
  RandomSequence draws_;
};

/// Programs and executors that all threads use at once.
std::string round(std::uint64_t seed, std::int64_t& runs) {
  constexpr int kThreads = 4, kRuns = 12;
  RandomSequence draws(Philox({seed}, 1, 0));
  std::vector<Shared> programs;
  for (std::uint64_t i = 0; i < 3; ++i) programs.push_back(share(3 * seed + i));
  std::vector<std::unique_ptr<Executor>> executors;
  for (int i = 0; i < 3; ++i) {
    const ExecutorOptions options{1 + static_cast<int>(draws.below(8))};
    executors.push_back(std::make_unique<Executor>(options));
  }
  std::mutex mutex;
  std::string wrong;
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      std::string found;
      try {
        found = Worker(programs, executors, seed * kThreads + t).work(kRuns);
      } catch (const std::exception& e) {
        found = e.what();
      }
      const std::lock_guard lock(mutex);
      if (wrong.empty()) wrong = found;
    });
  }
  for (std::thread& t : threads) t.join();
  runs += kThreads * kRuns;
  // In either order.
  if (draws.below(2) == 0) executors.clear();
  return wrong;
}

}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 5;
  const std::uint64_t first =
      argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  std::int64_t runs = 0;
  std::uint64_t seed = first;
  for (; Clock::now() < end; ++seed) {
    const std::string wrong = round(seed, runs);
    if (wrong.empty()) continue;
    std::cout << "round " << seed << ": " << wrong << "\n";
    return 1;
  }
  std::cout << seed - first << " rounds, " << runs
            << " runs by 4 threads at once: the bits of one thread\n";
  return 0;
}
