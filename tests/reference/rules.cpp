#include "rules.h"

#include <set>
#include <stdexcept>

#include "weft/adaptive.h"
#include "weft/initializers.h"
#include "weft/momentum_rules.h"

namespace reference {

namespace {

using weft::Value;

const nlohmann::json& options(const Training& t) {
  return t.attributes.at("args");
}

double element(const Training& t, const char* name, std::size_t i,
               double otherwise) {
  return options(t).contains(name) ? options(t).at(name).at(i).get<double>()
                                   : otherwise;
}

template <class Rule>
Rule with_betas(const Training& t, double rate) {
  Rule r;
  r.learning_rate = rate;
  r.beta1 = element(t, "betas", 0, r.beta1);
  r.beta2 = element(t, "betas", 1, r.beta2);
  r.epsilon = number(t, "eps", r.epsilon);
  return r;
}

/// Weights that shrink beside a step of AMSGrad.
struct DecayedAmsGrad : weft::AmsGrad {
  static constexpr std::string_view name = "decayed_amsgrad";
  double weight_decay = 0.01;
  Value operator()(weft::UpdateContext& c, Value w, Value g) const {
    return AmsGrad::operator()(c, w - c.rate() * weight_decay * w, g);
  }
};

/// Steps that fall with their number, beside weights that shrink; what it is
/// named for, averages of the weights, changes no step.
struct AveragedSgd {
  static constexpr std::string_view name = "averaged_sgd";
  double learning_rate = 0.01;
  double shrink = 1e-4;
  double power = 0.75;
  Value operator()(weft::UpdateContext& c, Value w, Value g) const {
    const Value step = c.slot("step");
    c.update(step, step + 1);
    const Value rate =
        c.rate() / weft::pow(1 + shrink * c.rate() * step, power);
    return w * (1 - shrink * rate) - rate * g;
  }
};

weft::Optimizer momentum(const Training& t, double rate) {
  const auto& args = options(t);
  if (args.contains("schedule") && args["schedule"] == "onecycle") {
    // It is made for a step more than it is run for, and sets the momentum,
    // whatever the optimiser's is.
    return weft::CycledMomentum{
        .learning_rate = rate,
        .length = static_cast<double>(t.losses.size() + 1),
        .nesterov = is_set(t, "nesterov")};
  }
  const double m = number(t, "momentum", 0), d = number(t, "dampening", 0);
  if (m == 0) return weft::Sgd{rate};
  if (d != 0) return weft::DampenedMomentum{rate, m, d};
  return weft::Momentum{rate, m, is_set(t, "nesterov")};
}

weft::Optimizer adam(const Training& t, double rate, bool decayed) {
  if (is_set(t, "amsgrad")) {
    if (!decayed) return with_betas<weft::AmsGrad>(t, rate);
    auto r = with_betas<DecayedAmsGrad>(t, rate);
    r.weight_decay = number(t, "weight_decay", 0.01);
    return r;
  }
  if (!decayed) return with_betas<weft::Adam>(t, rate);
  auto r = with_betas<weft::AdamW>(t, rate);
  r.weight_decay = number(t, "weight_decay", 0.01);
  r.decay_all = true;
  return r;
}

weft::Optimizer nadam(const Training& t, double rate) {
  auto r = with_betas<weft::Nadam>(t, rate);
  r.momentum_decay = number(t, "momentum_decay", r.momentum_decay);
  r.counted_twice = true;
  return r;
}

weft::Optimizer rms(const Training& t, double rate) {
  const double alpha = number(t, "alpha", 0.99), e = number(t, "eps", 1e-8);
  const double m = number(t, "momentum", 0);
  if (is_set(t, "centered")) return weft::CenteredRmsProp{rate, alpha, e, m};
  return weft::RmsProp{rate, alpha, e, m};
}

weft::Optimizer adagrad(const Training& t, double rate) {
  const double first = number(t, "initial_accumulator_value", 0);
  const double decay = number(t, "lr_decay", 0), e = number(t, "eps", 1e-10);
  if (decay != 0) return weft::DecayingAdagrad{rate, decay, e, first};
  return weft::Adagrad{rate, e, first};
}

weft::Optimizer rprop(const Training& t, double rate) {
  return weft::Rprop{.learning_rate = rate,
                     .shrink = element(t, "etas", 0, 0.5),
                     .grow = element(t, "etas", 1, 1.2),
                     .least = element(t, "step_sizes", 0, 1e-6),
                     .most = element(t, "step_sizes", 1, 50)};
}

/// The options that some rule, or the run, reads.
void check_options(const Training& t) {
  static const std::set<std::string> known{"alpha",
                                           "amsgrad",
                                           "betas",
                                           "centered",
                                           "dampening",
                                           "eps",
                                           "etas",
                                           "history_size",
                                           "lambd",
                                           "line_search_fn",
                                           "lr",
                                           "lr_decay",
                                           "max_eval",
                                           "max_iter",
                                           "maximize",
                                           "momentum",
                                           "nesterov",
                                           "rho",
                                           "schedule",
                                           "step_sizes",
                                           "t0",
                                           "tolerance_grad",
                                           "tolerance_change",
                                           "weight_decay",
                                           "foreach",
                                           "momentum_decay",
                                           "initial_accumulator_value"};
  for (const auto& [name, value] : options(t).items()) {
    if (!known.contains(name)) {
      throw std::runtime_error("the option " + name + " is unknown");
    }
  }
}

}  // namespace

double number(const Training& t, const char* name, double otherwise) {
  return options(t).contains(name) ? options(t).at(name).get<double>()
                                   : otherwise;
}

bool is_set(const Training& t, const char* name) {
  return options(t).contains(name) && options(t).at(name) != false &&
         !options(t).at(name).is_null();
}

weft::Optimizer optimizer_of(const Training& t) {
  check_options(t);
  const std::string& name = t.optimizer;
  const double rate = number(t, "lr", 1e-3);
  auto is = [&](const char* start) { return name.starts_with(start); };
  const bool plain = is("sgd") || is("momentum") || is("nesterov");
  if (!plain && is_set(t, "schedule") &&
      options(t).at("schedule") == "onecycle" &&
      (is("adam") || is("nadam") || is("radam") || is("rmsprop"))) {
    throw std::runtime_error("a cycle of the momentum of " + name +
                             " is unknown");
  }
  if (plain) return momentum(t, rate);
  if (is("adamax")) return with_betas<weft::Adamax>(t, rate);
  if (is("amsgrad")) return with_betas<weft::AmsGrad>(t, rate);
  if (is("nadam")) return nadam(t, rate);
  if (is("radam")) return with_betas<weft::Radam>(t, rate);
  if (is("adam")) return adam(t, rate, is("adamw"));
  if (is("rmsprop")) return rms(t, rate);
  if (is("adagrad")) return adagrad(t, rate);
  if (is("adadelta")) {
    return weft::Adadelta{rate, number(t, "rho", 0.9), number(t, "eps", 1e-6)};
  }
  if (is("rprop")) return rprop(t, rate);
  if (is("asgd")) {
    return AveragedSgd{rate, number(t, "lambd", 1e-4),
                       number(t, "alpha", 0.75)};
  }
  throw std::runtime_error("the optimiser " + name + " is unknown");
}

}  // namespace reference
