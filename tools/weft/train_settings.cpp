#include "tools/weft/train_settings.h"

#include <iostream>

#include "weft/models/autoencoder.h"

namespace weft::cli {

namespace {

using Names = std::vector<std::string>;

const Names& models() {
  static const Names all{"mlp", "logistic", "autoencoder"};
  return all;
}

const Names& not_finite_actions() {
  static const Names all{"stop", "skip", "go-back"};
  return all;
}

std::string join(const std::vector<std::int64_t>& numbers) {
  std::string text;
  for (std::int64_t n : numbers) {
    text += (text.empty() ? "" : ",") + std::to_string(n);
  }
  return text;
}

std::string join(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& n : names) text += (text.empty() ? "" : ",") + n;
  return text;
}

Network autoencoder(Graph& g, const TrainSettings& s, std::int64_t width) {
  Network n;
  n.input = g.input("x", {kBatch, width});
  const auto made = models::autoencoder(
      n.input, {.hidden = s.hidden, .activation = s.activation.at(0)});
  n.output = sigmoid(made.reconstruction);
  n.loss = mean(binary_cross_entropy(made.reconstruction, n.input));
  return n;
}

}  // namespace

std::map<std::string, std::string> to_settings(const TrainSettings& s) {
  nlohmann::json j = {{"data", s.data.name},
                      {"labels", s.data.labels},
                      {"target", s.data.target},
                      {"separator", s.data.separator},
                      {"header", s.data.header},
                      {"scale", s.data.scale},
                      {"regression", s.data.regression},
                      {"validation", s.data.validation},
                      {"model", s.model},
                      {"hidden", join(s.hidden)},
                      {"activation", join(s.activation)},
                      {"dropout", s.dropout},
                      {"epochs", s.epochs},
                      {"iterations", s.iterations},
                      {"batch_size", s.batch_size},
                      {"optimizer", s.optimizer},
                      {"learning_rate", s.rate},
                      {"momentum", s.momentum},
                      {"weight_decay", s.weight_decay},
                      {"clip_norm", s.clip_norm},
                      {"schedule", s.schedule},
                      {"period", s.period},
                      {"factor", s.factor},
                      {"warmup", s.warmup},
                      {"steps", s.steps},
                      {"power", s.power},
                      {"rise", s.rise},
                      {"patience", s.patience},
                      {"early_stopping", s.early_stopping},
                      {"out", s.out},
                      {"checkpoints", s.checkpoints.directory},
                      {"every_steps", s.checkpoints.every_steps},
                      {"every_minutes", s.checkpoints.every_minutes},
                      {"keep", s.checkpoints.keep},
                      {"on_not_finite", s.on_not_finite},
                      {"rate_factor", s.rate_factor},
                      {"most_faults", s.most_faults}};
  std::map<std::string, std::string> out;
  for (const auto& [key, value] : j.items()) {
    try {
      out[key] = value.dump();
    } catch (const nlohmann::json::exception&) {
      throw DataError("the name of --" + key +
                      " is not in UTF-8; a training file can't hold it");
    }
  }
  return out;
}

namespace {

/// What the flags and manifests refuse, a file may say all the same.
void check_settings(const TrainSettings& s) {
  try {
    parse_manifest(to_yaml(manifest_of(s, 1)), "the file's settings");
  } catch (const DataError& e) {
    throw FormatError(e.what());
  }
  const auto is_among = [](const std::string& what, const Names& all) {
    return std::find(all.begin(), all.end(), what) != all.end();
  };
  const CheckpointOptions& c = s.checkpoints;
  const bool sound = is_among(s.model, models()) &&
                     is_among(s.on_not_finite, not_finite_actions()) &&
                     s.rate_factor >= 0 && s.rate_factor <= 1 &&
                     s.most_faults >= 0 && c.every_steps >= 0 &&
                     c.every_minutes >= 0 && c.keep >= 1;
  if (sound) return;
  throw FormatError(
      "a setting of the file is out of range; it was not made by weft train");
}

}  // namespace

