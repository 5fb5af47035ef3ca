#include "tools/weft/report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>

namespace weft::cli {

nlohmann::json to_json(const Evaluation& e) {
  nlohmann::json j = {{"loss", e.loss}, {"count", e.count}};
  if (!e.confusion.empty()) {
    j["accuracy"] = e.accuracy;
    j["top_5"] = e.top_k;
    j["confusion"] = e.confusion;
  }
  return j;
}

nlohmann::json to_json(Trainer& trainer, const Evaluation& e) {
  nlohmann::json j = to_json(e);
  j["history"] = nlohmann::json::array();
  for (const EpochRecord& r : trainer.progress().history) {
    j["history"].push_back({{"epoch", r.epoch},
                            {"loss", r.loss},
                            {"validation_loss", r.validation_loss},
                            {"validation_accuracy", r.validation_accuracy},
                            {"learning_rate", r.learning_rate},
                            {"seconds", r.seconds}});
  }
  j["steps"] = trainer.state().step;
  j["hash"] = hex(parameter_hash(trainer.state()));
  return j;
}

void print_evaluation(std::ostream& out, const Evaluation& e, bool classes) {
  char line[80];
  std::snprintf(line, sizeof line, "loss      %.6f\n", e.loss);
  out << line;
  if (!classes) return;
  std::snprintf(line, sizeof line, "accuracy  %.2f %%\n", 100 * e.accuracy);
  out << line;
}

void print_warnings(std::ostream& out, const Trainer& trainer) {
  const TrainingGraphs& g = trainer.graphs();
  if (!g.train) return;
  for (const Warning& w : g.train->warnings()) {
    out << "weft: warning: " << to_string(w) << "\n";
  }
}

void print_confusion(std::ostream& out, const Evaluation& e,
                     const std::vector<std::string>& names) {
  if (e.confusion.empty()) return;
  auto cell = [&](const std::string& text) {
    out << std::string(text.size() < 6 ? 6 - text.size() : 1, ' ') << text;
  };
  std::size_t width = 5;
  for (const std::string& n : names) width = std::max(width, n.size());
  auto head = [&](const std::string& text) {
    out << text << std::string(width - std::min(width, text.size()), ' ');
  };
  head("truth");
  out << "  predicted as\n";
  head("");
  for (const std::string& n : names) cell(n.substr(0, 5));
  out << "\n";
  for (std::size_t t = 0; t < e.confusion.size(); ++t) {
    head(names[t]);
    for (std::int64_t n : e.confusion[t]) {
      cell(n == 0 ? "." : std::to_string(n));
    }
    out << "\n";
  }
}

void print_image(std::ostream& out, const Tensor& pixels) {
  const auto side = static_cast<std::int64_t>(
      std::lround(std::sqrt(static_cast<double>(pixels.size()))));
  if (side * side != pixels.size() || side < 4) return;
  double least = pixels.at(0), most = least;
  for (std::int64_t i = 0; i < pixels.size(); ++i) {
    least = std::min(least, pixels.at(i));
    most = std::max(most, pixels.at(i));
  }
  constexpr std::string_view kShades = " .:-=+*#%@";
  // Characters are about twice as high as wide.
  const int rows = side > 16 ? 2 : 1;
  for (std::int64_t r = 0; r + rows <= side; r += rows) {
    for (std::int64_t c = 0; c < side; ++c) {
      double v = 0;
      for (int k = 0; k < rows; ++k) v += pixels.at((r + k) * side + c) / rows;
      const double level = most > least ? (v - least) / (most - least) : 0;
      const char shade = kShades[static_cast<std::size_t>(
          std::lround(level * static_cast<double>(kShades.size() - 1)))];
      out << shade;
      if (rows == 1) out << shade;
    }
    out << "\n";
  }
}

std::string hex(std::uint64_t number) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx",
                static_cast<unsigned long long>(number));
  return text;
}

}  // namespace weft::cli
