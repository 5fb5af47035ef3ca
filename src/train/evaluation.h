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
  template <class T>
  void add_rows(const T* row, std::int64_t classes, const Tensor& target,
                std::int64_t n);

  Evaluation sums_;
  int k_;
};

}  // namespace weft
