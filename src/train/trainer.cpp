#include <algorithm>
#include <chrono>
#include <cmath>

#include "src/data/gather.h"
#include "src/train/evaluation.h"
#include "src/train/replay.h"
#include "weft/error.h"
#include "weft/train.h"

namespace weft {

namespace {

double now() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

constexpr std::string_view kRate = "optimizer/learning_rate";

/// The inputs of a graph: the first floating-point one and the next.
Network network_of(Value loss, Value output) {
  Network n;
  n.loss = loss;
  n.output = output ? output : loss;
  for (const Value& v : loss.graph().inputs()) {
    if (!n.input) {
      n.input = v;
    } else if (!n.target) {
      n.target = v;
    } else {
      throw GraphError(
          "[trainer] the graph has more than two inputs; use "
          "compile and Executor");
    }
  }
  if (!n.input) throw GraphError("[trainer] the graph has no input");
  return n;
}

TrainingGraphs build_graphs(const Build& build, const Optimizer& optimizer,
                            const TrainerOptions& options) {
  TrainingGraphs g;
  g.train = std::make_shared<Graph>();
  g.eval = std::make_shared<Graph>();
  g.train_network = build(*g.train, Mode::train);
  g.eval_network = build(*g.eval, Mode::eval);
  g.updates =
      minimize(g.train_network.loss, optimizer, options.minimize).updates;
  return g;
}

TrainingGraphs wrap_graph(Value loss, const Optimizer& optimizer,
                          const TrainerOptions& options) {
  TrainingGraphs g;
  g.train = std::shared_ptr<Graph>(&loss.graph(), [](Graph*) {});
  g.eval = g.train;
  g.train_network = network_of(loss, options.output);
  g.eval_network = g.train_network;
  g.updates = minimize(loss, optimizer, options.minimize).updates;
  return g;
}

}  // namespace

struct Trainer::Impl {
  Impl(TrainingGraphs g, State s, Progress p, int threads)
      : graphs(std::move(g)),
        state(std::move(s)),
        progress(std::move(p)),
        executor({.threads = threads}) {
    if (graphs.train) {
      compile_step(0, 1);
      if (progress.base_rate == 0 && state.contains(kRate)) {
        progress.base_rate = state.at(kRate).item();
      }
    }
    std::vector<Value> outputs{graphs.eval_network.output};
    forward = compile(*graphs.eval, {.outputs = outputs});
    if (graphs.eval_network.loss) {
      outputs.push_back(graphs.eval_network.loss);
      measure = compile(*graphs.eval, {.outputs = outputs});
    }
  }

  void compile_step(std::int64_t memory_budget, std::int64_t batch_size) {
    CompileOptions options;
    options.outputs = {graphs.train_network.loss};
    options.updates = graphs.updates;
    options.memory_budget = memory_budget;
    options.budget_sizes.sizes[static_cast<std::size_t>(kBatch.symbol_id())] =
        batch_size;
    step = compile(*graphs.train, options);
  }

  void check(const data::Dataset& data) const {
    const Network& n = graphs.eval_network;
    const Shape& expected = n.input.shape();
    Shape found{kBatch};
    for (Dim d : data.row) found.push_back(d);
    bool fits = expected.rank() == found.rank();
    for (int i = 1; fits && i < expected.rank(); ++i) {
      fits = expected[i] == found[i] || expected[i].is_symbolic();
    }
    if (!fits) {
      throw DataError("[trainer] the model's input '" + n.input.path() +
                      "' is " + to_string(expected) +
                      ", an example of the data is " + to_string(data.row));
    }
    if (n.target && data.targets.dtype() != n.target.dtype()) {
      throw DataError("[trainer] the model's target '" + n.target.path() +
                      "' is " + to_string(n.target.type()) +
                      ", the data's are " + to_string(data.targets.type()));
    }
    if (graphs.eval_network.output.rank() == 2 && data.classes() > 0) {
      const Dim width = graphs.eval_network.output.shape()[1];
      if (!width.is_symbolic() && width.size() < data.classes()) {
        throw DataError("[trainer] the model has " +
                        std::to_string(width.size()) +
                        " outputs, the data have " +
                        std::to_string(data.classes()) + " classes");
      }
    }
  }

