#include "tools/weft/train_settings.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "weft/models/autoencoder.h"
#include "weft/models/logistic.h"
#include "weft/models/mlp.h"

namespace weft::cli {

namespace {

std::string join(const std::vector<std::int64_t>& numbers) {
  std::string text;
  for (std::int64_t n : numbers) {
    text += (text.empty() ? "" : ",") + std::to_string(n);
  }
  return text;
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

Network build(Graph& g, Mode mode, const TrainSettings& s, std::int64_t width,
              std::int64_t outputs) {
  Network n;
  n.input = g.input("x", {kBatch, width});
  if (s.model == "autoencoder") {
    const auto made = models::autoencoder(
        n.input, {.hidden = s.hidden, .activation = s.activation});
    n.output = sigmoid(made.reconstruction);
    n.loss = mean(binary_cross_entropy(made.reconstruction, n.input));
    return n;
  }
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

MakeTrainer trainer_maker(const TrainSettings& s, const data::Dataset& data,
                          const data::Scaler& scaler, std::uint64_t seed) {
  TrainerOptions options;
  options.seed = {seed};
  if (s.optimizer != "adamw") options.minimize.weight_decay = s.weight_decay;
  options.minimize.clip_norm = s.clip_norm;
  const std::int64_t width = data.row[0].size();
  const std::int64_t outputs =
      s.data.regression ? data.targets.dim(1) : data.classes();
  const MakeTrainer make = make_trainer(
      [=](Graph& g, Mode mode) { return build(g, mode, s, width, outputs); },
      make_optimizer(s), options);
  return [=](int threads) {
    Trainer trainer = make(threads);
    trainer.scaler = scaler;
    trainer.settings = to_settings(s);
    return trainer;
  };
}

FitOptions fit_options(const TrainSettings& s, const data::Dataset& test) {
  FitOptions f;
  f.epochs = s.epochs;
  f.batch_size = s.batch_size;
  f.memory_budget = s.memory_budget;
  f.validation = &test;
  f.schedule = {.name = s.schedule,
                .factor = s.factor,
                .period = s.period,
                .warmup = s.warmup};
  f.early_stopping = s.early_stopping;
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
  app.add_option("--memory-budget", s.memory_budget,
                 "Most bytes of a step's planned memory; 0: any number")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 50));
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

}  // namespace weft::cli
