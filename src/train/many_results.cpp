// Lists of trainings for train_many, and what their results say together.

#include <cmath>
#include <tuple>

#include "weft/error.h"
#include "weft/train_many.h"

namespace weft {

namespace {

bool counts(const TrainingResult& r) {
  return r.outcome == Outcome::finished && std::isfinite(r.loss);
}

/// Mean and standard deviation by the corrected two-pass algorithm.
std::pair<double, double> spread(const std::vector<double>& values) {
  if (values.empty()) return {};
  const auto n = static_cast<double>(values.size());
  double mean = 0, squares = 0;
  for (double v : values) mean += v / n;
  for (double v : values) squares += (v - mean) * (v - mean);
  return {mean, n > 1 ? std::sqrt(squares / (n - 1)) : 0};
}

}  // namespace

std::vector<Training> ensemble_of(int members, const Build& build,
                                  const Optimizer& optimizer,
                                  const TrainerOptions& options,
                                  const data::Dataset& data,
                                  const FitOptions& fit) {
  if (members < 1) {
    throw GraphError("[ensemble_of] an ensemble needs a member, not " +
                     std::to_string(members));
  }
  std::vector<Training> all;
  for (int i = 0; i < members; ++i) {
    TrainerOptions o = options;
    o.seed.value += static_cast<std::uint64_t>(i);
    all.push_back({.name = "member " + std::to_string(i + 1),
                   .make = make_trainer(build, optimizer, o),
                   .data = &data,
                   .fit = fit});
  }
  return all;
}

std::vector<Training> trainings_of(const std::vector<data::Split>& folds,
                                   const MakeTrainer& make,
                                   const FitOptions& fit) {
  std::vector<Training> all;
  for (const data::Split& fold : folds) {
    all.push_back({.name = "fold " + std::to_string(all.size() + 1),
                   .make = make,
                   .data = &fold.train,
                   .fit = fit});
    all.back().fit.validation = &fold.test;
  }
  return all;
}

ManySummary summarize(const std::vector<TrainingResult>& results) {
  std::vector<double> loss, accuracy;
  for (const TrainingResult& r : results) {
    if (!counts(r)) continue;
    loss.push_back(r.loss);
    accuracy.push_back(r.accuracy);
  }
  ManySummary s;
  s.count = loss.size();
  std::tie(s.loss, s.loss_deviation) = spread(loss);
  std::tie(s.accuracy, s.accuracy_deviation) = spread(accuracy);
  return s;
}

std::size_t best_of(const std::vector<TrainingResult>& results) {
  std::size_t best = results.size();
  std::string why = "there are none";
  for (std::size_t i = results.size(); i-- > 0;) {
    const TrainingResult& r = results[i];
    if (!counts(r)) {
      why = "'" + r.name + "' " +
            (r.message.empty() ? std::string(to_string(r.outcome)) : r.message);
      continue;
    }
    if (best == results.size() || r.loss <= results[best].loss) {
      best = i;
    }
  }
  if (best == results.size()) {
    throw NumericError("[best_of] no training finished: " + why);
  }
  return best;
}

}  // namespace weft
