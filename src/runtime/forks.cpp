#include "src/runtime/forks.h"

#include <pthread.h>

#include <atomic>

namespace weft::runtime {

namespace {

std::atomic<bool> has_threads{false};
std::atomic<int> lost{0};

void in_child() {
  if (has_threads.exchange(false)) ++lost;
}

}  // namespace

void note_threads() {
  static const int registered = pthread_atfork(nullptr, nullptr, in_child);
  (void)registered;
  has_threads.store(true, std::memory_order_relaxed);
}

int lost_threads() { return lost.load(std::memory_order_relaxed); }

}  // namespace weft::runtime
