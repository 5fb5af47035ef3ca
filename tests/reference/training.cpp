#include "training.h"

#include <stdexcept>

#include "check.h"
#include "weft/adaptive.h"
#include "weft/initializers.h"
#include "weft/nn.h"
#include "weft/optimizers.h"
#include "weft/program.h"
#include "weft/sequence.h"
#include "weft/spatial.h"

namespace reference {

namespace {

using weft::Graph;
using weft::Tensor;

double number(const Training& t, const char* name, double otherwise) {
  const auto& args = t.attributes.at("args");
  return args.contains(name) ? args.at(name).get<double>() : otherwise;
}

double beta(const Training& t, std::size_t i, double otherwise) {
  const auto& args = t.attributes.at("args");
  return args.contains("betas") ? args.at("betas").at(i).get<double>()
                                : otherwise;
}

template <class Rule>
Rule with_betas(const Training& t, double rate) {
  Rule r;
  r.learning_rate = rate;
  r.beta1 = beta(t, 0, r.beta1);
  r.beta2 = beta(t, 1, r.beta2);
  r.epsilon = number(t, "eps", r.epsilon);
  return r;
}

weft::Optimizer momentum(const Training& t, double rate) {
  const double m = number(t, "momentum", 0), d = number(t, "dampening", 0);
  if (m == 0) return weft::Sgd{rate};
  if (d != 0) return weft::DampenedMomentum{rate, m, d};
  return weft::Momentum{rate, m, t.attributes.at("args").contains("nesterov")};
}

weft::Optimizer rms(const Training& t, double rate) {
  const double alpha = number(t, "alpha", 0.99), e = number(t, "eps", 1e-8);
  const double m = number(t, "momentum", 0);
  if (t.attributes.at("args").contains("centered")) {
    return weft::CenteredRmsProp{rate, alpha, e, m};
  }
  return weft::RmsProp{rate, alpha, e, m};
}

weft::Optimizer adagrad(const Training& t, double rate) {
  const double first = number(t, "initial_accumulator_value", 0);
  const double decay = number(t, "lr_decay", 0), e = number(t, "eps", 1e-10);
  if (decay != 0) return weft::DecayingAdagrad{rate, decay, e, first};
  return weft::Adagrad{rate, e, first};
}

weft::Optimizer optimizer_of(const Training& t) {
  const std::string& name = t.optimizer;
  const double rate = number(t, "lr", 1e-3);
  auto is = [&](const char* start) { return name.starts_with(start); };
  if (is("sgd") || is("momentum") || is("nesterov")) return momentum(t, rate);
  if (is("adamw")) {
    weft::AdamW r = with_betas<weft::AdamW>(t, rate);
    r.weight_decay = number(t, "weight_decay", 0.01);
    r.decay_all = true;
    return r;
  }
  if (is("adamax")) return with_betas<weft::Adamax>(t, rate);
  if (is("amsgrad")) return with_betas<weft::AmsGrad>(t, rate);
  if (is("radam")) return with_betas<weft::Radam>(t, rate);
  if (is("adam")) return with_betas<weft::Adam>(t, rate);
  if (is("rmsprop")) return rms(t, rate);
  if (is("adagrad")) return adagrad(t, rate);
  if (is("adadelta")) {
    return weft::Adadelta{rate, number(t, "rho", 0.9), number(t, "eps", 1e-6)};
  }
  if (is("rprop")) return weft::Rprop{.learning_rate = rate};
  throw std::runtime_error("unknown optimiser " + name);
}

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
  if (model != "lstm") throw std::runtime_error("unknown model " + model);
  const Value none =
      zeros_like(x, {x.shape()[0], p["rnn.weight_hh_l0"].shape()[1]});
  const Recurrence r = weft::lstm(transpose(x, {1, 0, 2}), none, none,
                                  {p["rnn.weight_ih_l0"], p["rnn.weight_hh_l0"],
                                   p["rnn.bias_ih_l0"], p["rnn.bias_hh_l0"]});
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

}  // namespace

bool known(const Training& t) {
  // L-BFGS has a line search of its own here, and schedules change the rate
  // alone, where one cycle there changes the momentum too.
  const auto& args = t.attributes.at("args");
  const bool cycle =
      args.contains("schedule") && args["schedule"] == "onecycle";
  return !cycle && !t.optimizer.starts_with("lbfgs") && t.optimizer != "nadam";
}

std::string check_training(const Training& t, double tolerance) {
  const weft::DType dtype = weft::dtype_from_string(t.dtype);
  Graph g;
  weft::Shape row{weft::kBatch};
  for (int i = 1; i < t.x.rank(); ++i) row.push_back(t.x.shape()[i]);
  const Parameters p(g, t, dtype);
  const Value x = g.input("x", row, dtype);
  const bool classes = !weft::is_floating(t.y.dtype());
  weft::Shape target{weft::kBatch};
  for (int i = 1; i < t.y.rank(); ++i) target.push_back(t.y.shape()[i]);
  const Value y = g.input("y", target, classes ? t.y.dtype() : dtype);
  const Value out = network(t.model, x, p);
  const Value loss =
      classes ? weft::mean(weft::softmax_cross_entropy(out, y))
              : weft::mean(weft::square(weft::reshape(out, target) - y));
  const auto step = weft::minimize(loss, optimizer_of(t), options_of(t));
  const auto program =
      weft::compile(g, {.outputs = {loss}, .updates = step.updates});
  weft::State state = weft::initialize(g);
  for (const auto& [name, w] : t.parameters) state.set(name, w.to(dtype));
  const Tensor xs = t.x.to(dtype), ys = classes ? t.y : t.y.to(dtype);
  weft::Executor run({.threads = 1});
  for (std::int64_t i = 0; i < t.losses.size(); ++i) {
    *state.at("optimizer/learning_rate").data<double>() = t.rates.at(i);
    const std::int64_t n = xs.dim(0), first = i * 32 % n;
    const std::int64_t last = std::min(n, first + 32);
    const auto found = run(
        program, state, {{x, xs.rows(first, last)}, {y, ys.rows(first, last)}});
    const double expected = t.losses.at(i), got = found[0].item();
    if (!(std::abs(got - expected) <= tolerance * (1 + std::abs(expected)))) {
      return "loss " + std::to_string(i) + " is " + std::to_string(got) +
             ", not " + std::to_string(expected);
    }
  }
  for (std::size_t i = 0; i < t.finals.size(); ++i) {
    const std::string& name = t.parameters.at(i).first;
    // Before a normalisation a bias has no gradient but rounding.
    if (t.model == "cnn" && name == "0.bias") continue;
    const std::string text = difference(state.at(name), t.finals[i], tolerance);
    if (!text.empty()) return name + ": " + text;
  }
  return {};
}

}  // namespace reference
