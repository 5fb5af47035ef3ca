#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

#include "src/report/probe.h"
#include "weft/error.h"

namespace weft {

namespace {

constexpr std::int64_t kLeastRows = 16;
constexpr std::int64_t kMostProbes = 4;  // an epoch

double now() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// `count` different rows out of n.
std::vector<std::int64_t> draw_rows(std::int64_t n, std::int64_t count,
                                    RandomSequence& draws) {
  std::vector<std::int64_t> rows;
  // Floyd's choice without replacement; the order does not matter.
  for (std::int64_t i = n - count; i < n; ++i) {
    const auto row = static_cast<std::int64_t>(
        draws.below(static_cast<std::uint64_t>(i) + 1));
    const bool taken = std::find(rows.begin(), rows.end(), row) != rows.end();
    rows.push_back(taken ? i : row);
  }
  return rows;
}

}  // namespace

struct Recorder::Impl {
  explicit Impl(RecorderOptions o) : options(std::move(o)) {}

  void look(Trainer& trainer, double epoch) {
    if (!probe) return;
    const double start = now();
    const double trained = start - begin - spent;
    if (spent > options.free_seconds + options.time_share * trained) return;
    const data::Dataset few = data.subset(draw_rows(data.size(), rows, draws));
    const auto [x, y] = few.batch(0, rows);
    record.probes.push_back(probe->look(trainer.state(), x, y));
    record.probes.back().epoch = epoch;
    spent += now() - start;
  }

  RecorderOptions options;
  RunRecord record;
  data::Dataset data;
  std::optional<report::Probe> probe;
  RandomSequence draws{Philox(Seed{0}, 0, 0)};
  std::int64_t rows = 0, probes = 1;
  double begin = 0, spent = 0;  ///< seconds: of the clock, in probes
};

Recorder::Recorder(RecorderOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
Recorder::~Recorder() = default;
RunRecord& Recorder::record() { return impl_->record; }

void Recorder::on_begin(Trainer& trainer, const data::Dataset& data,
                        const FitOptions& options) {
  Impl& m = *impl_;
  std::vector<StepRecord> steps = std::move(m.record.step_records);
  std::vector<ProbeRecord> probes = std::move(m.record.probes);
  m.record = describe(trainer, m.options.name);
  m.record.step_records = std::move(steps);
  m.record.probes = std::move(probes);
  m.record.training_examples = data.size();
  m.record.batch_size = options.batch_size;
  if (!m.options.layers || data.size() == 0) return;
  m.data = data;
  const auto most = static_cast<std::int64_t>(m.options.probe_share *
                                              static_cast<double>(data.size()));
  m.rows = std::min(
      std::clamp(most, kLeastRows, std::max(m.options.probe_rows, kLeastRows)),
      data.size());
  m.probes = std::clamp<std::int64_t>(most / m.rows, 1, kMostProbes);
  m.probe.emplace(trainer.graphs());
  m.begin = now();
  m.spent = 0;
  m.look(trainer, static_cast<double>(trainer.progress().epoch));
  m.probe->begin_epoch();
}

bool Recorder::on_step(Trainer& trainer, std::int64_t batch,
                       std::int64_t batches, double loss) {
  Impl& m = *impl_;
  const double epoch =
      static_cast<double>(trainer.progress().epoch) +
      static_cast<double>(batch) / static_cast<double>(batches);
  m.record.step_records.push_back(
      {.step = static_cast<std::int64_t>(trainer.state().step),
       .epoch = epoch,
       .loss = loss,
       .learning_rate = trainer.learning_rate()});
  // The last one of an epoch comes at its end.
  const bool due =
      batch * m.probes / batches > (batch - 1) * m.probes / batches;
  if (due && batch < batches) m.look(trainer, epoch);
  return true;
}

bool Recorder::on_epoch(Trainer& trainer, const EpochRecord& epoch) {
  Impl& m = *impl_;
  m.look(trainer, static_cast<double>(epoch.epoch));
  if (m.probe) m.probe->begin_epoch();
  RunRecord& r = m.record;
  r.epochs = trainer.progress().history;
  r.steps = trainer.state().step;
  r.seconds = 0;
  for (const EpochRecord& e : r.epochs) r.seconds += e.seconds;
  r.filters = first_filters(trainer);
  return true;
}

}  // namespace weft
