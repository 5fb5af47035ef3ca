#include "src/train/replay.h"

#include <cmath>

#include "src/train/finite.h"

namespace weft {

using Clock = std::chrono::steady_clock;

bool Replay::has_paid() const {
  constexpr int kTimes = 20;
  return Clock::now() - made_ >= kTimes * cost_;
}

bool Replay::keep(const State& state, const Progress& progress) {
  if (find_not_finite(state)) return false;
  begin(state, progress);
  return true;
}

void Replay::begin(const State& state, const Progress& progress) {
  const auto begun = Clock::now();
  if (state_.layout() == state.layout()) {
    state_.copy_from(state);
  } else {
    state_ = state.clone();
  }
  progress_ = {.epoch = progress.epoch,
               .batch = progress.batch,
               .loss_sum = progress.loss_sum,
               .best_loss = progress.best_loss,
               .waited = progress.waited,
               .rate_factor = progress.rate_factor,
               .base_rate = progress.base_rate,
               .has_best = progress.has_best,
               .history = {}};
  epochs_ = progress.history.size();
  step_ = state.step;
  made_ = Clock::now();
  cost_ = made_ - begun;
}

void Replay::restore(const Steps& s, const History& history) const {
  s.state.copy_from(state_);
  s.progress = progress_;
  s.progress.history.assign(
      history.begin(), history.begin() + static_cast<std::ptrdiff_t>(epochs_));
  s.loader.seek(s.progress.epoch, s.progress.batch);
}

bool Replay::find(const Steps& s, std::uint64_t most) {
  const History history = s.progress.history;
  // The next batch, of the next epoch if this one is at its end.
  auto next = [&] {
    while (!s.loader.next(s.feeds[0].second, s.feeds[1].second)) {
      const std::size_t epoch = s.progress.history.size();
      if (epoch >= history.size()) return false;
      s.end_epoch(history[epoch]);
      s.loader.seek(s.progress.epoch, s.progress.batch);
    }
    return true;
  };
  auto make = [&] {
    const double loss = s.step();
    s.progress.loss_sum += loss;
    ++s.progress.batch;
    return std::isfinite(loss);
  };
  restore(s, history);
  std::uint64_t sound = 0;
  while (sound < most && next() && make() && !find_not_finite(s.state)) {
    ++sound;
  }
  if (sound >= most) return false;
  restore(s, history);
  for (std::uint64_t i = 0; i < sound && next(); ++i) make();
  return next();
}

}  // namespace weft
