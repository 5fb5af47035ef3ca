#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <span>

#include "tools/weft/commands.h"
#include "tools/weft/report.h"
#include "tools/weft/train_settings.h"

namespace weft::cli {

namespace {

/// Models from these files; data for one of them are data for all.
std::vector<Trainer> load_all(const std::vector<std::string>& files,
                              const Common& common) {
  std::vector<Trainer> models;
  for (const std::string& file : files) {
    models.push_back(
        load(file, {.threads = common.threads, .inference = true}));
    const data::Scaler &a = models.front().scaler, &b = models.back().scaler;
    if (a.offset != b.offset || a.scale != b.scale) {
      throw DataError(file + ": scales its data in another way than " +
                      files.front() + "; measure them one by one");
    }
  }
  return models;
}

/// The part of the data that the model was trained on or that was held out
/// from it: its file tells the split.
data::Dataset read_part(Trainer& model, DataSource source,
                        const std::string& part) {
  if (part == "all") return read_all(source);
  source.validation = from_settings(model.settings).data.validation;
  const data::Split split = read_split_of(model, source);
  return part == "training" ? split.train : split.test;
}

void evaluate(const std::vector<std::string>& files, const DataSource& source,
              const std::string& part, const Common& common) {
  std::vector<Trainer> models = load_all(files, common);
  const data::Dataset data =
      fit_to(models.front(), read_part(models.front(), source, part));
  const Evaluation e = models.size() == 1
                           ? models.front().evaluate(data)
                           : Ensemble(std::move(models)).evaluate(data);
  if (common.json) {
    std::cout << to_json(e).dump() << "\n";
    return;
  }
  print_evaluation(std::cout, e, data.classes() > 0);
  std::cout << "examples  " << e.count << "\n\n";
  print_confusion(std::cout, e, data.class_names);
}

bool has_classes(const data::Dataset& data, const Tensor& outputs) {
  return data.classes() > 0 && outputs.rank() == 2;
}

/// For classes the share of each, else the outputs; one row an example.
Tensor readable(const Trainer& trainer, const data::Dataset& data,
                const Tensor& outputs) {
  const Tensor rows =
      outputs.to(DType::f64).reshape({Dim(outputs.dim(0)), kInfer});
  if (!has_classes(data, outputs)) return rows;
  Graph g;
  return eval(activation(g.constant(rows), probability_activation(trainer)));
}

void print_row(const Trainer& trainer, std::span<const double> row,
               bool classes, std::size_t truth) {
  if (!classes) {
    for (double v : row) std::cout << " " << v;
    std::cout << "\n";
    return;
  }
  const auto best = static_cast<std::size_t>(
      std::max_element(row.begin(), row.end()) - row.begin());
  std::cout << " " << trainer.class_names.at(best) << " (truth "
            << trainer.class_names.at(truth) << ")";
  for (std::size_t c = 0; c < row.size(); ++c) {
    char text[64];
    std::snprintf(text, sizeof text, "  %s %.1f %%",
                  trainer.class_names.at(c).c_str(), 100 * row[c]);
    if (row[c] >= 0.01 || c == best) std::cout << text;
  }
  std::cout << "\n";
}

void predict(const std::string& file, const DataSource& source,
             std::int64_t count, bool show, const Common& common) {
  Trainer trainer = load(file, {.threads = common.threads, .inference = true});
  const data::Dataset data = fit_to(trainer, read_all(source));
  const std::int64_t n =
      count == 0 ? data.size() : std::min(count, data.size());
  const auto [x, y] = data.batch(0, n);
  const Tensor outputs = trainer.predict(x);
  const Tensor rows = readable(trainer, data, outputs);
  const bool classes = has_classes(data, outputs);
  nlohmann::json json = nlohmann::json::array();
  for (std::int64_t i = 0; i < n; ++i) {
    const Tensor one = rows.rows(i, i + 1);
    const std::span<const double> row = one.values<double>();
    if (common.json) {
      json.push_back(std::vector<double>(row.begin(), row.end()));
      continue;
    }
    std::cout << "example " << i << ":";
    print_row(trainer, row, classes,
              classes ? static_cast<std::size_t>(y.at(i)) : 0);
    if (show && classes) print_image(std::cout, x.rows(i, i + 1));
  }
  if (!common.json) return;
  std::cout << nlohmann::json{{"classes", trainer.class_names},
                              {"outputs", json}}
                   .dump()
            << "\n";
}

}  // namespace

void add_eval(CLI::App& app, Common& common) {
  auto* command = app.add_subcommand(
      "eval", "Measure a model, or several as an ensemble, on data");
  auto files = std::make_shared<std::vector<std::string>>();
  auto source = std::make_shared<DataSource>();
  auto part = std::make_shared<std::string>("all");
  command->add_option("file", *files, "Training files")->required();
  add_data_options(*command, *source);
  command
      ->add_option("--part", *part,
                   "Of the data that it was trained with: the examples that "
                   "training used, those held out, or all")
      ->check(CLI::IsMember({"training", "held-out", "all"}));
  command->callback([=, &common] { evaluate(*files, *source, *part, common); });
}

void add_predict(CLI::App& app, Common& common) {
  auto* command =
      app.add_subcommand("predict", "Outputs of a model, in percent");
  auto file = std::make_shared<std::string>();
  auto source = std::make_shared<DataSource>();
  auto count = std::make_shared<std::int64_t>(1);
  auto show = std::make_shared<std::int64_t>(0);
  auto all = std::make_shared<bool>(false);
  command->add_option("file", *file, "Training file")->required();
  add_data_options(*command, *source);
  command->add_option("--count", *count, "Examples from the first on")
      ->check(CLI::PositiveNumber);
  command->add_flag("--all", *all, "All examples");
  command->add_option("--show", *show, "As --count, with images drawn as text")
      ->check(CLI::PositiveNumber);
  command->callback([=, &common] {
    predict(*file, *source, *all ? 0 : (*show > 0 ? *show : *count), *show > 0,
            common);
  });
}

}  // namespace weft::cli
