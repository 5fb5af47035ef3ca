#include "src/runtime/helpers.h"

#ifdef __linux__
#include <sched.h>
#endif

#include <chrono>
#include <thread>

namespace weft::runtime {

namespace {

// Longer than what usually lies between two training steps.
constexpr std::chrono::microseconds kStay{300};
constexpr int kPausesPerLook = 32;

#ifdef __linux__

int current_core() { return sched_getcpu(); }

/// Moves this thread to another core than `core`, if it may run on one, and
/// leaves it free to move on.
void leave_core(int core) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  cpu_set_t others = allowed;
  CPU_CLR(static_cast<unsigned>(core), &others);
  if (CPU_COUNT(&others) == 0) return;
  if (sched_setaffinity(0, sizeof others, &others) == 0) {
    sched_setaffinity(0, sizeof allowed, &allowed);
  }
}

#else

int current_core() { return -1; }
void leave_core(int) {}

#endif

}  // namespace

std::atomic<int>& ActiveRun::count() {
  static std::atomic<int> runs{0};
  return runs;
}

bool ActiveRun::machine_is_busy() {
  static const int cores =
      static_cast<int>(std::thread::hardware_concurrency());
  const int runs = count().load(std::memory_order_relaxed);
  return runs > 1 && runs >= cores;
}

bool Helpers::open(Work work, void* data) {
  if (taken_.exchange(true, std::memory_order_acquire)) return false;
  work_ = work;
  data_ = data;
  caller_core_.store(current_core(), std::memory_order_relaxed);
  round_.fetch_add(1, std::memory_order_seq_cst);
  return true;
}

void Helpers::close() {
  // A helper counts itself in before it looks whether the round is still the
  // one it saw; so either it sees that it is not, or it is counted here.
  round_.fetch_add(1, std::memory_order_seq_cst);
  for (int looks = 0; inside_.load(std::memory_order_seq_cst) > 0; ++looks) {
    if (looks < kPausesPerLook) {
      pause();
    } else {
      std::this_thread::yield();
    }
  }
  taken_.store(false, std::memory_order_release);
}

int Helpers::reserve() {
  const int here = here_.load(std::memory_order_seq_cst);
  if (here >= most_) return 0;
  // Only the caller that has opened the round raises the count.
  here_.fetch_add(most_ - here, std::memory_order_relaxed);
  return most_ - here;
}

void Helpers::stop() {
  // Bounded, for a process may end without its threads.
  constexpr std::chrono::seconds kPatience{10};
  stopped_.store(true, std::memory_order_seq_cst);
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (here_.load(std::memory_order_seq_cst) > 0 &&
         std::chrono::steady_clock::now() < until) {
    std::this_thread::yield();
  }
}

/// The kernel may wake a helper on the caller's core, though others are idle,
/// and leave both there for milliseconds.
void Helpers::keep_apart() {
  const int core = current_core();
  if (core >= 0 && core == caller_core_.load(std::memory_order_relaxed)) {
    leave_core(core);
  }
}

void Helpers::serve() {
  using Clock = std::chrono::steady_clock;
  std::uint32_t seen = 0;
  keep_apart();
  auto until = Clock::now() + kStay;
  while (!stopped_.load(std::memory_order_relaxed)) {
    const std::uint32_t round = round_.load(std::memory_order_seq_cst);
    if (round % 2 == 1 && round != seen) {
      inside_.fetch_add(1, std::memory_order_seq_cst);
      if (round_.load(std::memory_order_seq_cst) == round) {
        seen = round;
        work_(data_, true);
      }
      inside_.fetch_sub(1, std::memory_order_seq_cst);
      until = Clock::now() + kStay;
    } else {
      for (int i = 0; i < kPausesPerLook; ++i) pause();
      std::this_thread::yield();
      if (Clock::now() > until && left_unseen(seen)) return;
    }
    if (ActiveRun::machine_is_busy()) break;
  }
  here_.fetch_sub(1, std::memory_order_relaxed);
}

/// Counts this helper out, unless a round began meanwhile whose caller may have
/// counted on it.
bool Helpers::left_unseen(std::uint32_t seen) {
  here_.fetch_sub(1, std::memory_order_seq_cst);
  const std::uint32_t round = round_.load(std::memory_order_seq_cst);
  if (round % 2 == 0 || round == seen) return true;
  here_.fetch_add(1, std::memory_order_seq_cst);
  return false;
}

}  // namespace weft::runtime
