#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "weft/train.h"

namespace weft {

/// A state with averages in place of weights, made again when it must be.
class AveragedState {
 public:
  State& of(const State& state);

 private:
  std::optional<State> state_;
  std::vector<const void*> sources_;  ///< the tensors that it was made of
  bool counts_ = false;               ///< there were averages then
};

inline constexpr std::string_view kRatePath = "optimizer/learning_rate";

/// What a trainer owns; `fit.cpp` trains with it.
struct Trainer::Impl {
  Impl(TrainingGraphs g, State s, Progress p, int threads);

  void compile_step(std::int64_t memory_budget, std::int64_t batch_size);
  /// Throws DataError unless the data fit the model.
  void check(const data::Dataset& data) const;
  void set_rate(const Schedule& schedule);
  /// Handing a batch over between threads costs about 10 µs, and its memory
  /// comes from another core's cache: small batches are made as they are used.
  bool pays_to_prefetch(const data::Dataset& data, std::int64_t batch) const;

  TrainingGraphs graphs;
  State state;
  Progress progress;
  Executor executor;
  Program step, forward, measure;
  AveragedState averaged;
  bool stopped = false;
  std::size_t rate_entry = 0;  ///< of a state of layout `rate_layout`
  std::uint64_t rate_layout = 0;
};

}  // namespace weft
