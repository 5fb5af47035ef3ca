#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>
#include <optional>

#include "src/train/callbacks.h"
#include "src/train/checkpoint_callback.h"
#include "src/train/finite.h"
#include "src/train/replay.h"
#include "src/train/trainer_impl.h"
#include "weft/error.h"

namespace weft {

namespace {

/// How many batches of an epoch under way were left out; saved with it.
constexpr const char* kSkippedNow = "skipped_in_epoch";

double now() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// Counts epochs without improvement; true if the training should end.
bool judge(Progress& p, double loss, const FitOptions& options) {
  if (!p.has_best || loss < p.best_loss) {
    p.best_loss = loss;
    p.has_best = true;
    p.waited = 0;
    return false;
  }
  ++p.waited;
  if (options.schedule.name == "plateau" &&
      p.waited % options.schedule.patience == 0) {
    p.rate_factor *= options.schedule.factor;
  }
  return options.early_stopping > 0 && p.waited >= options.early_stopping;
}

void check_options(const FitOptions& options) {
  if (options.epochs < 0) {
    throw DataError("[fit] epochs must not be negative: " +
                    std::to_string(options.epochs));
  }
  if (options.schedule.name == "plateau" && options.schedule.patience < 1) {
    throw DataError("[fit] the plateau's patience must be at least 1");
  }
  const NotFinitePolicy& n = options.not_finite;
  if (n.action == NotFinitePolicy::Action::go_back &&
      (options.checkpoints.directory.empty() ||
       options.checkpoints.every_steps <= 0)) {
    throw DataError(
        "[fit] going back needs checkpoints: give checkpoints.directory and "
        "every_steps");
  }
  if (!(n.rate_factor > 0 && n.rate_factor <= 1) || n.most < 0) {
    throw DataError(
        "[fit] not_finite.rate_factor must be in (0, 1] and most "
        "not negative, not " +
        std::to_string(n.rate_factor) + " and " + std::to_string(n.most));
  }
}

}  // namespace

void Trainer::add_epoch(const EpochRecord& record, double judged) {
  Progress& p = impl_->progress;
  ++p.epoch;
  p.batch = 0;
  p.loss_sum = 0;
  p.history.push_back(record);
  judge(p, judged, {});
}

namespace {

/// Whether a training that is resumed has nothing left to do.
bool is_done(const Progress& p, const FitOptions& options) {
  return p.epoch >= static_cast<std::uint64_t>(options.epochs) ||
         (options.early_stopping > 0 && p.waited >= options.early_stopping);
}

enum class Ending { finished, stopped, broke };

/// One call of `fit`.
class Fit {
 public:
  Fit(Trainer& trainer, Trainer::Impl& m, const data::Dataset& data,
      FitOptions options);
  void run();

 private:
  double step();
  Ending run_epoch();
  bool end_epoch(double begin);
  Ending run_epochs();
  void count_epoch(const EpochRecord& record);
  void recover();
  [[noreturn]] void fail(const std::string& what,
                         const std::optional<NotFinite>& found);
  void skip(const std::string& what);
  void go_back(const std::string& what);
  double& counted(const char* name, const std::string& what);
  void warn(const std::string& text) const;

