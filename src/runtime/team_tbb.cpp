#ifndef WEFT_STD_THREADS

#include <tbb/global_control.h>
#include <tbb/task_arena.h>

#include <memory>
#include <optional>
#include <thread>

#include "src/runtime/forks.h"
#include "src/runtime/helpers.h"
#include "src/runtime/team.h"
#include "weft/error.h"

namespace weft::runtime {

namespace {

class TbbTeam final : public Team {
 public:
  explicit TbbTeam(int threads)
      : arena_(std::make_unique<tbb::task_arena>(threads)),
        helpers_(std::make_shared<Helpers>(threads - 1)),
        lost_(lost_threads()) {
    using tbb::global_control;
    const auto wanted = static_cast<std::size_t>(threads);
    // What the user asks for is obeyed, above the number of cores too.
    if (wanted >
        global_control::active_value(global_control::max_allowed_parallelism)) {
      allowed_.emplace(global_control::max_allowed_parallelism, wanted);
    }
  }
  ~TbbTeam() override {
    if (lost_ == lost_threads() && lost_ == 0) {
      helpers_->stop();
    } else {
      arena_.release();  // its threads are another process's
    }
  }

  void run(void (*work)(void*, bool), void* data) override {
    if (lost_ != lost_threads()) {
      throw GraphError(
          "[run] this executor was used before fork(), and its threads are not "
          "in the child; make another executor after fork(), or call exec()");
    }
    // oneTBB's threads do not come back in the child of a fork.
    if (lost_ > 0 || !helpers_->open(work, data)) {
      work(data, false);
      return;
    }
    if (int missing = helpers_->reserve(); missing > 0) {
      note_threads();
      for (; missing > 0; --missing) {
        // A helper may be woken after this team is gone.
        arena_->enqueue([helpers = helpers_] { helpers->serve(); });
      }
      // One that the kernel put on this core can start, and go elsewhere.
      std::this_thread::yield();
    }
    work(data, false);
    helpers_->close();
  }

 private:
  std::optional<tbb::global_control> allowed_;
  std::unique_ptr<tbb::task_arena> arena_;
  std::shared_ptr<Helpers> helpers_;
  const int lost_;  ///< threads, when this was made
};

}  // namespace

std::unique_ptr<Team> make_team(int threads) {
  return std::make_unique<TbbTeam>(threads);
}

}  // namespace weft::runtime

#endif
