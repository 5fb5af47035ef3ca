#include "src/runtime/schedule.h"

#include <thread>

#include "src/runtime/helpers.h"
#include "src/runtime/recorder.h"

namespace weft::runtime {

namespace {

constexpr std::int64_t kFinish = -1;

void call_part(const Instance& instance, const Step& step, std::int64_t part,
               Context& context) {
  if (part == kFinish) {
    finish_step(instance, step, context);
  } else {
    run_part(instance, step, part, context);
  }
}

/// One part, or what is left after all of them; noted if a profile is made.
void work_on_part(const Instance& instance, const Step& step, std::int64_t part,
                  Context& context) {
  if (!instance.recorder) {
    call_part(instance, step, part, context);
    return;
  }
  const std::int64_t begin = instance.recorder->now();
  call_part(instance, step, part, context);
  instance.recorder->add(
      static_cast<std::int32_t>(&step - instance.steps.data()), part, begin);
}

/// One thread's share of a parallel run.
class Worker {
 public:
  Worker(Instance& instance, const Context& context, bool helper)
      : instance_(instance),
        run_(*instance.run),
        context_(context),
        helper_(helper) {}

  void work() {
    int idle = 0;
    while (run_.done.load(std::memory_order_acquire) < instance_.steps.size() &&
           !run_.failed.load(std::memory_order_acquire)) {
      const std::int32_t s = claim();
      if (s >= 0) {
        idle = 0;
        work_on(s);
      } else if (++idle > 256) {
        if (helper_ && ActiveRun::machine_is_busy()) return;
        std::this_thread::yield();
      } else {
        pause();
      }
    }
  }

 private:
  /// A ready step that still has parts to hand out, or -1.
  std::int32_t claim() {
    std::size_t head = run_.head.load(std::memory_order_acquire);
    while (head < run_.tail.load(std::memory_order_acquire)) {
      const std::int32_t entry =
          run_.ready[head].load(std::memory_order_acquire);
      if (entry == 0) return -1;  // its slot is taken but not yet filled
      const auto s = static_cast<std::size_t>(entry - 1);
      if (run_.next_part[s].load(std::memory_order_relaxed) <
          instance_.steps[s].parts) {
        return entry - 1;
      }
      run_.head.compare_exchange_strong(head, head + 1,
                                        std::memory_order_acq_rel);
      head = run_.head.load(std::memory_order_acquire);
    }
    return -1;
  }

  void publish(std::int32_t s) {
    const std::size_t slot = run_.tail.fetch_add(1, std::memory_order_acq_rel);
    run_.ready[slot].store(s + 1, std::memory_order_release);
  }

  /// Works on parts of a step until none is left, then on what it made ready.
  void work_on(std::int32_t s) {
    while (s >= 0) {
      const auto i = static_cast<std::size_t>(s);
      const Step& step = instance_.steps[i];
      std::int64_t done = 0;
      for (;;) {
        const std::int64_t part =
            run_.next_part[i].fetch_add(1, std::memory_order_relaxed);
        if (part >= step.parts) break;
        if (!attempt(step, part)) return;
        ++done;
      }
      if (done == 0 ||
          run_.done_parts[i].fetch_add(done, std::memory_order_acq_rel) + done <
              step.parts) {
        return;
      }
      if (step.has_finish && !attempt(step, kFinish)) return;
      s = complete(step);
    }
  }

  bool attempt(const Step& step, std::int64_t part) {
    try {
      work_on_part(instance_, step, part, context_);
      return true;
    } catch (...) {
      bool expected = false;
      if (run_.claimed.compare_exchange_strong(expected, true)) {
        run_.error = std::current_exception();
        run_.failed_source = step.source;
        run_.failed.store(true, std::memory_order_release);
      }
      return false;
    }
  }

  /// Counts a finished step; returns the successor to go on with, or -1.
  std::int32_t complete(const Step& step) {
    std::int32_t next = -1;
    for (std::int32_t t : step.successors) {
      const auto i = static_cast<std::size_t>(t);
      if (run_.pending[i].fetch_sub(1, std::memory_order_acq_rel) > 1) {
        continue;
      }
      if (next < 0 && instance_.steps[i].parts == 1) {
        next = t;  // nobody else can help: no need to publish it
      } else {
        publish(t);
      }
    }
    run_.done.fetch_add(1, std::memory_order_acq_rel);
    return next;
  }

  Instance& instance_;
  RunState& run_;
  Context context_;
  bool helper_;
};

void reset(Instance& instance) {
  RunState& run = *instance.run;
  run.head = 0;
  run.tail = 0;
  run.done = 0;
  run.failed = false;
  run.claimed = false;
  run.error = nullptr;
  std::size_t ready = 0;
  for (std::size_t s = 0; s < instance.steps.size(); ++s) {
    run.pending[s] = instance.steps[s].predecessors;
    run.next_part[s] = 0;
    run.done_parts[s] = 0;
    run.ready[s] = 0;
  }
  for (std::size_t s = 0; s < instance.steps.size(); ++s) {
    if (instance.steps[s].predecessors == 0) {
      run.ready[ready++] = static_cast<std::int32_t>(s) + 1;
    }
  }
  run.tail = ready;
}

}  // namespace

void run_serial(const Instance& instance, Context context) {
  for (const Step& step : instance.steps) {
    try {
      for (std::int64_t p = 0; p < step.parts; ++p) {
        work_on_part(instance, step, p, context);
      }
      if (step.has_finish) work_on_part(instance, step, kFinish, context);
    } catch (...) {
      throw StepFailure{std::current_exception(), step.source};
    }
  }
}

void run_parallel(Instance& instance, const Context& context, Team& team) {
  reset(instance);
  struct Shared {
    Instance& instance;
    const Context& context;
  } shared{instance, context};
  team.run(
      [](void* data, bool helper) {
        auto& s = *static_cast<Shared*>(data);
        Worker(s.instance, s.context, helper).work();
      },
      &shared);
  if (instance.run->failed) {
    throw StepFailure{instance.run->error, instance.run->failed_source};
  }
}

}  // namespace weft::runtime
