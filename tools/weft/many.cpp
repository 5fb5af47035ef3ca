#include "tools/weft/many.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <numeric>

#include "tools/weft/report.h"

namespace weft::cli {

namespace {

/// run.weft → run-3.weft.
std::string numbered(const std::string& out, std::size_t number) {
  const std::filesystem::path p(out);
  const std::string name =
      p.stem().string() + "-" + std::to_string(number) + p.extension().string();
  return (p.parent_path() / name).string();
}

nlohmann::json to_json(const TrainingResult& r) {
  nlohmann::json j = {{"name", r.name},
                      {"outcome", to_string(r.outcome)},
                      {"seconds", r.seconds}};
  if (!r.history.empty()) {
    j["loss"] = r.loss;
    j["accuracy"] = r.accuracy;
    j["epochs"] = r.history.size();
  }
  if (!r.message.empty()) j["message"] = r.message;
  if (r.trainer) j["hash"] = hex(parameter_hash(r.trainer->state()));
  return j;
}

/// Throws unless all trainings finished.
void check_outcomes(const std::vector<TrainingResult>& results) {
  for (const TrainingResult& r : results) {
    if (r.outcome == Outcome::finished) continue;
    throw RunFailed(r.name + " " + std::string(to_string(r.outcome)) +
                    (r.message.empty() ? "" : ": " + r.message));
  }
}

}  // namespace

ManyOptions many_options(const Common& common) {
  ManyOptions o;
  o.threads = common.threads;
  o.stop = &stop_requested();
  if (common.quiet) return o;
  o.on_epoch = [](const ManyProgress& p) {
    char validation[40] = "";
    if (p.training.fit.validation) {
      std::snprintf(validation, sizeof validation, "  validation loss %.4f",
                    p.record.validation_loss);
    }
    std::fprintf(stderr,
                 "[%zu of %zu ended] %s  epoch %lld of %d  loss %.4f%s\n",
                 p.ended, p.count, p.training.name.c_str(),
                 static_cast<long long>(p.record.epoch), p.training.fit.epochs,
                 p.record.loss, validation);
  };
  return o;
}

nlohmann::json to_json(const std::vector<TrainingResult>& results) {
  nlohmann::json j = nlohmann::json::array();
  for (const TrainingResult& r : results) j.push_back(to_json(r));
  return j;
}

void print_table(const std::vector<TrainingResult>& results,
                 const std::vector<std::size_t>& order, bool classes) {
  std::size_t width = 8;
  for (const TrainingResult& r : results) {
    width = std::max(width, r.name.size());
  }
  for (std::size_t i : order) {
    const TrainingResult& r = results[i];
    std::cout << r.name << std::string(width - r.name.size() + 2, ' ');
    char line[120];
    if (r.history.empty()) {
      line[0] = 0;
    } else if (classes) {
      std::snprintf(line, sizeof line, "loss %.4f  accuracy %.2f %%  %.1f s",
                    r.loss, 100 * r.accuracy, r.seconds);
    } else {
      std::snprintf(line, sizeof line, "loss %.4f  %.1f s", r.loss, r.seconds);
    }
    std::cout << line;
    if (r.outcome != Outcome::finished) {
      std::cout << (r.history.empty() ? "" : "  ") << to_string(r.outcome);
    }
    if (!r.message.empty()) std::cout << ": " << r.message;
    std::cout << "\n";
  }
}

void print_how_to_go_on(const std::vector<TrainingResult>& results,
                        const std::vector<std::string>& files) {
  for (std::size_t i = 0; i < results.size(); ++i) {
    const TrainingResult& r = results[i];
    if (r.outcome != Outcome::stopped || files[i].empty()) continue;
    std::cerr << r.name
              << (r.trainer
                      ? " was stopped. Go on with: weft resume " + files[i]
                      : " was stopped before it began")
              << "\n";
  }
}

std::vector<std::size_t> in_order(std::size_t n) {
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  return order;
}

void train_ensemble(const TrainSettings& s, int members, const Common& common) {
  data::Split data = read_split(s.data, common.seed);
  const data::Scaler scaler = scale(data, s);
  std::vector<Training> trainings;
  for (int i = 0; i < members; ++i) {
    const auto make = trainer_maker(
        s, data.train, scaler, common.seed + static_cast<std::uint64_t>(i));
    trainings.push_back({.name = "member " + std::to_string(i + 1),
                         .make =
                             [=, seed = common.seed](int threads) {
                               Trainer t = make(threads);
                               t.settings["split_seed"] = std::to_string(seed);
                               return t;
                             },
                         .data = &data.train,
                         .fit = fit_options(s, data.test)});
  }
  stop_on_signals();
  auto results = train_many(trainings, many_options(common));
  std::vector<std::string> files(results.size());
  for (std::size_t i = 0; i < results.size() && !s.out.empty(); ++i) {
    files[i] = numbered(s.out, i + 1);
    if (!results[i].trainer) continue;
    results[i].trainer->metrics = {{"loss", results[i].loss},
                                   {"accuracy", results[i].accuracy}};
    save(*results[i].trainer, files[i]);
  }
  print_how_to_go_on(results, files);
  const nlohmann::json each = to_json(results);
  if (!common.json) {
    print_table(results, in_order(results.size()), data.train.classes() > 0);
  }
  check_outcomes(results);
  const Evaluation e = Ensemble(std::move(results)).evaluate(data.test);
  if (common.json) {
    std::cout
        << nlohmann::json{{"trainings", each}, {"together", to_json(e)}}.dump()
        << "\n";
  } else {
    std::cout << "together\n";
    print_evaluation(std::cout, e, data.train.classes() > 0);
    if (!s.out.empty()) {
      std::cout << "saved     " << numbered(s.out, 1) << " to "
                << numbered(s.out, static_cast<std::size_t>(members)) << "\n";
    }
  }
}

void train_folds(const TrainSettings& s, int folds, const Common& common) {
  const data::Dataset all = s.data.name == "fashion-mnist"
                                ? data::fashion_mnist().train
                                : read_all(s.data);
  auto parts = data::k_fold(
      all, folds, {common.seed},
      all.classes() > 0 ? data::Stratify::yes : data::Stratify::no);
  std::vector<data::Scaler> scalers;
  for (data::Split& p : parts) scalers.push_back(scale(p, s));
  auto trainings = trainings_of(parts, nullptr, fit_options(s, all));
  for (std::size_t i = 0; i < trainings.size(); ++i) {
    trainings[i].make =
        trainer_maker(s, parts[i].train, scalers[i], common.seed);
  }
  stop_on_signals();
  const auto results = train_many(trainings, many_options(common));
  const ManySummary sum = summarize(results);
  if (common.json) {
    std::cout << nlohmann::json{{"trainings", to_json(results)},
                                {"loss", sum.loss},
                                {"loss_deviation", sum.loss_deviation},
                                {"accuracy", sum.accuracy},
                                {"accuracy_deviation", sum.accuracy_deviation}}
                     .dump()
              << "\n";
  } else {
    print_table(results, in_order(results.size()), all.classes() > 0);
    std::printf("mean      loss %.4f +- %.4f", sum.loss, sum.loss_deviation);
    if (all.classes() > 0) {
      std::printf("  accuracy %.2f +- %.2f %%", 100 * sum.accuracy,
                  100 * sum.accuracy_deviation);
    }
    std::printf("\n");
  }
  check_outcomes(results);
}

}  // namespace weft::cli
