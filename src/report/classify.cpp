#include <algorithm>
#include <cmath>

#include "src/report/statistics.h"
#include "weft/error.h"
#include "weft/manifest.h"
#include "weft/ops.h"
#include "weft/program.h"

namespace weft {

namespace {

constexpr int kBins = 10;

/// The classes' probabilities of every example, (n, classes) in f64.
Tensor probabilities(const Trainer& trainer, const Tensor& outputs) {
  Graph g;
  return eval(activation(g.constant(outputs.to(DType::f64)),
                         probability_activation(trainer)));
}

std::vector<double> row_of(const Tensor& table, std::int64_t row) {
  const double* first = table.data<double>() + row * table.dim(1);
  return {first, first + table.dim(1)};
}

/// Square inputs as grey, as they were before they were scaled.
void add_image(ExampleRecord& e, const Tensor& x, const data::Scaler& scaler) {
  const std::int64_t n = x.size();
  const auto side =
      static_cast<std::int64_t>(std::lround(std::sqrt(static_cast<double>(n))));
  if (side * side != n || side < 4) return;
  std::vector<double> values;
  for (std::int64_t i = 0; i < n; ++i) {
    const auto k = static_cast<std::size_t>(i);
    const bool scaled = scaler.offset.size() == static_cast<std::size_t>(n);
    values.push_back(scaled ? x.at(i) / scaler.scale[k] + scaler.offset[k]
                            : x.at(i));
  }
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const double range = *high > *low ? *high - *low : 1;
  for (double v : values) {
    e.pixels.push_back(
        static_cast<std::uint8_t>(std::lround(255 * (v - *low) / range)));
  }
  e.width = e.height = side;
}

void add_ratios(ClassificationRecord& r) {
  const std::size_t n = r.confusion.size();
  for (std::size_t c = 0; c < n; ++c) {
    std::int64_t row = 0, column = 0;
    for (std::size_t k = 0; k < n; ++k) {
      row += r.confusion[c][k];
      column += r.confusion[k][c];
    }
    const auto hits = static_cast<double>(r.confusion[c][c]);
    r.precision.push_back(column > 0 ? hits / static_cast<double>(column)
                                     : kUnknown);
    r.recall.push_back(row > 0 ? hits / static_cast<double>(row) : kUnknown);
  }
}

ExampleRecord judge(std::int64_t index, std::int64_t truth,
                    const std::vector<double>& p) {
  ExampleRecord e;
  e.index = index;
  e.truth = truth;
  e.prediction = std::max_element(p.begin(), p.end()) - p.begin();
  e.probability = p[static_cast<std::size_t>(e.prediction)];
  e.truth_probability = p[static_cast<std::size_t>(truth)];
  return e;
}

void count(std::vector<CalibrationBin>& bins, const ExampleRecord& e) {
  const int at =
      std::clamp(static_cast<int>(e.probability * kBins), 0, kBins - 1);
  CalibrationBin& bin = bins[static_cast<std::size_t>(at)];
  ++bin.count;
  bin.confidence += e.probability;
  bin.accuracy += e.prediction == e.truth ? 1 : 0;
}

/// Keeps the `most` surest, in this order.
void keep_worst(std::vector<ExampleRecord>& worst, ExampleRecord e,
                const Tensor& x, const data::Scaler& scaler, int most) {
  if (most <= 0) return;
  auto surer = [](const ExampleRecord& a, const ExampleRecord& b) {
    return a.probability > b.probability;
  };
  if (worst.size() >= static_cast<std::size_t>(most)) {
    if (!surer(e, worst.back())) return;
    worst.pop_back();
  }
  add_image(e, x, scaler);
  const auto at = std::upper_bound(worst.begin(), worst.end(), e, surer);
  worst.insert(at, std::move(e));
}

/// Sums of the bins become means.
void finish_calibration(ClassificationRecord& r, std::int64_t total) {
  for (CalibrationBin& b : r.calibration) {
    if (b.count == 0) continue;
    b.confidence /= static_cast<double>(b.count);
    b.accuracy /= static_cast<double>(b.count);
    r.calibration_error += std::abs(b.confidence - b.accuracy) *
                           static_cast<double>(b.count) /
                           static_cast<double>(total);
  }
}

}  // namespace

ClassificationRecord classify(Trainer& trainer, const data::Dataset& data,
                              int worst) {
  const Value out = trainer.graphs().eval_network.output;
  if (data.classes() == 0 || out.rank() != 2) {
    throw DataError(
        "[classify] needs examples with classes and outputs of "
        "shape (batch, classes); these have " +
        std::to_string(data.classes()) + " classes, the outputs are " +
        to_string(out.shape()));
  }
  const Evaluation e = trainer.evaluate(data);
  ClassificationRecord r;
  r.loss = e.loss;
  r.accuracy = e.accuracy;
  r.count = e.count;
  r.confusion = e.confusion;
  add_ratios(r);
  r.calibration.resize(kBins);
  constexpr std::int64_t kBatchSize = 256;
  for (std::int64_t begin = 0; begin < data.size(); begin += kBatchSize) {
    const std::int64_t end = std::min(begin + kBatchSize, data.size());
    const auto [x, y] = data.batch(begin, end);
    const Tensor shares = probabilities(trainer, trainer.predict(x));
    for (std::int64_t i = 0; i < end - begin; ++i) {
      const auto truth = static_cast<std::int64_t>(y.at(i));
      if (truth < 0 || truth >= shares.dim(1)) continue;
      const ExampleRecord example = judge(begin + i, truth, row_of(shares, i));
      count(r.calibration, example);
      if (example.prediction == truth) continue;
      keep_worst(r.worst, example, x.rows(i, i + 1), trainer.scaler, worst);
    }
  }
  finish_calibration(r, e.count);
  return r;
}

}  // namespace weft
