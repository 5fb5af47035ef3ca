#ifdef WEFT_STD_THREADS

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "src/runtime/helpers.h"
#include "src/runtime/team.h"

namespace weft::runtime {

namespace {

/// Threads that sleep until they are woken to help.
class StdTeam final : public Team {
 public:
  explicit StdTeam(int threads) : helpers_(threads - 1) {
    for (int i = 1; i < threads; ++i) {
      threads_.emplace_back([this] { live(); });
    }
  }
  ~StdTeam() override {
    helpers_.stop();
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    wake_.notify_all();
    for (std::thread& t : threads_) t.join();
  }

  void run(void (*work)(void*, bool), void* data) override {
    if (!helpers_.open(work, data)) {
      work(data, false);
      return;
    }
    if (const int missing = helpers_.reserve(); missing > 0) {
      {
        const std::lock_guard lock(mutex_);
        called_ += missing;
      }
      wake_.notify_all();
    }
    work(data, false);
    helpers_.close();
  }

 private:
  void live() {
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [this] { return stopped_ || called_ > 0; });
      if (stopped_) return;
      --called_;
      lock.unlock();
      helpers_.serve();
      lock.lock();
    }
  }

  Helpers helpers_;
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable wake_;
  int called_ = 0;
  bool stopped_ = false;
};

}  // namespace

std::unique_ptr<Team> make_team(int threads) {
  return std::make_unique<StdTeam>(threads);
}

}  // namespace weft::runtime

#endif
