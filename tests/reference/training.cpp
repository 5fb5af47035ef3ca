#include "training.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <stdexcept>

#include "check.h"
#include "rules.h"
#include "weft/autodiff.h"
#include "weft/initializers.h"
#include "weft/lbfgs_steps.h"
#include "weft/nn.h"
#include "weft/optimizers.h"
#include "weft/program.h"
#include "weft/sequence.h"
#include "weft/spatial.h"

namespace reference {

namespace {

using weft::Graph;
using weft::Tensor;

/// The parameters by their names there.
class Parameters {
 public:
  Parameters(Graph& g, const Training& t, weft::DType dtype) {
    for (const auto& [name, tensor] : t.parameters) {
      const auto zeros = weft::initializers::zeros();
      found_[name] = g.parameter(name, tensor.shape(),
                                 zeros(tensor.shape(), dtype), dtype);
    }
  }
  Value operator[](const std::string& name) const { return found_.at(name); }

 private:
  std::map<std::string, Value> found_;
};

Value linear(Value x, const Parameters& p, const std::string& name) {
  return weft::matmul(x, p[name + ".weight"], false, true) + p[name + ".bias"];
}

Value per_channel(Value v) { return weft::reshape(v, {weft::kInfer, 1, 1}); }

Value convolution(Value x, const Parameters& p, const std::string& name,
                  std::int64_t padding) {
  const Value y = weft::conv(x, p[name + ".weight"], {.padding = {padding}});
  return y + per_channel(p[name + ".bias"]);
}

Value network(const std::string& model, Value x, const Parameters& p) {
  using namespace weft;  // NOLINT: a list of its functions
  if (model == "mlp") {
    const Value h = relu(linear(tanh(linear(x, p, "0")), p, "2"));
    return linear(h, p, "4");
  }
  if (model == "reg") return linear(softplus(linear(x, p, "0")), p, "2");
  if (model == "cnn") {
    Value h = standardize(convolution(x, p, "0", 1), {0, 2, 3}, 1e-5);
    h = h * per_channel(p["1.weight"]) + per_channel(p["1.bias"]);
    h = max_pool(relu(h), {2}).values;
    return linear(flatten(relu(convolution(h, p, "4", 0))), p, "7");
  }
  if (model != "lstm" && model != "gru" && model != "rnn") {
    throw std::runtime_error("the model " + model + " is unknown");
  }
  const Value none =
      zeros_like(x, {x.shape()[0], p["rnn.weight_hh_l0"].shape()[1]});
  const Value steps = transpose(x, {1, 0, 2});
  const RecurrentWeights w{p["rnn.weight_ih_l0"], p["rnn.weight_hh_l0"],
                           p["rnn.bias_ih_l0"], p["rnn.bias_hh_l0"]};
  const Recurrence r = model == "lstm"  ? weft::lstm(steps, none, none, w)
                       : model == "gru" ? weft::gru(steps, none, w)
                                        : weft::rnn(steps, none, w);
  return linear(r.state, p, "fc");
}

weft::MinimizeOptions options_of(const Training& t) {
  weft::MinimizeOptions o{.decay_all = true};
  if (!t.optimizer.starts_with("adamw")) {
    o.weight_decay = number(t, "weight_decay", 0);
  }
  if (t.clip == "clip=norm") o.clip_norm = 0.5;
  if (t.clip == "clip=value") o.clip_value = 0.05;
  return o;
}

/// A model with its data and first weights.
struct Problem {
  explicit Problem(const Training& t) {
    const weft::DType dtype = weft::dtype_from_string(t.dtype);
    weft::Shape row{weft::kBatch}, target{weft::kBatch};
    for (int i = 1; i < t.x.rank(); ++i) row.push_back(t.x.shape()[i]);
    for (int i = 1; i < t.y.rank(); ++i) target.push_back(t.y.shape()[i]);
    const Parameters p(graph, t, dtype);
    x = graph.input("x", row, dtype);
    const bool classes = !weft::is_floating(t.y.dtype());
    y = graph.input("y", target, classes ? t.y.dtype() : dtype);
    const Value out = network(t.model, x, p);
    loss = classes ? weft::mean(weft::softmax_cross_entropy(out, y))
                   : weft::mean(weft::square(weft::reshape(out, target) - y));
    xs = t.x.to(dtype);
    ys = classes ? t.y : t.y.to(dtype);
    state = weft::initialize(graph);
    for (const auto& [name, w] : t.parameters) state.set(name, w.to(dtype));
  }

