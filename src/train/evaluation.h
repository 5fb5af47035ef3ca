#pragma once

#include "weft/train.h"

namespace weft {

/// Adds up what is measured over batches.
class EvaluationSums {
 public:
  EvaluationSums(std::int64_t classes, int k);
  /// A batch of n rows whose mean loss is `loss`.
  void add(const Tensor& output, const Tensor& target, double loss,
           std::int64_t n);
  Evaluation result() const;

 private:
  Evaluation sums_;
  int k_;
};

}  // namespace weft
