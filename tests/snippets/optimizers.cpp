#include "example.h"

// Optimisers: optimizers.h, adaptive.h, averages.h, momentum_rules.h.

namespace snippets {

EXAMPLE(Sgd) { show_steps(Sgd{.learning_rate = 0.1}, "0.8 0.64 0.512"); }

EXAMPLE(Momentum) {
  show_steps(Momentum{.learning_rate = 0.1, .nesterov = true},
             "0.62 0.2224 -0.108352");
}

EXAMPLE(Adagrad) {
  show_steps(Adagrad{.learning_rate = 0.1}, "0.9 0.833104 0.780456");
}

EXAMPLE(Adadelta) { show_steps(Adadelta{}, "0.996838 0.993598 0.990309"); }

EXAMPLE(RmsProp) {
  show_steps(RmsProp{.learning_rate = 0.1}, "5e-08 -2.51888e-10 2.54431e-12");
}

EXAMPLE(Adam) {
  show_steps(Adam{.learning_rate = 0.1}, "0.9 0.800412 0.701586");
}

EXAMPLE(AdamW) {
  show_steps(AdamW{.learning_rate = 0.1, .decay_all = true},
             "0.899 0.798519 0.698911");
}

EXAMPLE(DampenedMomentum) {
  show_steps(DampenedMomentum{.learning_rate = 0.1, .dampening = 0.5},
             "0.8 0.54 0.252");
}

EXAMPLE(CenteredRmsProp) {
  show_steps(CenteredRmsProp{.learning_rate = 0.1},
             "-0.00503776 5.03052e-05 -7.55786e-07");
}

EXAMPLE(DecayingAdagrad) {
  show_steps(DecayingAdagrad{.learning_rate = 0.1, .rate_decay = 1},
             "0.9 0.866552 0.848502");
}

EXAMPLE(AmsGrad) {
  show_steps(AmsGrad{.learning_rate = 0.1}, "0.9 0.800412 0.701586");
}

EXAMPLE(Adamax) {
  show_steps(Adamax{.learning_rate = 0.1}, "0.9 0.805168 0.715499");
}

EXAMPLE(Radam) {
  show_steps(Radam{.learning_rate = 0.1}, "0.8 0.621053 0.462303");
}

EXAMPLE(Nadam) {
  show_steps(Nadam{.learning_rate = 0.1}, "0.894355 0.819973 0.752729");
}

EXAMPLE(CycledMomentum) {
  show_steps(CycledMomentum{.learning_rate = 0.1, .length = 10},
             "0.8 0.46 0.079");
}

EXAMPLE(Rprop) { show_steps(Rprop{.learning_rate = 0.1}, "0.9 0.78 0.636"); }

EXAMPLE(average_weights) {
  Value w = g.parameter("w", {}, initializers::constant(8)({}, DType::f64),
                        DType::f64);
  std::vector<Value> updates{g.assign(w, 0.5 * w)};
  for (Value u : average_weights(updates, {.decay = 1})) updates.push_back(u);
  Program p = compile(g, {.updates = updates});
  State s = initialize(g);
  Executor run;
  for (int i = 0; i < 3; ++i) run(p, s, {});  // w is 4, 2, 1
  show(averaged_state(s).at("w"), "f64() 2.33333");
}

}  // namespace snippets