  Graph graph;
  Value x, y, loss;
  Tensor xs, ys;
  weft::State state;
};

/// The loss before each step, and the weights after the last.
struct Run {
  std::vector<double> losses;
  std::vector<Tensor> finals;
};

void keep_finals(const Training& t, const weft::State& state, Run& run) {
  for (const auto& [name, w] : t.parameters) {
    run.finals.push_back(state.at(name).clone());
  }
}

std::size_t count(const Training& t) {
  return static_cast<std::size_t>(t.losses.size());
}

bool near(double found, double expected, double tolerance) {
  return std::abs(found - expected) <= tolerance * (1 + std::abs(expected));
}

/// Before a normalisation a bias has no gradient but rounding.
bool rounding_alone(const Training& t, const std::string& parameter) {
  return t.model == "cnn" && parameter == "0.bias";
}

/// Weights that are some units in the last place away.
void perturb(const Tensor& weights, int units) {
  Tensor w = weights;
  if (w.dtype() == weft::DType::f32) {
    for (float& v : w.values<float>()) {
      v *= 1 + static_cast<float>(units) * 0x1p-23F;
    }
    return;
  }
  for (double& v : w.values<double>()) v *= 1 + units * 0x1p-52;
}

/// What gradients are multiplied by, so that their norm is at most this.
Value clipping(Problem& p, double most) {
  Value total;
  for (const Value& g : weft::gradients(p.loss, p.graph.parameters())) {
    const Value square = weft::sum(weft::square(g));
    total = total ? total + square : square;
  }
  return weft::minimum(most / (weft::sqrt(total) + 1e-6), 1);
}

/// On batches of 32 in turn.
Run run_steps(const Training& t, int units = 0) {
  Problem p(t);
  if (units != 0) perturb(p.state.at(t.parameters[0].first), units);
  Value goal = is_set(t, "maximize") ? -p.loss : p.loss;
  weft::MinimizeOptions options = options_of(t);
  if (options.clip_norm > 0 && !t.optimizer.starts_with("sgd")) {
    // Rules that scale gradients amplify what the reference adds to the norm.
    goal = goal * weft::stop_gradient(clipping(p, options.clip_norm));
    options.clip_norm = 0;
  }
  const auto step = weft::minimize(goal, optimizer_of(t), options);
  const auto program =
      weft::compile(p.graph, {.outputs = {p.loss}, .updates = step.updates});
  weft::State state = weft::initialize(p.graph);
  for (const auto& [name, w] : t.parameters) state.set(name, p.state.at(name));
  weft::Executor executor({.threads = 1});
  Run run;
  for (std::int64_t i = 0; i < t.losses.size(); ++i) {
    *state.at("optimizer/learning_rate").data<double>() = t.rates.at(i);
    const std::int64_t n = p.xs.dim(0), first = i * 32 % n;
    const std::int64_t last = std::min(n, first + 32);
    const auto found = executor(
        program, state,
        {{p.x, p.xs.rows(first, last)}, {p.y, p.ys.rows(first, last)}});
    run.losses.push_back(found[0].item());
  }
  keep_finals(t, state, run);
  return run;
}

/// On all data at once. The searches amplify rounding: from first weights that
/// are some units in the last place away, a run tells from where on it is
/// rounding that decides.
Run run_lbfgs(const Training& t, int units) {
  Problem p(t);
  perturb(p.state.at(t.parameters[0].first), units);
  const auto objective = weft::make_objective(
      p.loss, p.state, {.feeds = {{p.x, p.xs}, {p.y, p.ys}}, .threads = 1});
  auto integer = [&](const char* name, int otherwise) {
    return static_cast<int>(number(t, name, otherwise));
  };
  weft::State memory;
  weft::LbfgsSteps steps(memory, {.learning_rate = number(t, "lr", 1),
                                  .iterations = integer("max_iter", 20),
                                  .evaluations = integer("max_eval", 0),
                                  .gradient = number(t, "tolerance_grad", 1e-7),
                                  .change = number(t, "tolerance_change", 1e-9),
                                  .history = integer("history_size", 100),
                                  .line_search = is_set(t, "line_search_fn")});
  Run run;
  while (run.losses.size() < count(t)) {
    run.losses.push_back(steps.step(*objective));
  }
  keep_finals(t, p.state, run);
  return run;
}

/// What a run differs in, after `known` losses that agree; it may differ as
/// much more as others do from it.
std::string compare(const Training& t, const Run& run, std::size_t known,
                    bool finals, double tolerance,
                    std::span<const Run> others = {}) {
  for (std::size_t i = 0; i < known; ++i) {
    const double expected = t.losses.at(static_cast<std::int64_t>(i));
    double more = 0;
    for (const Run& other : others) {
      more = std::max(more, std::abs(other.losses[i] - run.losses[i]));
    }
    if (!near(run.losses[i], expected, tolerance) &&
        !(std::abs(run.losses[i] - expected) <= more)) {
      return "loss " + std::to_string(i) + " is " +
             std::to_string(run.losses[i]) + ", not " +
             std::to_string(expected);
    }
  }
  for (std::size_t i = 0; finals && i < t.finals.size(); ++i) {
    const std::string& name = t.parameters.at(i).first;
    if (rounding_alone(t, name)) continue;
    double more = 0;
    for (const Run& other : others) {
      more = std::max(more, largest_difference(other.finals[i], run.finals[i]));
    }
    const std::string text =
        difference(run.finals[i], t.finals[i], tolerance, more);
    if (!text.empty()) return name + ": " + text;
  }
  return {};
}

}  // namespace

std::string check_training(const Training& t, double tolerance) {
  if (t.clip != "clip=None" && t.clip != "clip=norm" &&
      t.clip != "clip=value") {
    return "its " + t.clip + " is unknown";
  }
  if (!t.optimizer.starts_with("lbfgs")) {
    const Run run = run_steps(t);
    std::string text = compare(t, run, count(t), true, tolerance);
    if (text.empty() || t.dtype != "f32") return text;
    // As much as rounding makes of it.
    const Run others[] = {run_steps(t, 1), run_steps(t, -1)};
    return compare(t, run, count(t), true, tolerance, others);
  }
  const Run run = run_lbfgs(t, 0);
  std::size_t known = count(t);
  bool finals = true;
  for (const int units : {-3, -2, -1, 1, 2, 3}) {
    const Run other = run_lbfgs(t, units);
    for (std::size_t i = 0; i < known; ++i) {
      if (!near(other.losses[i], run.losses[i], tolerance)) known = i;
    }
    for (std::size_t i = 0; i < t.finals.size(); ++i) {
      if (rounding_alone(t, t.parameters.at(i).first)) continue;
      const auto text = difference(other.finals[i], run.finals[i], tolerance);
      finals = finals && text.empty();
    }
  }
  return compare(t, run, known, finals && known == count(t), tolerance);
}

}  // namespace reference
