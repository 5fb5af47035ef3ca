#include "src/train/evaluation.h"

namespace weft {

EvaluationSums::EvaluationSums(std::int64_t classes, int k) : k_(k) {
  // Its square must not be what a few labels with a large one cost.
  constexpr std::int64_t kMostClasses = 4096;
  if (classes > kMostClasses) return;
  const auto n = static_cast<std::size_t>(classes);
  sums_.confusion.assign(n, std::vector<std::int64_t>(n));
}

void EvaluationSums::add(const Tensor& output, const Tensor& target,
                         double loss, std::int64_t n) {
  sums_.count += n;
  sums_.loss += loss * static_cast<double>(n);
  if (output.rank() != 2 || target.dtype() != DType::i32 ||
      target.rank() != 1) {
    return;
  }
  if (output.dtype() == DType::f32) {
    add_rows(output.data<float>(), output.dim(1), target, n);
  } else {
    const Tensor converted = output.to(DType::f64);
    add_rows(converted.data<double>(), output.dim(1), target, n);
  }
}

template <class T>
void EvaluationSums::add_rows(const T* row, std::int64_t classes,
                              const Tensor& target, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i, row += classes) {
    const std::int64_t label = target.data<std::int32_t>()[i];
    if (label < 0 || label >= classes) continue;
    const T mine = row[label];
    std::int64_t above = 0, equal = 0, best = 0;
    for (std::int64_t c = 0; c < classes; ++c) {
      above += row[c] > mine ? 1 : 0;
      equal += c != label && !(row[c] < mine) && !(row[c] > mine) ? 1 : 0;
      if (row[c] > row[best]) best = c;
    }
    // A tie is no hit: the model has not chosen the label.
    if (above == 0 && equal == 0) sums_.accuracy += 1;
    if (above + equal < k_) sums_.top_k += 1;
    const auto t = static_cast<std::size_t>(label);
    const auto p = static_cast<std::size_t>(best);
    if (t < sums_.confusion.size() && p < sums_.confusion.size()) {
      ++sums_.confusion[t][p];
    }
  }
}

Evaluation EvaluationSums::result() const {
  Evaluation e = sums_;
  const double n = e.count > 0 ? static_cast<double>(e.count) : 1;
  e.loss /= n;
  e.accuracy /= n;
  e.top_k /= n;
  return e;
}

}  // namespace weft
