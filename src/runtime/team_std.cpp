#ifdef WEFT_STD_THREADS

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "src/runtime/team.h"

namespace weft::runtime {

namespace {

/// Threads that wait for work. Calls of `run` from several threads take turns.
class StdTeam final : public Team {
 public:
  explicit StdTeam(int threads) {
    for (int i = 1; i < threads; ++i) {
      workers_.emplace_back([this] { serve(); });
    }
  }
  ~StdTeam() override {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wake_.notify_all();
    for (std::thread& t : workers_) t.join();
  }

  void run(void (*work)(void*), void* data) override {
    const std::lock_guard turn(turn_);
    {
      const std::lock_guard lock(mutex_);
      work_ = work;
      data_ = data;
      active_ = workers_.size();
      ++round_;
    }
    wake_.notify_all();
    work(data);
    std::unique_lock lock(mutex_);
    finished_.wait(lock, [this] { return active_ == 0; });
  }

 private:
  void serve() {
    std::uint64_t seen = 0;
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [&] { return stop_ || round_ != seen; });
      if (stop_) return;
      seen = round_;
      lock.unlock();
      work_(data_);
      lock.lock();
      if (--active_ == 0) finished_.notify_one();
    }
  }

  std::vector<std::thread> workers_;
  std::mutex turn_, mutex_;
  std::condition_variable wake_, finished_;
  void (*work_)(void*) = nullptr;
  void* data_ = nullptr;
  std::size_t active_ = 0;
  std::uint64_t round_ = 0;
  bool stop_ = false;
};

}  // namespace

std::unique_ptr<Team> make_team(int threads) {
  return std::make_unique<StdTeam>(threads);
}

}  // namespace weft::runtime

#endif