  Trainer& trainer_;
  Trainer::Impl& m_;
  Progress& p_;
  const data::Dataset& data_;
  FitOptions options_;
  std::shared_ptr<CheckpointCallback> checkpoints_;
  data::Loader loader_;
  Feed feeds_[2];
  std::size_t used_;  ///< of the feeds
  std::vector<Tensor> loss_{1};
  Replay replay_;
};

Fit::Fit(Trainer& trainer, Trainer::Impl& m, const data::Dataset& data,
         FitOptions options)
    : trainer_(trainer),
      m_(m),
      p_(m.progress),
      data_(data),
      options_(std::move(options)),
      loader_(data, {.batch_size = options_.batch_size,
                     .shuffle = options_.shuffle,
                     .prefetch = options_.prefetch &&
                                 m.pays_to_prefetch(data, options_.batch_size),
                     .seed = m.state.seed}),
      feeds_{{m.graphs.train_network.input, {}},
             {m.graphs.train_network.target, {}}},
      used_(m.graphs.train_network.target ? 2 : 1) {
  if (options_.checkpoints.directory.empty()) return;
  checkpoints_ = make_checkpoints(
      options_.checkpoints,
      options_.not_finite.action == NotFinitePolicy::Action::go_back);
  options_.callbacks.push_back(checkpoints_);
}

double Fit::step() {
  m_.set_rate(options_.schedule);
  m_.executor.run(m_.step, m_.state, std::span(feeds_, used_), loss_);
  return loss_[0].item();
}

/// The loop over batches.
Ending Fit::run_epoch() {
  while (loader_.next(feeds_[0].second, feeds_[1].second)) {
    const double loss = step();
    p_.loss_sum += loss;
    ++p_.batch;
    if (!std::isfinite(loss)) return Ending::broke;
    if (replay_.is_old(m_.state) && !replay_.keep(m_.state, p_)) {
      return Ending::broke;
    }
    bool go_on = !(options_.stop && *options_.stop);
    for (const auto& c : options_.callbacks) {
      go_on = c->on_step(trainer_, p_.batch, loader_.batches(), loss) && go_on;
    }
    if (!go_on) return Ending::stopped;
  }
  return Ending::finished;
}

void Fit::count_epoch(const EpochRecord& record) {
  ++p_.epoch;
  p_.batch = 0;
  p_.loss_sum = 0;
  p_.history.push_back(record);
  judge(p_, options_.validation ? record.validation_loss : record.loss,
        options_);
}

/// False if the training should end.
bool Fit::end_epoch(double begin) {
  EpochRecord record;
  record.epoch = static_cast<std::int64_t>(p_.epoch) + 1;
  // Batches that were left out have no loss.
  const auto skipped = trainer_.metrics.find(kSkippedNow);
  double count = static_cast<double>(p_.batch);
  if (skipped != trainer_.metrics.end()) {
    count -= skipped->second;
    trainer_.metrics.erase(skipped);
  }
  record.loss = p_.loss_sum / std::max(count, 1.0);
  record.learning_rate = trainer_.learning_rate();
  if (options_.validation) {
    const Evaluation e = trainer_.evaluate(*options_.validation);
    record.validation_loss = e.loss;
    record.validation_accuracy = e.accuracy;
  }
  record.seconds = now() - begin;
  count_epoch(record);
  bool go_on = true;
  for (const auto& c : options_.callbacks) {
    go_on = c->on_epoch(trainer_, record) && go_on;
  }
  return go_on;
}

Ending Fit::run_epochs() {
  while (!is_done(p_, options_)) {
    const double begin = now();
    loader_.seek(p_.epoch, p_.batch);
    const Ending ending = run_epoch();
    if (ending != Ending::finished) return ending;
    if (!end_epoch(begin)) break;
  }
  // What the last steps wrote has not been read by others.
  return find_not_finite(m_.state) ? Ending::broke : Ending::finished;
}

void Fit::run() {
  m_.stopped = false;
  Callbacks callbacks(trainer_, options_.callbacks);
  callbacks.begin(data_, options_);
  replay_.begin(m_.state, p_);
  Ending ending = run_epochs();
  for (; ending == Ending::broke; ending = run_epochs()) recover();
  if (ending == Ending::stopped && find_not_finite(m_.state)) recover();
  m_.stopped = ending == Ending::stopped;
  callbacks.end();
}

/// Finds the step that broke, and does about it what the policy says.
void Fit::recover() {
  const double loss = loss_[0].size() == 1 ? loss_[0].item() : 0;
  std::string what = std::isfinite(loss)
                         ? "the state is not finite"
                         : std::string("the loss is ") +
                               (std::isnan(loss) ? "nan" : "infinite");
  const std::uint64_t steps = m_.state.step - replay_.step();
  const Replay::Steps again{m_.state,
                            p_,
                            loader_,
                            std::span<Feed, 2>(feeds_),
                            [this] { return step(); },
                            [this](const EpochRecord& r) { count_epoch(r); }};
  const bool known = replay_.find(again, steps);
  what += " at epoch " + std::to_string(p_.epoch + 1) + ", batch " +
          std::to_string(p_.batch + 1) + "; ";
  std::optional<NotFinite> found;
  if (known) {
    found = first_not_finite(m_.graphs, m_.state, feeds_[0].second,
                             feeds_[1].second);
    if (found) what += to_string(*found) + "; ";
  }
  using Action = NotFinitePolicy::Action;
  const Action action = options_.not_finite.action;
  if (!known || action == Action::stop) fail(what, found);
  if (action == Action::skip) {
    skip(what);
  } else {
    go_back(what);
  }
  replay_.begin(m_.state, p_);
}

void Fit::fail(const std::string& what, const std::optional<NotFinite>& found) {
  if (found) {
    for (const auto& c : options_.callbacks) {
      c->on_not_finite(trainer_, *found);
    }
  }
  throw NumericError("[fit] " + what +
                     "try a smaller learning rate, clip_norm, or scaled "
                     "inputs");
}

/// One more; throws when that is one too many.
double& Fit::counted(const char* name, const std::string& what) {
  double& count = trainer_.metrics[name];
  const int most = options_.not_finite.most;
  if (count >= most) {
    fail(what + "that was allowed " + std::to_string(most) + " times; ", {});
  }
  ++count;
  return count;
}

void Fit::skip(const std::string& what) {
  const double count = counted("skipped_steps", what);
  ++trainer_.metrics[kSkippedNow];
  ++p_.batch;
  warn(what + "its batch is left out (" + std::to_string(int(count)) +
       " so far)");
}

void Fit::go_back(const std::string& what) {
  const double count = counted("went_back", what);
  const double factor = p_.rate_factor * options_.not_finite.rate_factor;
  if (!checkpoints_->go_back(trainer_, p_)) {
    fail(what + "there is no checkpoint to go back to; ", {});
  }
  p_.rate_factor = factor;
  checkpoints_->write_again(trainer_);
  warn(what + "going back to step " + std::to_string(m_.state.step) + " with " +
       std::to_string(factor) + " times the learning rate (" +
       std::to_string(int(count)) + " so far)");
}

void Fit::warn(const std::string& text) const {
  if (options_.not_finite.on_warning) {
    options_.not_finite.on_warning("[fit] " + text);
  } else {
    std::cerr << "warning: [fit] " << text << "\n";
  }
}

}  // namespace

const History& Trainer::fit(const data::Dataset& data,
                            const FitOptions& options) {
  Impl& m = *impl_;
  if (!m.graphs.train) {
    throw GraphError("[fit] the model was saved for inference only");
  }
  check_options(options);
  m.check(data);
  if (options.memory_budget > 0) {
    m.compile_step(options.memory_budget, options.batch_size);
  }
  if (class_names.empty()) class_names = data.class_names;
  Fit(*this, m, data, options).run();
  return m.progress.history;
}

}  // namespace weft
