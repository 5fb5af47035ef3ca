#pragma once

// The threads behind an executor. Everything else of the runtime is independent
// of where they come from.

#include <memory>

namespace weft::runtime {

class Team {
 public:
  virtual ~Team() = default;
  /// Calls work(data, false) on this thread and, while that runs, work(data,
  /// true) on as many others as come; returns when all calls have returned.
  /// `work` must complete even if only this thread calls it. The team helps one
  /// caller at a time; further ones work alone.
  virtual void run(void (*work)(void* data, bool helper), void* data) = 0;
};

/// A team on oneTBB; on std::thread when built with WEFT_STD_THREADS, for
/// ThreadSanitizer, which does not understand an uninstrumented TBB.
std::unique_ptr<Team> make_team(int threads);

}  // namespace weft::runtime
