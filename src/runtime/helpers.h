#pragma once

// The meeting point of a caller and the threads that help it.
//
// A helper that has finished stays for a moment and looks for the next work, so
// that runs which follow each other closely find it awake: waking a thread
// takes some 50 µs, as long as a small program runs. The caller never waits for
// a helper that has not come; it works alone until one comes.

#include <atomic>
#include <cstdint>

namespace weft::runtime {

/// Tells the processor that this thread is waiting in a loop.
inline void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/// While it lives, one run of a program is under way somewhere in the process.
class ActiveRun {
 public:
  ActiveRun() { count().fetch_add(1, std::memory_order_relaxed); }
  ~ActiveRun() { count().fetch_sub(1, std::memory_order_relaxed); }
  ActiveRun(const ActiveRun&) = delete;
  ActiveRun& operator=(const ActiveRun&) = delete;

  /// True if several runs keep all cores busy: help would only take turns with
  /// them.
  static bool machine_is_busy();

 private:
  static std::atomic<int>& count();
};

class Helpers {
 public:
  using Work = void (*)(void* data, bool helper);

  explicit Helpers(int most) : most_(most) {}

  /// Lets helpers in; false if they help another caller already.
  bool open(Work work, void* data);
  /// Returns when no helper is at this work any more.
  void close();
  /// How many helpers should be woken; each must call `serve`.
  int reserve();
  /// A helper's stay: works on what is open until there was nothing for a
  /// while.
  void serve();
  /// Sends helpers away, and waits until those that were woken have left: a
  /// task that never runs is never freed.
  void stop();

 private:
  void keep_apart();
  bool left_unseen(std::uint32_t seen);

  const int most_;
  Work work_ = nullptr;
  void* data_ = nullptr;
  std::atomic<int> caller_core_{-1};
  std::atomic<bool> taken_{false};
  std::atomic<bool> stopped_{false};
  std::atomic<std::uint32_t> round_{0};  ///< odd while open
  std::atomic<int> inside_{0};           ///< helpers at work
  std::atomic<int> here_{0};             ///< helpers that serve
};

}  // namespace weft::runtime