TrainSettings from_settings(const std::map<std::string, std::string>& from) {
  TrainSettings s;
  auto read = [&](const char* key, auto& into) {
    const auto at = from.find(key);
    if (at == from.end()) {
      throw FormatError(std::string("the file has no setting '") + key +
                        "'; it was not made by weft train");
    }
    try {
      into =
          nlohmann::json::parse(at->second).get<std::decay_t<decltype(into)>>();
    } catch (const nlohmann::json::exception&) {
      throw FormatError(std::string("the file's setting '") + key +
                        "' can't be read; it was not made by weft train");
    }
  };
  read("data", s.data.name);
  read("labels", s.data.labels);
  read("target", s.data.target);
  read("separator", s.data.separator);
  // Not among the settings of the first files.
  if (from.count("header") > 0) read("header", s.data.header);
  read("scale", s.data.scale);
  read("regression", s.data.regression);
  read("validation", s.data.validation);
  const auto manifest = from.find("manifest");
  if (manifest != from.end()) {
    const bool regression = s.data.regression;
    const double validation = s.data.validation;
    take(s, parse_manifest(manifest->second, "the file's manifest"));
    s.data.regression = regression;
    s.data.validation = validation;
  }
  if (from.count("model") > 0) read("model", s.model);
  read("epochs", s.epochs);
  if (from.count("iterations") > 0) read("iterations", s.iterations);
  read("batch_size", s.batch_size);
  read("schedule", s.schedule);
  read("period", s.period);
  read("factor", s.factor);
  read("warmup", s.warmup);
  if (from.count("patience") > 0) {
    read("steps", s.steps);
    read("power", s.power);
    read("rise", s.rise);
    read("patience", s.patience);
  }
  read("early_stopping", s.early_stopping);
  if (from.count("checkpoints") > 0) {
    read("out", s.out);
    read("checkpoints", s.checkpoints.directory);
    read("every_steps", s.checkpoints.every_steps);
    read("every_minutes", s.checkpoints.every_minutes);
    read("keep", s.checkpoints.keep);
    read("on_not_finite", s.on_not_finite);
    read("rate_factor", s.rate_factor);
    read("most_faults", s.most_faults);
  }
  check_settings(s);
  return s;
}

void take(TrainSettings& s, const Manifest& manifest) {
  static_cast<Manifest&>(s) = manifest;
  s.data.regression = manifest.task == "regression";
  s.data.validation = manifest.validation;
}

Manifest manifest_of(const TrainSettings& s, std::uint64_t seed) {
  Manifest m = s;
  m.task = s.data.regression ? "regression" : "class";
  m.validation = s.data.validation;
  m.seed = static_cast<std::int64_t>(seed);
  if (s.model == "logistic") m.hidden.clear();
  if (s.model == "logistic" && m.activation.size() > 1) m.activation.resize(1);
  return m;
}

MakeTrainer trainer_maker(const TrainSettings& s, const data::Dataset& data,
                          const data::Scaler& scaler, std::uint64_t seed) {
  Manifest m = manifest_of(s, seed);
  MakeTrainer make;
  if (s.model == "autoencoder") {
    TrainerOptions options;
    options.seed = {seed};
    if (s.optimizer != "adamw") options.minimize.weight_decay = s.weight_decay;
    options.minimize.clip_norm = s.clip_norm;
    const std::int64_t width = data.row[0].size();
    make =
        make_trainer([=](Graph& g, Mode) { return autoencoder(g, s, width); },
                     make_optimizer(m), options);
  } else {
    // Sizes of the data alone: these may be gone when the trainer is made.
    m = effective(m, data);
    make = [m, rows = data.size(), names = data.class_names](int threads) {
      return make_trainer(m, rows, names, threads);
    };
  }
  return [=](int threads) {
    Trainer trainer = make(threads);
    trainer.scaler = scaler;
    for (const auto& [key, value] : to_settings(s)) {
      trainer.settings[key] = value;
    }
    return trainer;
  };
}

FitOptions fit_options(const TrainSettings& s, const data::Dataset& test) {
  FitOptions f;
  f.epochs = s.epochs;
  f.batch_size = s.batch_size;
  f.memory_budget = s.memory_budget;
  f.validation = &test;
  f.schedule = make_schedule(s);
  f.early_stopping = s.early_stopping;
  f.checkpoints = s.checkpoints;
  f.checkpoints.on_warning = [](const std::string& text) {
    std::cerr << "weft: warning: " << text << std::endl;
  };
  using Action = NotFinitePolicy::Action;
  f.not_finite = {.action = s.on_not_finite == "skip"      ? Action::skip
                            : s.on_not_finite == "go-back" ? Action::go_back
                                                           : Action::stop,
                  .rate_factor = s.rate_factor,
                  .most = s.most_faults,
                  .on_warning = f.checkpoints.on_warning};
  return f;
}

data::Scaler scale(data::Split& data, const TrainSettings& s,
                   data::Scaler scaler) {
  if (scaler.empty() && s.data.scale) scaler = data::standardize(data.train);
  if (scaler.empty()) return scaler;
  data.train = data::apply(scaler, data.train);
  data.test = data::apply(scaler, data.test);
  return scaler;
}

