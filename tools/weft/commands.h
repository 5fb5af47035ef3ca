#pragma once

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "weft/weft.h"

namespace weft::cli {

/// What every command understands.
struct Common {
  bool json = false;
  bool quiet = false;
  int threads = 0;
  std::uint64_t seed = 1;
};

/// Where examples come from.
struct DataSource {
  std::string name;    ///< fashion-mnist or a file
  std::string labels;  ///< a second file, for IDX and NPY
  std::string target = "-1";
  std::string separator;
  std::string header;  ///< yes, no, or empty: found out
  bool scale = false;
  bool regression = false;
  double validation = 0.1;  ///< share that is held out where no test set is
};

void add_data_options(CLI::App& app, DataSource& source);
/// The training and the held-out examples.
data::Split read_split(const DataSource& source, std::uint64_t seed);
/// The examples to measure on: the test set, or the whole file.
data::Dataset read_all(const DataSource& source);
/// The data as the model wants them: scaled, and with its class numbers.
data::Dataset fit_to(const Trainer& trainer, const data::Dataset& data);

void add_train(CLI::App& app, Common& common);
void add_sweep(CLI::App& app, Common& common);
void add_resume(CLI::App& app, Common& common);
void add_eval(CLI::App& app, Common& common);
void add_predict(CLI::App& app, Common& common);
void add_images(CLI::App& app, Common& common);
void add_weights(CLI::App& app, Common& common);
void add_inspect(CLI::App& app, Common& common);
void add_diagnose(CLI::App& app, Common& common);
void add_report(CLI::App& app, Common& common);
void add_lab(CLI::App& app, Common& common);
void add_gradcheck(CLI::App& app, Common& common);
void add_plan(CLI::App& app, Common& common);
void add_profile(CLI::App& app, Common& common);
void add_ops(CLI::App& app, Common& common);

/// Set by SIGINT, SIGTERM and SIGHUP.
const std::atomic<bool>& stop_requested();
void stop_on_signals();

/// A run that ended without result; the exit code is 1.
struct RunFailed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace weft::cli