  void set_rate(const Schedule& schedule) {
    const auto& entries = state.entries();
    if (rate_layout != state.layout()) {
      rate_layout = state.layout();
      const auto at =
          std::find_if(entries.begin(), entries.end(),
                       [](const auto& e) { return e.path == kRate; });
      rate_entry = static_cast<std::size_t>(at - entries.begin());
    }
    if (rate_entry == entries.size()) return;
    Tensor rate = entries[rate_entry].tensor;  // shares the element
    rate.data<double>()[0] =
        progress.rate_factor *
        schedule.rate(progress.base_rate, static_cast<double>(state.step));
  }

  /// Handing a batch over between threads costs about 10 µs, and its memory
  /// comes from another core's cache: small batches are made as they are used.
  bool pays_to_prefetch(const data::Dataset& data, std::int64_t batch) const {
    constexpr double kFrom = 40'000;  // ns
    return executor.threads() > 1 && batch > 0 &&
           data::gather_cost(data, std::min(batch, data.size())) > kFrom;
  }

  TrainingGraphs graphs;
  State state;
  Progress progress;
  Executor executor;
  Program step, forward, measure;
  bool stopped = false;
  std::size_t rate_entry = 0;  ///< of a state of layout `rate_layout`
  std::uint64_t rate_layout = 0;
};

Trainer::Trainer(const Build& build, const Optimizer& optimizer,
                 TrainerOptions options) {
  TrainingGraphs g = build_graphs(build, optimizer, options);
  State state = initialize(*g.train, options.seed);
  initialize_missing(*g.eval, state);
  impl_ = std::make_unique<Impl>(std::move(g), std::move(state), Progress{},
                                 options.threads);
}

Trainer::Trainer(Value loss, const Optimizer& optimizer,
                 TrainerOptions options) {
  TrainingGraphs g = wrap_graph(loss, optimizer, options);
  State state = initialize(*g.train, options.seed);
  impl_ = std::make_unique<Impl>(std::move(g), std::move(state), Progress{},
                                 options.threads);
}

Trainer::Trainer(TrainingGraphs graphs, State state, Progress progress,
                 int threads)
    : impl_(std::make_unique<Impl>(std::move(graphs), std::move(state),
                                   std::move(progress), threads)) {}

Trainer::~Trainer() = default;
Trainer::Trainer(Trainer&&) noexcept = default;

State& Trainer::state() { return impl_->state; }
const Progress& Trainer::progress() const { return impl_->progress; }
const TrainingGraphs& Trainer::graphs() const { return impl_->graphs; }
void Trainer::check(const data::Dataset& data) const { impl_->check(data); }
bool Trainer::stopped() const { return impl_->stopped; }
int Trainer::threads() const { return impl_->executor.threads(); }
double Trainer::learning_rate() const {
  return impl_->state.contains(kRate) ? impl_->state.at(kRate).item() : 0;
}

namespace {

enum class Ending { finished, stopped, failed };

/// One epoch's loop over batches; fails when the loss is not finite.
Ending run_epoch(Trainer& trainer, Progress& progress, data::Loader& loader,
                 const FitOptions& options, std::span<Feed, 2> feeds,
                 const std::function<double()>& step) {
  while (loader.next(feeds[0].second, feeds[1].second)) {
    const double loss = step();
    if (!std::isfinite(loss)) return Ending::failed;
    progress.loss_sum += loss;
    ++progress.batch;
    bool go_on = !(options.stop && *options.stop);
    for (const auto& c : options.callbacks) {
      go_on =
          c->on_step(trainer, progress.batch, loader.batches(), loss) && go_on;
    }
    if (!go_on) return Ending::stopped;
  }
  return Ending::finished;
}

/// What is known of a training that broke at the end of batch `last`.
[[noreturn]] void fail(Trainer& trainer, const FitOptions& options,
                       const std::optional<NotFinite>& found,
                       const std::string& what, std::uint64_t epoch,
                       std::int64_t last) {
  std::string text = "[fit] " + what + " at epoch " +
                     std::to_string(epoch + 1) + ", batch " +
                     std::to_string(last + 1) + "; ";
  if (found) {
    text += to_string(*found) + "; ";
    for (const auto& c : options.callbacks) c->on_not_finite(trainer, *found);
  }
  throw NumericError(text +
                     "try a smaller learning rate, clip_norm, or scaled "
                     "inputs");
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

const History& Trainer::fit(const data::Dataset& data,
                            const FitOptions& options) {
  Impl& m = *impl_;
  Progress& p = m.progress;
  if (!m.graphs.train) {
    throw GraphError("[fit] the model was saved for inference only");
  }
  check_options(options);
  m.check(data);
  if (options.memory_budget > 0) {
    m.compile_step(options.memory_budget, options.batch_size);
  }
  if (class_names.empty()) class_names = data.class_names;
  data::Loader loader(data,
                      {.batch_size = options.batch_size,
                       .shuffle = options.shuffle,
                       .prefetch = options.prefetch &&
                                   m.pays_to_prefetch(data, options.batch_size),
                       .seed = m.state.seed});
  std::vector<Tensor> loss(1);
  const Network& net = m.graphs.train_network;
  Feed feeds[2] = {{net.input, {}}, {net.target, {}}};
  const std::span<const Feed> used(feeds, net.target ? 2U : 1U);
  auto step = [&] {
    m.set_rate(options.schedule);
    m.executor.run(m.step, m.state, used, loss);
    return loss[0].item();
  };
  Replay replay;
  m.stopped = false;
  for (const auto& c : options.callbacks) c->on_begin(*this, data, options);
  while (p.epoch < static_cast<std::uint64_t>(options.epochs)) {
    const double begin = now();
    loader.seek(p.epoch, p.batch);
    const bool sound = replay.begin(m.state, p);
    const Ending ending =
        sound ? run_epoch(*this, p, loader, options, feeds, step)
              : Ending::failed;
    if (ending == Ending::failed) {
      const std::int64_t last = sound ? p.batch : loader.batches() - 1;
      const std::uint64_t epoch = p.epoch - (sound ? 0 : 1);
      const std::string what =
          sound ? "the loss is " + std::to_string(loss[0].item())
                : "a parameter is not finite";
      const auto found =
          replay.find(m.graphs, m.state, p, last, loader, feeds, step);
      fail(*this, options, found, what, epoch, last);
    }
    if (ending == Ending::stopped) {
      m.stopped = true;
      break;
    }
    EpochRecord record;
    record.epoch = static_cast<std::int64_t>(++p.epoch);
    record.loss =
        p.loss_sum / static_cast<double>(std::max<std::int64_t>(p.batch, 1));
    record.learning_rate = learning_rate();
    p.batch = 0;
    p.loss_sum = 0;
    double judged = record.loss;
    if (options.validation) {
      const Evaluation e = evaluate(*options.validation);
      record.validation_loss = judged = e.loss;
      record.validation_accuracy = e.accuracy;
    }
    record.seconds = now() - begin;
    p.history.push_back(record);
    bool go_on = !judge(p, judged, options);
    for (const auto& c : options.callbacks) {
      go_on = c->on_epoch(*this, record) && go_on;
    }
    if (!go_on) break;
  }
  return p.history;
}

Evaluation Trainer::evaluate(const data::Dataset& data, int k) {
  Impl& m = *impl_;
  if (!m.measure) throw GraphError("[evaluate] the model has no loss");
  m.check(data);
  const Network& net = m.graphs.eval_network;
  EvaluationSums sums(data.classes(), k);
  std::vector<Tensor> outputs(2);
  constexpr std::int64_t kBatchSize = 256;
  data::Loader loader(data, {.batch_size = kBatchSize,
                             .shuffle = false,
                             .prefetch = m.pays_to_prefetch(data, kBatchSize)});
  Feed feeds[2] = {{net.input, {}}, {net.target, {}}};
  const std::span<const Feed> used(feeds, net.target ? 2U : 1U);
  Tensor &x = feeds[0].second, &y = feeds[1].second;
  while (loader.next(x, y)) {
    m.executor.run(m.measure, m.state, used, outputs);
    sums.add(outputs[0], y, outputs[1].item(), x.dim(0));
  }
  return sums.result();
}

Tensor Trainer::predict(const Tensor& inputs) {
  Impl& m = *impl_;
  return m.executor(m.forward, m.state, {{m.graphs.eval_network.input, inputs}})
      .front();
}

}  // namespace weft
