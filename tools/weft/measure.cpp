#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>

#include "tools/weft/commands.h"
#include "tools/weft/report.h"

namespace weft::cli {

namespace {

void evaluate(const std::string& file, const DataSource& source,
              const Common& common) {
  Trainer trainer = load(file, common.threads);
  const data::Dataset data = fit_to(trainer, read_all(source));
  const Evaluation e = trainer.evaluate(data);
  if (common.json) {
    std::cout << to_json(e).dump() << "\n";
    return;
  }
  print_evaluation(std::cout, e, data.classes() > 0);
  std::cout << "examples  " << e.count << "\n\n";
  print_confusion(std::cout, e, data.class_names);
}

/// Softmax of row `i`, as probabilities.
std::vector<double> probabilities(const Tensor& logits, std::int64_t i) {
  const std::int64_t n = logits.dim(1);
  std::vector<double> p;
  double top = -HUGE_VAL, total = 0;
  for (std::int64_t c = 0; c < n; ++c) {
    top = std::max(top, logits.at(i * n + c));
  }
  for (std::int64_t c = 0; c < n; ++c) {
    p.push_back(std::exp(logits.at(i * n + c) - top));
    total += p.back();
  }
  for (double& v : p) v /= total;
  return p;
}

void predict_row(const Trainer& trainer, const data::Dataset& data,
                 const Tensor& x, const Tensor& outputs, std::int64_t i,
                 bool show) {
  const bool classes = data.classes() > 0 && outputs.rank() == 2;
  std::cout << "example " << i << ":";
  if (!classes) {
    for (std::int64_t c = 0; c < outputs.size() / outputs.dim(0); ++c) {
      std::cout << " " << outputs.at(i * outputs.size() / outputs.dim(0) + c);
    }
    std::cout << "\n";
    return;
  }
  const auto p = probabilities(outputs, i);
  const auto best = static_cast<std::size_t>(
      std::max_element(p.begin(), p.end()) - p.begin());
  const auto truth =
      static_cast<std::size_t>(data.batch(i, i + 1).second.at(0));
  std::cout << " " << trainer.class_names.at(best) << " (truth "
            << trainer.class_names.at(truth) << ")";
  for (std::size_t c = 0; c < p.size(); ++c) {
    char text[64];
    std::snprintf(text, sizeof text, "  %s %.1f %%",
                  trainer.class_names.at(c).c_str(), 100 * p[c]);
    if (p[c] >= 0.01 || c == best) std::cout << text;
  }
  std::cout << "\n";
  if (show) print_image(std::cout, x.rows(i, i + 1));
}

void predict(const std::string& file, const DataSource& source,
             std::int64_t count, bool show, const Common& common) {
  Trainer trainer = load(file, common.threads);
  const data::Dataset data = fit_to(trainer, read_all(source));
  const std::int64_t n =
      count == 0 ? data.size() : std::min(count, data.size());
  const auto [x, y] = data.batch(0, n);
  const Tensor outputs = trainer.predict(x);
  if (!common.json) {
    for (std::int64_t i = 0; i < n; ++i) {
      predict_row(trainer, data, x, outputs, i, show);
    }
    return;
  }
  nlohmann::json rows = nlohmann::json::array();
  for (std::int64_t i = 0; i < n; ++i) {
    std::vector<double> values;
    if (data.classes() > 0 && outputs.rank() == 2) {
      values = probabilities(outputs, i);
    } else {
      const std::int64_t width = outputs.size() / outputs.dim(0);
      for (std::int64_t c = 0; c < width; ++c) {
        values.push_back(outputs.at(i * width + c));
      }
    }
    rows.push_back(values);
  }
  std::cout << nlohmann::json{{"classes", trainer.class_names},
                              {"outputs", rows}}
                   .dump()
            << "\n";
}

}  // namespace

void add_eval(CLI::App& app, Common& common) {
  auto* command = app.add_subcommand("eval", "Measure a model on data");
  auto file = std::make_shared<std::string>();
  auto source = std::make_shared<DataSource>();
  command->add_option("file", *file, "Training file")->required();
  add_data_options(*command, *source);
  command->callback([=, &common] { evaluate(*file, *source, common); });
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
