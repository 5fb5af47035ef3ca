#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>

#include "tools/weft/commands.h"
#include "tools/weft/report.h"
#include "weft/models/autoencoder.h"
#include "weft/models/logistic.h"
#include "weft/models/mlp.h"

namespace weft::cli {

namespace {

/// What `weft train` is told, and `weft resume` reads back from the file.
struct TrainSettings {
  DataSource data;
  std::string model = "mlp";
  std::vector<std::int64_t> hidden = {300, 100};
  std::string activation = "relu";
  double dropout = 0;
  int epochs = 5;
  std::int64_t batch_size = 64;
  std::string optimizer = "adam";
  double rate = 0;  // 0: the optimiser's own
  double momentum = 0.9;
  double weight_decay = 0;
  double clip_norm = 0;
  std::string schedule = "constant";
  double period = 1000;
  double factor = 0.1;
  double warmup = 0;
  int early_stopping = 0;
  std::string out;
};

std::string join(const std::vector<std::int64_t>& numbers) {
  std::string text;
  for (std::int64_t n : numbers) {
    text += (text.empty() ? "" : ",") + std::to_string(n);
  }
  return text;
}

/// Everything that a resumed run must know, as text.
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
                      {"activation", s.activation},
                      {"dropout", s.dropout},
                      {"epochs", s.epochs},
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
                      {"early_stopping", s.early_stopping}};
  std::map<std::string, std::string> out;
  for (const auto& [key, value] : j.items()) out[key] = value.dump();
  return out;
}

