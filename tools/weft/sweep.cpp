#include <algorithm>
#include <cmath>
#include <iostream>
#include <limits>

#include "tools/weft/many.h"

namespace weft::cli {

namespace {

struct SweepSettings {
  TrainSettings train;
  std::vector<std::string> vary;
  int random = 0;
};

/// "lr=1e-3,1e-2", "hidden=64,32;32" or "lr=1e-4..1e-1".
Axis parse_axis(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    throw CLI::ValidationError(
        "--vary " + text, "must be NAME=VALUE,VALUE,... or NAME=LOW..HIGH");
  }
  Axis axis;
  axis.name = text.substr(0, equals);
  const std::string values = text.substr(equals + 1);
  const auto dots = values.find("..");
  if (dots != std::string::npos) {
    double low = 0, high = 0;
    if (!CLI::detail::lexical_cast(values.substr(0, dots), low) ||
        !CLI::detail::lexical_cast(values.substr(dots + 2), high)) {
      throw CLI::ValidationError("--vary " + text, "has a range of no numbers");
    }
    axis.low = low;
    axis.high = high;
    const bool whole =
        values.find_first_of(".eE", dots + 2) == std::string::npos &&
        values.find_first_of(".eE") == dots;
    axis.scale = whole     ? Axis::Scale::whole
                 : low > 0 ? Axis::Scale::log
                           : Axis::Scale::linear;
    return axis;
  }
  const char separator = values.find(';') == std::string::npos ? ',' : ';';
  for (const std::string& v : CLI::detail::split(values, separator)) {
    axis.values.emplace_back(v);
  }
  return axis;
}

/// The settings with a choice put in as if it had been an option.
TrainSettings with_choice(TrainSettings s, const Choice& choice) {
  CLI::App options;
  add_model_options(options, s);
  add_training_options(options, s);
  std::vector<std::string> arguments;
  for (const auto& [name, value] : choice.settings()) {
    if (name == "scale" || name == "validation") {
      throw CLI::ValidationError("--vary " + name, "changes the data");
    }
    arguments.insert(arguments.begin(), {value.text(), "--" + name});
  }
  options.parse(arguments);  // takes them from the back
  return s;
}

std::vector<Choice> choices_of(const SweepSettings& s, std::uint64_t seed) {
  std::vector<Axis> axes;
  for (const std::string& v : s.vary) {
    axes.push_back(parse_axis(v));
    if (axes.back().values.empty() && s.random == 0) {
      throw CLI::ValidationError("--vary " + v,
                                 "is a range: use --random COUNT");
    }
  }
  return s.random > 0 ? random_choices(axes, s.random, {seed}) : grid(axes);
}

/// Those with the least loss first, those without loss last.
std::vector<std::size_t> by_loss(const std::vector<TrainingResult>& results) {
  auto loss = [&](std::size_t i) {
    return std::isnan(results[i].loss) ? std::numeric_limits<double>::infinity()
                                       : results[i].loss;
  };
  auto order = in_order(results.size());
  std::stable_sort(
      order.begin(), order.end(),
      [&](std::size_t a, std::size_t b) { return loss(a) < loss(b); });
  return order;
}

/// Of a sweep that was stopped: the best that finished, else the most promising
/// of those that were stopped.
std::size_t best_so_far(const std::vector<TrainingResult>& results) {
  const auto order = by_loss(results);
  for (const Outcome outcome : {Outcome::finished, Outcome::stopped}) {
    for (std::size_t i : order) {
      if (results[i].outcome == outcome && results[i].trainer) return i;
    }
  }
  throw RunFailed("the sweep was stopped before a training began");
}

/// Saves the best and says what came out.
void report(const std::vector<TrainingResult>& results, const std::string& out,
            bool classes, const Common& common) {
  if (!common.json) print_table(results, by_loss(results), classes);
  const std::size_t best =
      stop_requested() ? best_so_far(results) : best_of(results);
  const TrainingResult& r = results[best];
  if (!out.empty()) {
    r.trainer->metrics = {{"loss", r.loss}, {"accuracy", r.accuracy}};
    save(*r.trainer, out);
    std::vector<std::string> files(results.size());
    files[best] = out;
    print_how_to_go_on(results, files);
  }
  if (common.json) {
    const nlohmann::json j = {{"trainings", to_json(results)}, {"best", best}};
    std::cout << j.dump() << "\n";
  } else if (!out.empty()) {
    std::cout << "saved     " << out << " (" << r.name << ")\n";
  }
}

void sweep(const SweepSettings& sweep, const Common& common) {
  const TrainSettings& base = sweep.train;
  check_writable(base.out);
  const auto choices = choices_of(sweep, common.seed);
  std::vector<TrainSettings> settings;
  for (const Choice& c : choices) settings.push_back(with_choice(base, c));
  for (const TrainSettings& s : settings) {
    if (is_minimizer(s.optimizer)) {
      throw RunFailed("sweep trains with optimisers such as adam, not with " +
                      s.optimizer);
    }
  }
  data::Split data = read_split(base.data, common.seed);
  const data::Scaler scaler = scale(data, base);
  std::vector<Training> trainings;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    trainings.push_back(
        {.name = to_string(choices[i]),
         .make = trainer_maker(settings[i], data.train, scaler, common.seed),
         .data = &data.train,
         .fit = fit_options(settings[i], data.test)});
  }
  stop_on_signals();
  report(train_many(trainings, many_options(common)), base.out,
         data.train.classes() > 0, common);
  if (stop_requested()) throw RunFailed("the sweep was stopped");
}

}  // namespace

void add_sweep(CLI::App& app, Common& common) {
  auto* command = app.add_subcommand(
      "sweep", "Train with every combination of some settings, many at once");
  auto s = std::make_shared<SweepSettings>();
  add_data_options(*command, s->train.data);
  add_model_options(*command, s->train);
  add_training_options(*command, s->train);
  command
      ->add_option("--vary", s->vary,
                   "An option of train and its values: lr=1e-3,1e-2 or "
                   "'hidden=64,32;32', or with --random its range: "
                   "lr=1e-4..1e-1")
      ->required()
      ->expected(1)
      ->take_all();
  command
      ->add_option("--random", s->random,
                   "Draw so many combinations instead of trying all")
      ->check(CLI::Range(1, 1'000'000));
  command->add_option("--out", s->train.out,
                      "Training file for the one with the least loss");
  command->callback([s, &common] { sweep(*s, common); });
}

}  // namespace weft::cli
