#include "src/train/replay.h"

#include <algorithm>
#include <cmath>

namespace weft {

namespace {

template <class Element>
bool all_finite(const Tensor& t) {
  const Element* values = t.data<Element>();
  return std::all_of(values, values + t.size(),
                     [](Element v) { return std::isfinite(v); });
}

bool all_finite(const State& state) {
  return std::all_of(state.entries().begin(), state.entries().end(),
                     [](const auto& e) {
                       if (e.tensor.dtype() == DType::f32)
                         return all_finite<float>(e.tensor);
                       if (e.tensor.dtype() == DType::f64)
                         return all_finite<double>(e.tensor);
                       return true;
                     });
}

}  // namespace

bool Replay::begin(const State& state, const Progress& progress) {
  const bool finite = all_finite(state);
  if (state_ && !finite) return false;
  if (state_) {
    state_->copy_from(state);
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
  return finite;
}

std::optional<NotFinite> Replay::find(const TrainingGraphs& graphs,
                                      State& state, Progress& progress,
                                      std::int64_t last, data::Loader& loader,
                                      std::span<Feed, 2> feeds,
                                      const std::function<double()>& step) {
  if (!state_) return std::nullopt;
  state.copy_from(*state_);
  History history = std::move(progress.history);
  history.resize(epochs_);
  progress = progress_;
  progress.history = std::move(history);
  loader.seek(progress.epoch, progress.batch);
  while (progress.batch <= last &&
         loader.next(feeds[0].second, feeds[1].second)) {
    if (progress.batch + 1 >= last) {
      auto found =
          first_not_finite(graphs, state, feeds[0].second, feeds[1].second);
      if (found) return found;
    }
    progress.loss_sum += step();
    ++progress.batch;
  }
  return std::nullopt;
}

}  // namespace weft
