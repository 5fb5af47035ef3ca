// The optimisers and schedules of manifests.

#include "weft/adaptive.h"
#include "weft/manifest.h"
#include "weft/momentum_rules.h"

namespace weft {

namespace {

/// A rule with those of its members that a manifest gives.
template <class Rule>
Rule given(Rule rule, const Manifest& m) {
  if (m.rate > 0) rule.learning_rate = m.rate;
  if constexpr (requires { rule.beta1; }) {
    rule.beta1 = m.beta1;
    rule.beta2 = m.beta2;
  }
  if constexpr (requires { rule.epsilon; }) {
    if (m.epsilon > 0) rule.epsilon = m.epsilon;
  }
  if constexpr (requires { rule.alpha; }) {
    if (m.smoothing > 0) rule.alpha = m.smoothing;
  }
  if constexpr (requires { rule.rho; }) {
    if (m.smoothing > 0) rule.rho = m.smoothing;
  }
  if constexpr (requires { rule.dampening; }) rule.dampening = m.dampening;
  if constexpr (requires { rule.rate_decay; }) rule.rate_decay = m.rate_decay;
  return rule;
}

template <class Rule>
Optimizer plain(const Manifest& m) {
  return given(Rule{}, m);
}

template <class Rule>
Optimizer with_momentum(const Manifest& m) {
  Rule rule = given(Rule{}, m);
  rule.momentum = m.momentum;
  return rule;
}

Optimizer nesterov(const Manifest& m) {
  Momentum rule = given(Momentum{}, m);
  rule.momentum = m.momentum;
  rule.nesterov = true;
  return rule;
}

Optimizer adamw(const Manifest& m) {
  AdamW rule = given(AdamW{}, m);
  if (m.weight_decay > 0) rule.weight_decay = m.weight_decay;
  return rule;
}

Optimizer cycled_momentum(const Manifest& m) {
  CycledMomentum rule = given(CycledMomentum{}, m);
  rule.length = m.period;
  rule.rise = m.rise;
  return rule;
}

struct Named {
  const char* name;
  Optimizer (*make)(const Manifest&);
};
constexpr Named kOptimizers[] = {
    {"sgd", plain<Sgd>},
    {"momentum", with_momentum<Momentum>},
    {"nesterov", nesterov},
    {"dampened_momentum", with_momentum<DampenedMomentum>},
    {"cycled_momentum", cycled_momentum},
    {"adagrad", plain<Adagrad>},
    {"decaying_adagrad", plain<DecayingAdagrad>},
    {"adadelta", plain<Adadelta>},
    {"rmsprop", plain<RmsProp>},
    {"centered_rmsprop", plain<CenteredRmsProp>},
    {"rprop", plain<Rprop>},
    {"adam", plain<Adam>},
    {"adamw", adamw},
    {"amsgrad", plain<AmsGrad>},
    {"adamax", plain<Adamax>},
    {"nadam", plain<Nadam>},
    {"radam", plain<Radam>},
};

}  // namespace

std::vector<std::string> optimizer_names() {
  std::vector<std::string> names;
  for (const Named& o : kOptimizers) names.emplace_back(o.name);
  return names;
}

Optimizer make_optimizer(const Manifest& m) {
  for (const Named& o : kOptimizers) {
    if (m.optimizer == o.name) return o.make(m);
  }
  // A minimiser uses no optimiser: the one with the least state stands in.
  if (is_minimizer(m.optimizer)) return Sgd{};
  return plain<Adam>(m);
}

std::vector<std::string> schedule_names() {
  return {"constant",   "step",          "exponential", "cosine", "multistep",
          "polynomial", "warm_restarts", "one_cycle",   "plateau"};
}

Schedule make_schedule(const Manifest& m) {
  return {.name = m.schedule,
          .factor = m.factor,
          .period = m.period,
          .warmup = m.warmup,
          .patience = m.patience,
          .rise = m.rise,
          .power = m.power,
          .steps = {m.steps.begin(), m.steps.end()}};
}

}  // namespace weft
