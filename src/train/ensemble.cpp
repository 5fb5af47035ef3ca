#include "weft/ensemble.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "src/train/evaluation.h"
#include "weft/error.h"

namespace weft {

namespace {

std::vector<Trainer> members_of(std::vector<TrainingResult> results) {
  std::vector<Trainer> members;
  std::string why = "there are no trainings";
  for (TrainingResult& r : results) {
    if (r.trainer &&
        (r.outcome == Outcome::finished || r.outcome == Outcome::stopped)) {
      members.push_back(std::move(*r.trainer));
    } else {
      why = "'" + r.name + "' " +
            (r.message.empty() ? std::string(to_string(r.outcome)) : r.message);
    }
  }
  if (members.empty()) {
    throw GraphError("[ensemble] no training gave a member: " + why);
  }
  return members;
}

/// sum[c] += softmax(row)[c], with the greatest subtracted first.
void add_probabilities(std::span<const double> row, double* sum) {
  const double most = *std::max_element(row.begin(), row.end());
  double total = 0;
  for (double v : row) total += std::exp(v - most);
  for (double v : row) *sum++ += std::exp(v - most) / total;
}

/// Whether a model chooses among classes.
bool classifies(const Trainer& t) {
  const Value target = t.graphs().eval_network.target;
  return target && target.dtype() == DType::i32;
}

/// Mean of −log p(right class), or of the squared error, over the rows.
double loss_of(const Tensor& answer, const Tensor& target, bool classes) {
  double sum = 0;
  if (classes) {
    const std::int64_t width = answer.dim(1);
    for (std::int64_t i = 0; i < answer.dim(0); ++i) {
      const auto label = static_cast<std::int64_t>(target.at(i));
      if (label < 0 || label >= width) {
        throw DataError("[ensemble] a target is class " +
                        std::to_string(label) + ", the members have " +
                        std::to_string(width) + " outputs");
      }
      sum -= std::log(answer.at(i * width + label));
    }
    return sum / static_cast<double>(answer.dim(0));
  }
  if (target.size() != answer.size()) {
    throw DataError("[ensemble] the members' output is " +
                    to_string(answer.type()) + ", the data's targets are " +
                    to_string(target.type()) + "; they must be of one size");
  }
  for (std::int64_t i = 0; i < answer.size(); ++i) {
    sum += std::pow(answer.at(i) - target.at(i), 2);
  }
  return sum / static_cast<double>(answer.size());
}

}  // namespace

Ensemble::Ensemble(std::vector<Trainer> members)
    : members_(std::move(members)) {
  if (members_.empty()) throw GraphError("[ensemble] there are no members");
  for (std::size_t i = 1; i < members_.size(); ++i) {
    if (classifies(members_[i]) != classifies(members_[0])) {
      throw GraphError("[ensemble] of members 0 and " + std::to_string(i) +
                       " only one chooses among classes");
    }
    if (members_[i].class_names != members_[0].class_names) {
      throw GraphError("[ensemble] members 0 and " + std::to_string(i) +
                       " have different class names");
    }
  }
}

Ensemble::Ensemble(std::vector<TrainingResult> results)
    : Ensemble(members_of(std::move(results))) {}

Tensor Ensemble::predict(const Tensor& inputs) {
  Tensor sum;
  for (std::size_t m = 0; m < members_.size(); ++m) {
    const Tensor out = members_[m].predict(inputs).to(DType::f64);
    if (m == 0) sum = Tensor(DType::f64, out.shape());
    if (out.shape() != sum.shape()) {
      throw ShapeError("[ensemble] the output of member 0 is " +
                       to_string(sum.shape()) + ", that of member " +
                       std::to_string(m) + " " + to_string(out.shape()));
    }
    double* total = sum.data<double>();
    const auto values = out.values<double>();
    if (!classifies(members_[0]) || out.rank() != 2 || out.size() == 0) {
      for (double v : values) *total++ += v;
      continue;
    }
    const auto width = static_cast<std::size_t>(out.dim(1));
    for (std::size_t i = 0; i < values.size(); i += width) {
      add_probabilities(values.subspan(i, width), total + i);
    }
  }
  for (double& v : sum.values<double>()) {
    v /= static_cast<double>(members_.size());
  }
  return sum;
}

Evaluation Ensemble::evaluate(const data::Dataset& data, int k) {
  EvaluationSums sums(data.classes(), k);
  data::Loader loader(data,
                      {.batch_size = 256, .shuffle = false, .prefetch = false});
  Tensor x, y;
  while (loader.next(x, y)) {
    const Tensor answer = predict(x);
    const Trainer& first = members_[0];
    // What has no target should give its input back.
    const Tensor& truth = first.graphs().eval_network.target ? y : x;
    const bool classes = classifies(first) && answer.rank() == 2;
    sums.add(answer, y, loss_of(answer, truth, classes), x.dim(0));
  }
  return sums.result();
}

}  // namespace weft
