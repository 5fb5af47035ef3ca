#pragma once

#include <memory>
#include <string>

#include "tools/weft/commands.h"

namespace weft::cli {

/// What weft train writes about the training besides the model.
struct RecordOptions {
  std::string report, record;
  std::vector<std::string> logs;
};
void add_record_options(CLI::App& app, RecordOptions& o);
/// Fails before the training rather than after it.
void check_record_options(const RecordOptions& o);
/// Adds the logs to the callbacks, and a recorder if one is asked for; else
/// returns null. The run is named after the training file `out`, or the page.
std::shared_ptr<Recorder> add_recorder(const RecordOptions& o,
                                       const std::string& out, FitOptions& fit);
/// Measures the model on `data`, and writes what is asked for.
void write_record(const RecordOptions& o, Recorder& recorder, Trainer& trainer,
                  const data::Dataset& data);

/// Where data and model have classes, how they are told apart.
void add_classification(RunRecord& record, Trainer& trainer,
                        const data::Dataset& data);
/// Throws RunFailed if this build has none.
void require_report_page();

}  // namespace weft::cli
