#include <algorithm>

#include "src/train/callbacks.h"
#include "weft/error.h"
#include "weft/minimizers.h"

namespace weft {

namespace {

/// Throws if a step writes anything but parameters and the optimiser's slots.
void check_updates(const TrainingGraphs& graphs) {
  for (const Value& u : graphs.updates) {
    const Port to = graphs.train->node(u).inputs[0];
    const Node& state = graphs.train->node(to.node);
    const bool optimizer = state.name.rfind("optimizer/", 0) == 0;
    if (state.kind == Node::Kind::buffer && !optimizer) {
      throw GraphError("[fit_full_batch] '" + state.name +
                       "' is a running statistic, which a full batch does not "
                       "make; use Trainer::fit, or layer_norm");
    }
  }
}

/// Tells trainer and callbacks of a search's iterations.
class Reporter {
 public:
  Reporter(Trainer& trainer, const FullBatchOptions& options)
      : trainer_(trainer),
        options_(options),
        callbacks_(trainer, options.callbacks) {}

  void begin(const data::Dataset& data) {
    FitOptions fit;
    fit.epochs = static_cast<int>(
        std::min<std::int64_t>(options_.stop.iterations, 1'000'000'000));
    fit.batch_size = data.size();
    fit.validation = options_.validation;
    fit.early_stopping = options_.early_stopping;
    callbacks_.begin(data, fit);
  }
  void end() { callbacks_.end(); }

  /// False to stop.
  bool tell(const SearchPoint& p) {
    ++trainer_.state().step;
    bool go_on = true;
    for (const auto& c : options_.callbacks) {
      go_on = c->on_step(trainer_, 1, 1, p.cost) && go_on;
    }
    EpochRecord record;
    record.epoch = static_cast<std::int64_t>(trainer_.progress().epoch) + 1;
    record.loss = p.cost;
    double judged = p.cost;
    if (options_.validation) {
      const Evaluation e = trainer_.evaluate(*options_.validation);
      record.validation_loss = judged = e.loss;
      record.validation_accuracy = e.accuracy;
    }
    record.seconds = p.seconds - before_;
    before_ = p.seconds;
    trainer_.add_epoch(record, judged);
    for (const auto& c : options_.callbacks) {
      go_on = c->on_epoch(trainer_, record) && go_on;
    }
    if (options_.on_iteration) go_on = options_.on_iteration(p) && go_on;
    waited_ = go_on && options_.early_stopping > 0 &&
              trainer_.progress().waited >= options_.early_stopping;
    return go_on && !waited_;
  }

  /// Whether the last iteration was one too many without a better loss.
  bool waited() const { return waited_; }

 private:
  Trainer& trainer_;
  const FullBatchOptions& options_;
  Callbacks callbacks_;
  double before_ = 0;  ///< seconds
  bool waited_ = false;
};

/// While it lives, the trainer's learning rate is 0: a search has none.
class WithoutRate {
 public:
  explicit WithoutRate(State& state) {
    constexpr std::string_view kPath = "optimizer/learning_rate";
    if (!state.contains(kPath)) return;
    rate_ = state.at(kPath);  // shares the element
    before_ = rate_.item();
    rate_.data<double>()[0] = 0;
  }
  ~WithoutRate() {
    if (rate_.size() == 1) rate_.data<double>()[0] = before_;
  }
  WithoutRate(const WithoutRate&) = delete;
  WithoutRate& operator=(const WithoutRate&) = delete;

 private:
  Tensor rate_;
  double before_ = 0;
};

/// Takes a search up from the parameters as they are: what other trainings did
/// since then counts.
void move_to_parameters(State& state, const Objective& objective) {
  if (!state.contains("minimizer/x")) return;
  const std::vector<double> now = objective.start();
  Tensor& x = state.at("minimizer/x");
  if (x.dtype() == DType::f64 && x.bytes() == now.size() * sizeof(double)) {
    std::copy(now.begin(), now.end(), x.data<double>());
  }
}

}  // namespace

Minimum fit_full_batch(Trainer& trainer, const data::Dataset& data,
                       const Method& method, const FullBatchOptions& options) {
  const TrainingGraphs& graphs = trainer.graphs();
  if (!graphs.train) {
    throw GraphError("[fit_full_batch] the model was saved for inference only");
  }
  if (options.early_stopping < 0) {
    throw DataError("[fit_full_batch] early_stopping must not be negative: " +
                    std::to_string(options.early_stopping));
  }
  trainer.check(data);
  check_updates(graphs);
  if (trainer.class_names.empty()) trainer.class_names = data.class_names;
  const auto objective = make_objective(graphs.train_network, trainer.state(),
                                        batches_of(data, options.batch_size),
                                        {.threads = trainer.threads()});
  const WithoutRate without_rate(trainer.state());
  Reporter reporter(trainer, options);
  reporter.begin(data);
  MinimumOptions search;
  search.stop = options.stop;
  search.stop_flag = options.stop_flag;
  search.on_iteration = [&](const SearchPoint& p) { return reporter.tell(p); };
  if (options.resumable) {
    search.memory = &trainer.state();
    move_to_parameters(trainer.state(), *objective);
  }
  Minimum m = find_minimum(*objective, method, search);
  reporter.end();
  if (m.ending == Ending::stopped && reporter.waited()) {
    m.ending = Ending::early_stopping;
    m.message = std::string(to_string(m.ending)) +
                m.message.substr(to_string(Ending::stopped).size());
  }
  return m;
}

}  // namespace weft
