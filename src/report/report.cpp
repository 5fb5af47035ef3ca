#include "weft/report.h"

#include <string_view>

#include "src/io/common/temporary_file.h"
#include "src/report/page.h"
#include "weft/error.h"

namespace weft {

bool has_report_page() { return !report::page().empty(); }

void write_record(const RunRecord& record, const std::string& path) {
  io::write_file(path, to_json(record) + "\n");
}

void write_trace(const Profile& profile, const std::string& path) {
  io::write_file(path, profile.trace_json());
}

void write_report(std::span<const RunRecord> runs, const std::string& path) {
  std::vector<std::string> records;
  for (const RunRecord& r : runs) records.push_back(to_json(r));
  write_report(records, path);
}

void write_report(std::span<const std::string> runs, const std::string& path) {
  std::string all = "[";
  for (const std::string& run : runs) {
    if (all.size() > 1) all += ",";
    all += run;
  }
  report::write_page(all + "]", path);
}

void report::write_page(std::string_view json, const std::string& path) {
  const std::string_view page = report::page();
  constexpr std::string_view kMark = "\"WEFT_RUNS\"";
  const std::size_t at = page.find(kMark);
  if (at == std::string_view::npos) {
    throw Error("[report] " + path +
                ": this build of Weft has no report page: npm was missing, or "
                "could not fetch its packages; run tools/setup, configure anew "
                "and build");
  }
  std::string whole(page.substr(0, at));
  whole.append(json).append(page.substr(at + kMark.size()));
  io::write_file(path, whole);
}

}  // namespace weft