data::Split read_split_of(Trainer& trainer, const DataSource& source) {
  // Members of an ensemble were trained on one split, with seeds of their own.
  const auto at = trainer.settings.find("split_seed");
  return read_split(source, at == trainer.settings.end()
                                ? trainer.state().seed.value
                                : std::stoull(at->second));
}

namespace {

/// A check of an option by what throws for a bad value.
CLI::Validator valid(const std::function<void(const std::string&)>& check) {
  return CLI::Validator(
      [check](std::string& text) -> std::string {
        try {
          check(text);
        } catch (const Error& e) {
          return e.what();
        }
        return "";
      },
      "");
}

}  // namespace

void add_manifest_option(CLI::App& app, TrainSettings& s, Common& common) {
  app.add_option_function<std::string>(
      "--manifest",
      [&app, &s, &common](const std::string& path) {
        const Manifest m = read_manifest(path);
        take(s, m);
        const CLI::App& main = *app.get_parent();
        if (main.count("--seed") == 0) {
          common.seed = static_cast<std::uint64_t>(m.seed);
        }
        if (main.count("--threads") == 0) common.threads = m.threads;
      },
      "YAML file of network and training; other flags override it");
}

void add_model_options(CLI::App& app, TrainSettings& s) {
  app.add_option("--model", s.model)->check(CLI::IsMember(models()));
  app.add_option("--hidden", s.hidden, "Widths of the hidden layers")
      ->delimiter(',')
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--activation", s.activation,
                 "relu, leaky_relu(0.1), tanh, ...: one for all layers or one "
                 "for each")
      ->delimiter(',')
      ->check(valid([](const std::string& name) { Activation{name}; }));
  app.add_option("--output-activation", s.output_activation)
      ->check(valid([](const std::string& name) { Activation{name}; }));
  app.add_option("--init", s.weights,
                 "Initialiser of weights: normal(0,1), ...")
      ->check(valid([](const std::string& n) { initializers::named(n); }));
  app.add_option("--init-bias", s.biases, "Initialiser of biases")
      ->check(valid([](const std::string& n) { initializers::named(n); }));
  app.add_option("--dropout", s.dropout)->check(CLI::Range(0.0, 0.99));
}

void add_training_options(CLI::App& app, TrainSettings& s) {
  app.add_option("--epochs", s.epochs)->check(CLI::Range(0, 1'000'000));
  app.add_option("--batch-size", s.batch_size)
      ->check(CLI::Range(1, 10'000'000));
  app.add_option("--memory-budget", s.memory_budget,
                 "Most bytes of a step's planned memory; 0: any number")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 50));
  add_method_options(app, s);
  app.add_option("--cost", s.cost,
                 "cross_entropy, log_likelihood, quadratic, ...")
      ->check(valid([](const std::string& name) {
        if (name != "mean_squared") cost_named(name);
      }));
  app.add_option("--lambda", s.lambda, "Of the penalty lambda/(2n) sum W^2")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--weight-decay", s.weight_decay)
      ->check(CLI::NonNegativeNumber);
  app.add_option("--clip-norm", s.clip_norm)->check(CLI::NonNegativeNumber);
  app.add_option("--early-stopping", s.early_stopping,
                 "Epochs without a better validation loss; 0: never")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--validation", s.data.validation,
                 "Share held out of a file without test set")
      ->check(CLI::Range(0.0, 1.0));
  app.add_flag("--scale", s.data.scale, "Standardise the columns");
}

void add_checkpoint_options(CLI::App& app, TrainSettings& s) {
  auto* directory = app.add_option(
      "--checkpoints", s.checkpoints.directory,
      "Directory for checkpoints while training; weft resume goes on from it");
  app.add_option("--every-steps", s.checkpoints.every_steps,
                 "Steps between checkpoints; without this and --every-minutes "
                 "at every epoch's end")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 50))
      ->needs(directory);
  app.add_option("--every-minutes", s.checkpoints.every_minutes)
      ->check(CLI::PositiveNumber)
      ->needs(directory);
  app.add_option("--keep", s.checkpoints.keep,
                 "How many of the newest checkpoints stay, beside the best")
      ->check(CLI::Range(1, 1'000'000))
      ->needs(directory);
  app.add_option("--on-not-finite", s.on_not_finite,
                 "What to do when a step makes NaN or infinity: stop, skip the "
                 "step, or go-back to a checkpoint with a smaller rate")
      ->check(CLI::IsMember(not_finite_actions()));
  app.add_option("--rate-factor", s.rate_factor, "Of go-back")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--most-faults", s.most_faults,
                 "How often a training may skip or go back")
      ->check(CLI::Range(0, 1'000'000'000));
}

}  // namespace weft::cli
