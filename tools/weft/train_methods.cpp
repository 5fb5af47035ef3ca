// Flags of optimisers, schedules and minimisers.

#include "tools/weft/train_settings.h"

namespace weft::cli {

namespace {

std::vector<std::string> methods() {
  std::vector<std::string> names = optimizer_names();
  for (const std::string& m : minimizer_names()) names.push_back(m);
  return names;
}

void add_search_options(CLI::App& app, TrainSettings& s) {
  app.add_option("--iterations", s.iterations, "Of a minimiser")
      ->check(CLI::Range(0, 1'000'000'000));
  app.add_option("--evaluations", s.evaluations, "Most of a minimiser; 0: any")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--max-seconds", s.seconds, "Most of a minimiser; 0: any")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--gradient", s.gradient,
                 "Largest element of a gradient that ends a minimiser")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--relative-change", s.relative_change,
                 "Of the cost, that ends a minimiser; 0: off")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--history", s.history, "Steps that lbfgs keeps")
      ->check(CLI::Range(1, 1000));
  app.add_option("--beta", s.beta, "Formula of conjugate_gradient")
      ->check(CLI::IsMember({"fletcher_reeves", "polak_ribiere",
                             "hestenes_stiefel", "dai_yuan", "hager_zhang"}));
  app.add_option("--line-search", s.search)
      ->check(CLI::IsMember({"backtracking", "more_thuente", "hager_zhang"}));
}

void add_rule_options(CLI::App& app, TrainSettings& s) {
  app.add_option("--lr", s.rate, "Learning rate")->check(CLI::PositiveNumber);
  app.add_option("--momentum", s.momentum)->check(CLI::Range(0.0, 1.0));
  app.add_option("--dampening", s.dampening, "Of dampened_momentum")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--beta1", s.beta1, "Of adam and its relatives")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--beta2", s.beta2)->check(CLI::Range(0.0, 1.0));
  app.add_option("--smoothing", s.smoothing,
                 "Of mean squares; 0: the optimiser's own")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--epsilon", s.epsilon,
                 "Beside a root; 0: the optimiser's own")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--rate-decay", s.rate_decay, "Of decaying_adagrad")
      ->check(CLI::NonNegativeNumber);
}

void add_schedule_options(CLI::App& app, TrainSettings& s) {
  app.add_option("--schedule", s.schedule)
      ->check(CLI::IsMember(schedule_names()));
  app.add_option("--period", s.period, "Steps of one decay")
      ->check(CLI::PositiveNumber);
  app.add_option("--factor", s.factor, "Of a decay")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--warmup", s.warmup, "Steps of a linear rise")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--decay-steps", s.steps, "After which multistep decays")
      ->delimiter(',');
  app.add_option("--power", s.power, "Of polynomial; growth of warm_restarts")
      ->check(CLI::Range(0.0, 1000.0));
  app.add_option("--rise", s.rise, "Share of one_cycle until the turn")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--patience", s.patience, "Epochs that plateau waits")
      ->check(CLI::Range(0, 1'000'000));
}

}  // namespace

void add_method_options(CLI::App& app, TrainSettings& s) {
  app.add_option("--optimizer,--method", s.optimizer,
                 "An optimiser of batches, or a minimiser of all data")
      ->check(CLI::IsMember(methods()));
  add_search_options(app, s);
  add_rule_options(app, s);
  add_schedule_options(app, s);
}

}  // namespace weft::cli