TrainSettings from_settings(const std::map<std::string, std::string>& from) {
  TrainSettings s;
  auto read = [&](const char* key, auto& into) {
    const auto at = from.find(key);
    if (at == from.end()) {
      throw FormatError(std::string("the file has no setting '") + key +
                        "'; it was not made by weft train");
    }
    into =
        nlohmann::json::parse(at->second).get<std::decay_t<decltype(into)>>();
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
  read("epochs", s.epochs);
  read("batch_size", s.batch_size);
  read("schedule", s.schedule);
  read("period", s.period);
  read("factor", s.factor);
  read("warmup", s.warmup);
  read("early_stopping", s.early_stopping);
  return s;
}

template <class Rule>
Optimizer with_rate(Rule rule, double rate) {
  if (rate > 0) rule.learning_rate = rate;
  return rule;
}

Optimizer make_optimizer(const TrainSettings& s) {
  if (s.optimizer == "sgd") return with_rate(Sgd{}, s.rate);
  if (s.optimizer == "momentum" || s.optimizer == "nesterov") {
    Momentum m;
    m.momentum = s.momentum;
    m.nesterov = s.optimizer == "nesterov";
    return with_rate(m, s.rate);
  }
  if (s.optimizer == "adagrad") return with_rate(Adagrad{}, s.rate);
  if (s.optimizer == "adadelta") return with_rate(Adadelta{}, s.rate);
  if (s.optimizer == "rmsprop") return with_rate(RmsProp{}, s.rate);
  if (s.optimizer == "adamw") {
    AdamW a;
    if (s.weight_decay > 0) a.weight_decay = s.weight_decay;
    return with_rate(a, s.rate);
  }
  return with_rate(Adam{}, s.rate);
}

Network build(Graph& g, Mode mode, const TrainSettings& s,
              const data::Dataset& data) {
  Network n;
  n.input = g.input("x", {kBatch, data.row[0]});
  if (s.model == "autoencoder") {
    const auto made = models::autoencoder(
        n.input, {.hidden = s.hidden, .activation = s.activation});
    n.output = sigmoid(made.reconstruction);
    n.loss = mean(binary_cross_entropy(made.reconstruction, n.input));
    return n;
  }
  const std::int64_t outputs =
      s.data.regression ? data.targets.dim(1) : data.classes();
  n.output = s.model == "logistic" ? models::logistic(n.input, outputs)
                                   : models::mlp(n.input,
                                                 {.hidden = s.hidden,
                                                  .classes = outputs,
                                                  .activation = s.activation,
                                                  .dropout = s.dropout},
                                                 mode);
  if (s.data.regression) {
    n.target = g.input("y", {kBatch, outputs});
    n.loss = mean_squared_error(n.output, n.target);
  } else {
    n.target = g.input("y", {kBatch}, DType::i32);
    n.loss = mean(softmax_cross_entropy(n.output, n.target));
  }
  return n;
}

FitOptions fit_options(const TrainSettings& s, const data::Dataset& test,
                       const Common& common) {
  FitOptions f;
  f.epochs = s.epochs;
  f.batch_size = s.batch_size;
  f.validation = &test;
  f.schedule = {.name = s.schedule,
                .factor = s.factor,
                .period = s.period,
                .warmup = s.warmup};
  f.early_stopping = s.early_stopping;
  if (!common.quiet) f.callbacks.push_back(progress_bar(std::cerr));
  f.stop = &stop_requested();
  return f;
}

/// Trains, saves and reports.
void run(Trainer& trainer, const TrainSettings& s, const data::Split& data,
         const Common& common) {
  stop_on_signals();
  trainer.fit(data.train, fit_options(s, data.test, common));
  const Evaluation e = trainer.evaluate(data.test);
  trainer.metrics = {{"loss", e.loss}, {"accuracy", e.accuracy}};
  if (!s.out.empty()) save(trainer, s.out);
  if (trainer.stopped() && !s.out.empty()) {
    std::cerr << "Stopped. Go on with: weft resume " << s.out << "\n";
  }
  if (common.json) {
    std::cout << to_json(trainer, e).dump() << "\n";
  } else {
    print_evaluation(std::cout, e, data.train.classes() > 0);
    if (!s.out.empty()) std::cout << "saved     " << s.out << "\n";
  }
  if (trainer.stopped()) throw RunFailed("the training was stopped");
}

void prepare(data::Split& data, const TrainSettings& s, Trainer* loaded,
             data::Scaler& scaler) {
  if (loaded) {
    scaler = loaded->scaler;
  } else if (s.data.scale) {
    scaler = data::standardize(data.train);
  }
  if (scaler.empty()) return;
  data.train = data::apply(scaler, data.train);
  data.test = data::apply(scaler, data.test);
}

/// Fails before the training rather than after it.
void check_writable(const std::string& out) {
  if (out.empty()) return;
  const auto folder = std::filesystem::absolute(out).parent_path();
  if (std::filesystem::is_directory(out)) {
    throw DataError(out + ": is a directory");
  }
  if (::access(folder.c_str(), W_OK) != 0) {
    throw DataError(out + ": can't be written: " + std::strerror(errno));
  }
}

void train(const TrainSettings& s, const Common& common) {
  check_writable(s.out);
  data::Split data = read_split(s.data, common.seed);
  data::Scaler scaler;
  prepare(data, s, nullptr, scaler);
  TrainerOptions options;
  options.seed = {common.seed};
  options.threads = common.threads;
  if (s.optimizer != "adamw") options.minimize.weight_decay = s.weight_decay;
  options.minimize.clip_norm = s.clip_norm;
  Trainer trainer(
      [&](Graph& g, Mode mode) { return build(g, mode, s, data.train); },
      make_optimizer(s), options);
  trainer.scaler = scaler;
  trainer.settings = to_settings(s);
  run(trainer, s, data, common);
}

void resume(const std::string& file, int epochs, const Common& common) {
  Trainer trainer = load(file, common.threads);
  TrainSettings s = from_settings(trainer.settings);
  if (epochs > 0) s.epochs = epochs;
  trainer.settings["epochs"] = std::to_string(s.epochs);
  s.out = file;
  data::Split data = read_split(s.data, trainer.state().seed.value);
  data::Scaler scaler;
  prepare(data, s, &trainer, scaler);
  run(trainer, s, data, common);
}

void add_model_options(CLI::App& app, TrainSettings& s) {
  app.add_option("--model", s.model)
      ->check(CLI::IsMember({"mlp", "logistic", "autoencoder"}));
  app.add_option("--hidden", s.hidden, "Widths of the hidden layers")
      ->delimiter(',')
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--activation", s.activation)
      ->check(
          CLI::IsMember({"identity", "sigmoid", "tanh", "relu", "leaky_relu",
                         "elu", "selu", "gelu", "silu", "softplus", "mish"}));
  app.add_option("--dropout", s.dropout)->check(CLI::Range(0.0, 0.99));
}

void add_training_options(CLI::App& app, TrainSettings& s) {
  app.add_option("--epochs", s.epochs)->check(CLI::Range(0, 1'000'000));
  app.add_option("--batch-size", s.batch_size)
      ->check(CLI::Range(1, 10'000'000));
  app.add_option("--optimizer", s.optimizer)
      ->check(CLI::IsMember({"sgd", "momentum", "nesterov", "adagrad",
                             "adadelta", "rmsprop", "adam", "adamw"}));
  app.add_option("--lr", s.rate, "Learning rate")->check(CLI::PositiveNumber);
  app.add_option("--momentum", s.momentum)->check(CLI::Range(0.0, 1.0));
  app.add_option("--weight-decay", s.weight_decay)
      ->check(CLI::NonNegativeNumber);
  app.add_option("--clip-norm", s.clip_norm)->check(CLI::NonNegativeNumber);
  app.add_option("--schedule", s.schedule)
      ->check(CLI::IsMember(
          {"constant", "step", "exponential", "cosine", "plateau"}));
  app.add_option("--period", s.period, "Steps of one decay")
      ->check(CLI::PositiveNumber);
  app.add_option("--factor", s.factor, "Of a decay")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--warmup", s.warmup, "Steps of a linear rise")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--early-stopping", s.early_stopping,
                 "Epochs without a better validation loss; 0: never")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--validation", s.data.validation,
                 "Share held out of a file without test set")
      ->check(CLI::Range(0.0, 1.0));
  app.add_flag("--scale", s.data.scale, "Standardise the columns");
}

}  // namespace

void add_train(CLI::App& app, Common& common) {
  auto* command = app.add_subcommand("train", "Train a model and save it");
  auto s = std::make_shared<TrainSettings>();
  add_data_options(*command, s->data);
  add_model_options(*command, *s);
  add_training_options(*command, *s);
  command->add_option("--out", s->out, "Training file to write");
  command->callback([s, &common] { train(*s, common); });
}

void add_resume(CLI::App& app, Common& common) {
  auto* command =
      app.add_subcommand("resume", "Go on with a training that was stopped");
  auto file = std::make_shared<std::string>();
  auto epochs = std::make_shared<int>(0);
  command->add_option("file", *file, "Training file")->required();
  command->add_option("--epochs", *epochs, "Epochs in total")
      ->check(CLI::Range(1, 1'000'000));
  command->callback([=, &common] { resume(*file, *epochs, common); });
}

}  // namespace weft::cli
