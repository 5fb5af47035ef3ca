#ifndef WEFT_STD_THREADS

#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/partitioner.h>
#include <tbb/task_arena.h>

#include "src/runtime/team.h"

namespace weft::runtime {

namespace {

class TbbTeam final : public Team {
 public:
  explicit TbbTeam(int threads)
      : threads_(threads),
        allowed_(tbb::global_control::max_allowed_parallelism,
                 static_cast<std::size_t>(threads)),
        arena_(threads) {}
  void run(void (*work)(void*), void* data) override {
    arena_.execute([&] {
      tbb::parallel_for(
          0, threads_, [&](int) { work(data); }, tbb::static_partitioner());
    });
  }

 private:
  int threads_;
  // What the user asks for is obeyed, above the number of cores too.
  tbb::global_control allowed_;
  tbb::task_arena arena_;
};

}  // namespace

std::unique_ptr<Team> make_team(int threads) {
  return std::make_unique<TbbTeam>(threads);
}

}  // namespace weft::runtime

#endif
