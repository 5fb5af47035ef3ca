#pragma once

// The threads behind an executor. Everything else of the runtime is independent
// of where they come from.

#include <memory>

namespace weft::runtime {

class Team {
 public:
  virtual ~Team() = default;
  /// Calls work(data) on up to `threads()` threads, the caller's among them,
  /// and returns when all calls have returned. `work` must complete even if
  /// only one thread calls it.
  virtual void run(void (*work)(void*), void* data) = 0;
};

/// A team on oneTBB; on std::thread when built with WEFT_STD_THREADS, for
/// ThreadSanitizer, which does not understand an uninstrumented TBB.
std::unique_ptr<Team> make_team(int threads);

}  // namespace weft::runtime
