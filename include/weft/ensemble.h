#pragma once

#include <vector>

#include "weft/train_many.h"

namespace weft {

/// Models that answer together. Not for use by several threads at once.
class Ensemble {
 public:
  /// Throws GraphError if there is no member, or they answer to different
  /// questions: classes or numbers, other class names.
  explicit Ensemble(std::vector<Trainer> members);
  /// The trainings that finished or were stopped. Throws GraphError, with an
  /// error's text, if there are none.
  explicit Ensemble(std::vector<TrainingResult> results);

  std::size_t size() const { return members_.size(); }
  Trainer& member(std::size_t i) { return members_.at(i); }

  /// For a batch of inputs the mean of the members' answers, f64: of their
  /// probabilities, the softmax of their outputs (batch, classes), if their
  /// targets are classes, else of their outputs.
  Tensor predict(const Tensor& inputs);
  /// Measures the mean answer. The loss is −log of the probability of the right
  /// class; without classes the mean squared error of the outputs, of a model
  /// without target against its inputs. Throws DataError if sizes differ.
  Evaluation evaluate(const data::Dataset& data, int k = 5);

 private:
  std::vector<Trainer> members_;
};

}  // namespace weft
