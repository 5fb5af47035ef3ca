#include <algorithm>

#include "src/data/gather.h"
#include "src/train/evaluation.h"
#include "src/train/trainer_impl.h"
#include "weft/error.h"

namespace weft {

State& AveragedState::of(const State& state) {
  const auto& entries = state.entries();
  bool same = state_.has_value() && counts_ == has_averages(state) &&
              sources_.size() == entries.size();
  for (std::size_t i = 0; same && i < entries.size(); ++i) {
    same = sources_[i] == entries[i].tensor.raw();
  }
  if (!same) {
    state_ = averaged_state(state);
    counts_ = has_averages(state);
    sources_.clear();
    for (const auto& e : entries) sources_.push_back(e.tensor.raw());
  }
  state_->seed = state.seed;
  state_->step = state.step;
  return *state_;
}

namespace {

const std::string kAveragesSetting = "averages";

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

Trainer::Impl::Impl(TrainingGraphs g, State s, Progress p, int threads)
    : graphs(std::move(g)),
      state(std::move(s)),
      progress(std::move(p)),
      executor({.threads = threads}) {
  if (graphs.train) {
    compile_step(0, 1);
    if (progress.base_rate == 0 && state.contains(kRatePath)) {
      progress.base_rate = state.at(kRatePath).item();
    }
  }
  std::vector<Value> outputs{graphs.eval_network.output};
  forward = compile(*graphs.eval, {.outputs = outputs});
  if (graphs.eval_network.loss) {
    outputs.push_back(graphs.eval_network.loss);
    measure = compile(*graphs.eval, {.outputs = outputs});
  }
}

void Trainer::Impl::compile_step(std::int64_t memory_budget,
                                 std::int64_t batch_size) {
  CompileOptions options;
  options.outputs = {graphs.train_network.loss};
  options.updates = graphs.updates;
  options.memory_budget = memory_budget;
  options.budget_sizes.sizes[static_cast<std::size_t>(kBatch.symbol_id())] =
      batch_size;
  step = compile(*graphs.train, options);
}

void Trainer::Impl::check(const data::Dataset& data) const {
  const Network& n = graphs.eval_network;
  const Shape& expected = n.input.shape();
  Shape found{kBatch};
  for (Dim d : data.row) found.push_back(d);
  bool fits = expected.rank() == found.rank();
  for (int i = 1; fits && i < expected.rank(); ++i) {
    fits = expected[i] == found[i] || expected[i].is_symbolic();
  }
  if (!fits) {
    throw DataError("[trainer] the model's input '" + n.input.path() + "' is " +
                    to_string(expected) + ", an example of the data is " +
                    to_string(data.row));
  }
  if (n.target && data.targets.dtype() != n.target.dtype()) {
    throw DataError("[trainer] the model's target '" + n.target.path() +
                    "' is " + to_string(n.target.type()) + ", the data's are " +
                    to_string(data.targets.type()));
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

void Trainer::Impl::set_rate(const Schedule& schedule) {
  const auto& entries = state.entries();
  if (rate_layout != state.layout()) {
    rate_layout = state.layout();
    const auto at =
        std::find_if(entries.begin(), entries.end(),
                     [](const auto& e) { return e.path == kRatePath; });
    rate_entry = static_cast<std::size_t>(at - entries.begin());
  }
  if (rate_entry == entries.size()) return;
  Tensor rate = entries[rate_entry].tensor;  // shares the element
  rate.data<double>()[0] =
      progress.rate_factor *
      schedule.rate(progress.base_rate, static_cast<double>(state.step));
}

bool Trainer::Impl::pays_to_prefetch(const data::Dataset& data,
                                     std::int64_t batch) const {
  constexpr double kFrom = 40'000;  // ns
  return executor.threads() > 1 && batch > 0 &&
         data::gather_cost(data, std::min(batch, data.size())) > kFrom;
}

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
  return impl_->state.contains(kRatePath) ? impl_->state.at(kRatePath).item()
                                          : 0;
}

void Trainer::use_averages(bool use) {
  if (!use) {
    settings.erase(kAveragesSetting);
    return;
  }
  impl_->averaged.of(impl_->state);  // throws
  settings[kAveragesSetting] = "used";
}

State& Trainer::judged_state() {
  const bool averaged = settings.contains(kAveragesSetting);
  return averaged ? impl_->averaged.of(impl_->state) : impl_->state;
}

Evaluation Trainer::evaluate(const data::Dataset& data, int k) {
  Impl& m = *impl_;
  State& state = judged_state();
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
    m.executor.run(m.measure, state, used, outputs);
    sums.add(outputs[0], y, outputs[1].item(), x.dim(0));
  }
  return sums.result();
}

Tensor Trainer::predict(const Tensor& inputs) {
  Impl& m = *impl_;
  return m
      .executor(m.forward, judged_state(),
                {{m.graphs.eval_network.input, inputs}})
      .front();
}

}  // namespace weft
