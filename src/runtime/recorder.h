#pragma once

// Notes when each part of a run begins and ends, while a profile is made.

#include <atomic>
#include <chrono>
#include <vector>

#include "weft/profile.h"

namespace weft::runtime {

class Recorder {
 public:
  explicit Recorder(std::size_t most) : records_(most) {}

  void start() {
    count_ = 0;
    threads_ = 0;
    ++run_;
    began_ = Clock::now();
  }
  std::int64_t now() const {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() -
                                                                began_)
        .count();
  }
  void add(std::int32_t kernel, std::int64_t part, std::int64_t begin) {
    const std::size_t i = count_.fetch_add(1, std::memory_order_relaxed);
    if (i >= records_.size()) return;
    records_[i] = {kernel, part, thread(), begin, now()};
  }
  std::vector<TaskRecord> take() const {
    const std::size_t n = std::min(count_.load(), records_.size());
    return {records_.begin(),
            records_.begin() + static_cast<std::ptrdiff_t>(n)};
  }

 private:
  using Clock = std::chrono::steady_clock;

  /// Threads are counted in the order of their first part in the run.
  int thread() {
    thread_local const Recorder* of = nullptr;
    thread_local std::uint64_t run = 0;
    thread_local int number = 0;
    if (of != this || run != run_) {
      of = this;
      run = run_;
      number = threads_.fetch_add(1, std::memory_order_relaxed);
    }
    return number;
  }

  std::vector<TaskRecord> records_;
  std::atomic<std::size_t> count_{0};
  std::atomic<int> threads_{0};
  std::uint64_t run_ = 0;
  Clock::time_point began_;
};

}  // namespace weft::runtime
