#include "src/runtime/simulate.h"

#include <algorithm>
#include <deque>
#include <queue>

namespace weft::runtime {

namespace {

// Measured on a 2-core machine: until a helping thread has seen the work and
// has its memory, and what taking a part from another core's cache costs.
constexpr double kArrival = 1500;
constexpr double kHandOver = 900;

class Simulation {
 public:
  Simulation(const Instance& instance, const StepCosts& costs, int threads)
      : instance_(instance), costs_(costs), idle_(threads), threads_(threads) {}

  double run() {
    const std::size_t n = instance_.steps.size();
    pending_.resize(n);
    taken_.resize(n);
    done_.resize(n);
    for (std::size_t s = 0; s < n; ++s) {
      pending_[s] = instance_.steps[s].predecessors;
      if (pending_[s] == 0) ready_.push_back(s);
    }
    // Only the caller is there at the beginning.
    for (; idle_ > 1; --idle_) events_.push({kArrival, kNone});
    hand_out();
    while (!events_.empty()) {
      const Event e = events_.top();
      events_.pop();
      if (e.step == kNone && finished_ == n) continue;
      now_ = e.time;
      ++idle_;
      if (e.step != kNone) end_part(e.step);
      hand_out();
    }
    return now_;
  }

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  struct Event {
    double time;
    std::size_t step;
    bool operator>(const Event& o) const { return time > o.time; }
  };

  void hand_out() {
    while (idle_ > 0 && !ready_.empty()) {
      const std::size_t s = ready_.front();
      const double extra = threads_ > 1 ? kHandOver : 0;
      events_.push({now_ + costs_.parts[s] + extra, s});
      --idle_;
      if (++taken_[s] == instance_.steps[s].parts) ready_.pop_front();
    }
  }

  void end_part(std::size_t s) {
    if (++done_[s] < instance_.steps[s].parts) return;
    now_ += costs_.finish[s];
    ++finished_;
    for (std::int32_t t : instance_.steps[s].successors) {
      const auto i = static_cast<std::size_t>(t);
      if (--pending_[i] == 0) ready_.push_back(i);
    }
  }

  const Instance& instance_;
  const StepCosts& costs_;
  int idle_;
  const int threads_;
  double now_ = 0;
  std::size_t finished_ = 0;
  std::vector<std::int32_t> pending_;
  std::vector<std::int64_t> taken_, done_;
  std::deque<std::size_t> ready_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
};

}  // namespace

StepCosts estimated_costs(const Instance& instance) {
  StepCosts costs;
  for (const Step& s : instance.steps) {
    costs.parts.push_back(s.cost / static_cast<double>(s.parts));
    costs.finish.push_back(0);
  }
  return costs;
}

double simulate(const Instance& instance, const StepCosts& costs, int threads) {
  return Simulation(instance, costs, threads).run();
}

}  // namespace weft::runtime
