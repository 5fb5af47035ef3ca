#pragma once

#include <string_view>

#include "weft/train.h"

namespace weft {

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
  bool stopped = false;
  std::size_t rate_entry = 0;  ///< of a state of layout `rate_layout`
  std::uint64_t rate_layout = 0;
};

}  // namespace weft
