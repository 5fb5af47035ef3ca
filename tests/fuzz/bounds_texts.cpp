#include "bounds.h"
#include "weft/data.h"
#include "weft/manifest.h"

namespace weft::fuzz {

namespace {

std::string times(const std::string& part, std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += part;
  return text;
}

std::string classes(std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; text.size() < bytes; ++i) {
    text += "1," + std::to_string(i) + "\n";
  }
  return text;
}

/// Each level is a list of ten of the one before.
std::string laughs(std::size_t bytes) {
  std::string text = "l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; text.size() < bytes; ++i) {
    const std::string name = "l" + std::to_string(i);
    std::string list = "*l" + std::to_string(i - 1);
    list = list + ", " + list;
    list = list + ", " + list;
    text += name + ": &" + name + " [" + list + "]\n";
  }
  return text;
}

/// As many aliases of one list as there is room for.
std::string aliases(std::size_t bytes) {
  return "network: {hidden: {size: &a [" + times("3, ", bytes / 100) +
         "4], activation: [" + times("*a, ", bytes) + "relu]}}\n";
}

}  // namespace

std::vector<Case> text_cases() {
  const auto table = [](const std::string& path) { data::read_csv(path); };
  const auto manifest = [](const std::string& path) { read_manifest(path); };
  constexpr double kCsv = 128;   // a text for each field of a row
  constexpr double kYaml = 256;  // of a manifest at most 1 MiB is read
  return {
      {"csv_rows", [](std::size_t n) { return times("1,2,3\n", n); }, table},
      {"csv_classes", classes, table, "", kCsv},
      {"csv_fields", [](std::size_t n) { return times(",", n); }, table,
       "there are no rows below the header", kCsv},
      {"csv_columns", [](std::size_t n) { return times("1,", n) + "1\n"; },
       table, "", kCsv},
      {"csv_lines", [](std::size_t n) { return times("\n", n); }, table,
       "there are no rows"},
      {"csv_quotes", [](std::size_t n) { return times("\"\"", n); }, table,
       "no column besides the target", kCsv},
      {"csv_gzip_lines",
       [](std::size_t n) { return gzip(times("\n", 20 * n)); }, table,
       "there are no rows"},
      {"csv_gzip_field",
       [](std::size_t n) { return gzip(times("1", (2 << 20) + 20 * n)); },
       table, "the field is longer than 1048576 bytes", kCsv * 1032},
      {"manifest_deep", [](std::size_t n) { return times("[", n); }, manifest,
       "nested more than 100 deep"},
      {"manifest_deep_map", [](std::size_t n) { return times("{a: ", n); },
       manifest, "nested more than 100 deep"},
      {"manifest_list",
       [](std::size_t n) {
         return "network: {hidden: {size: [" + times("1,", n) + "1]}}\n";
       },
       manifest, "1000 is the most", kYaml},
      {"manifest_laughs", laughs, manifest, "there is no key", kYaml},
      {"manifest_aliases", aliases, manifest, "1000 is the most", kYaml},
      {"manifest_keys",
       [](std::size_t n) {
         return "network: {" + times("hidden: {}, ", n) + "}\n";
       },
       manifest, "given twice", kYaml},
      {"manifest_large",
       [](std::size_t n) { return times("# \n", n + (1 << 20)); }, manifest,
       "larger than 1 MiB"},
  };
}

}  // namespace weft::fuzz
