// weft report, and the record that weft train --report keeps.

#include "tools/weft/report_page.h"

#include <filesystem>
#include <fstream>
#include <iostream>

#include "tools/weft/train_settings.h"

namespace weft::cli {

namespace {

std::string stem(const std::string& path) {
  return std::filesystem::path(path).stem().string();
}

/// What is known of a training from its file: with its held-out examples if
/// they can still be read.
std::string record_of(const std::string& file, const std::string& data_name,
                      const Common& common) {
  Trainer trainer = load(file, common.threads);
  RunRecord record = describe(trainer, stem(file));
  if (trainer.settings.count("data") == 0) return to_json(record);
  TrainSettings s = from_settings(trainer.settings);
  if (!data_name.empty()) s.data.name = data_name;
  try {
    data::Split data = read_split_of(trainer, s.data);
    scale(data, s, trainer.scaler);
    record.training_examples = data.train.size();
    record.batch_size = s.batch_size;
    add_classification(record, trainer, data.test);
    record.findings = diagnose(trainer, data.train);
  } catch (const DataError& e) {
    if (!data_name.empty()) throw;
    std::cerr << "weft: " << e.what() << "\nweft: the report of " << file
              << " has no examples; name its data with --data\n";
  }
  return to_json(record);
}

/// A record that `weft train --record` wrote.
std::string read_record(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw DataError(file + ": can't be read");
  try {
    const nlohmann::json j = nlohmann::json::parse(in);
    for (const char* key : {"name", "steps", "epochs", "probes", "settings",
                            "classification", "network", "findings"}) {
      if (!j.contains(key)) {
        throw FormatError(file + ": has no '" + key +
                          "'; weft train --record writes such files");
      }
    }
    std::string text = j.dump();
    // "</script>" in a name must not end the page's.
    for (std::size_t at = 0; (at = text.find('<', at)) != std::string::npos;) {
      text.replace(at, 1, "\\u003c");
    }
    return text;
  } catch (const nlohmann::json::exception& e) {
    throw FormatError(file + ": is no record: " + e.what());
  }
}

void report(const std::vector<std::string>& files, const std::string& data,
            const std::string& out, const Common& common) {
  check_writable(out);
  require_report_page();
  std::vector<std::string> records;
  for (const std::string& file : files) {
    const bool json = std::filesystem::path(file).extension() == ".json";
    records.push_back(json ? read_record(file) : record_of(file, data, common));
  }
  write_report(records, out);
  if (common.json) {
    std::cout << nlohmann::json{{"report", out}, {"runs", files}}.dump()
              << "\n";
  } else {
    std::cout << "report    " << out << "\n";
  }
}

}  // namespace

void require_report_page() {
  if (has_report_page()) return;
  throw RunFailed(
      "this build has no report page: npm was missing, or could not fetch its "
      "packages; run tools/setup, configure anew and build");
}

void add_record_options(CLI::App& app, RecordOptions& o) {
  app.add_option("--report", o.report, "Page (HTML) about the training");
  app.add_option("--record", o.record,
                 "What the page shows, as JSON for weft report");
  app.add_option("--log", o.logs,
                 "Log of steps and epochs: a file .jsonl or .csv, or a folder "
                 "for TensorBoard; may be given several times");
}

void check_record_options(const RecordOptions& o) {
  if (!o.report.empty()) require_report_page();
  check_writable(o.report);
  check_writable(o.record);
}

std::shared_ptr<Recorder> add_recorder(const RecordOptions& o,
                                       const std::string& out,
                                       FitOptions& fit) {
  for (const std::string& log : o.logs) {
    const std::string kind = std::filesystem::path(log).extension().string();
    if (kind == ".jsonl") {
      fit.callbacks.push_back(std::make_shared<JsonlLog>(log));
    } else if (kind == ".csv") {
      fit.callbacks.push_back(std::make_shared<CsvLog>(log));
    } else {
      fit.callbacks.push_back(std::make_shared<TensorBoardLog>(log));
    }
  }
  if (o.report.empty() && o.record.empty()) return nullptr;
  const std::string& named = !out.empty()       ? out
                             : o.report.empty() ? o.record
                                                : o.report;
  auto recorder =
      std::make_shared<Doctor>(RecorderOptions{.name = stem(named)});
  fit.callbacks.push_back(recorder);
  return recorder;
}

void add_classification(RunRecord& record, Trainer& trainer,
                        const data::Dataset& data) {
  if (data.classes() == 0) return;
  if (trainer.graphs().eval_network.output.rank() != 2) return;
  record.classification = classify(trainer, data);
}

void write_record(const RecordOptions& o, Recorder& recorder, Trainer& trainer,
                  const data::Dataset& data) {
  RunRecord& record = recorder.record();
  if (trainer.graphs().eval_network.target) {
    add_classification(record, trainer, data);
  }
  if (!o.report.empty()) write_report(std::span(&record, 1), o.report);
  if (o.record.empty()) return;
  weft::write_record(record, o.record);
}

void add_diagnose(CLI::App& app, Common& common) {
  auto* command = app.add_subcommand(
      "diagnose", "What makes a model learn slowly or badly, and the remedy");
  auto file = std::make_shared<std::string>();
  auto source = std::make_shared<DataSource>();
  command->add_option("file", *file, "Training file")->required();
  add_data_options(*command, *source);
  command->callback([=, &common] {
    Trainer trainer = load(*file, common.threads);
    const auto found = diagnose(trainer, fit_to(trainer, read_all(*source)));
    if (common.json) {
      nlohmann::json j = nlohmann::json::array();
      for (const Finding& f : found) {
        j.push_back({{"kind", f.kind},
                     {"layer", f.layer},
                     {"evidence", f.evidence},
                     {"reason", f.reason},
                     {"remedy", f.remedy}});
      }
      std::cout << j.dump() << "\n";
      return;
    }
    if (found.empty()) std::cout << "nothing found\n";
    for (const Finding& f : found) std::cout << to_string(f) << "\n";
  });
}

void add_report(CLI::App& app, Common& common) {
  auto* command = app.add_subcommand(
      "report", "One page about trainings, to look at without a network");
  auto files = std::make_shared<std::vector<std::string>>();
  auto data = std::make_shared<std::string>();
  auto out = std::make_shared<std::string>("report.html");
  command
      ->add_option("file", *files,
                   "Training files, or records that weft train wrote (.json)")
      ->required();
  command->add_option("--data", *data,
                      "Where the files' data are, if no longer in their place");
  command->add_option("-o,--out", *out, "Page to write");
  command->callback([=, &common] { report(*files, *data, *out, common); });
}

}  // namespace weft::cli
