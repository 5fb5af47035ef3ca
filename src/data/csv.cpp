#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "weft/data.h"
#include "weft/error.h"

namespace weft::data {

namespace {

using Row = std::vector<std::string>;

struct Line {
  std::size_t number;
  Row fields;
};

[[noreturn]] void fail(const std::string& path, std::size_t line,
                       std::size_t column, const std::string& why) {
  throw DataError(path + ":" + std::to_string(line) + ":" +
                  std::to_string(column) + ": " + why);
}

std::optional<double> number(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  double v = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), v);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return v;
}

char find_separator(std::string_view first_line) {
  char best = ',';
  std::ptrdiff_t most = 0;
  for (char c : {',', ';', '\t', ' '}) {
    const auto n = std::count(first_line.begin(), first_line.end(), c);
    if (n > most) {
      most = n;
      best = c;
    }
  }
  return best;
}

/// Fields and lines of the text; quotes may hold separators, doubled quotes and
/// line ends.
class Parser {
 public:
  Parser(const std::string& path, std::string_view text, char separator)
      : path_(path), text_(text) {
    if (text_.substr(0, 3) == "\xEF\xBB\xBF") text_.remove_prefix(3);
    separator_ = separator ? separator
                           : find_separator(text_.substr(0, text_.find('\n')));
  }

  std::vector<Line> lines() {
    std::vector<Line> all;
    while (at_ < text_.size()) {
      const std::size_t begin = line_;
      Row row = read_row();
      if (row.size() == 1 && row[0].empty()) continue;
      all.push_back({begin, std::move(row)});
    }
    return all;
  }

 private:
  Row read_row() {
    Row row{""};
    bool quoted = false;
    const std::size_t begin = line_;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\n') ++line_;
      if (c == '\0') fail(path_, line_, row.size(), "a zero byte in the text");
      if (quoted) {
        if (c != '"') {
          row.back() += c;
        } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
          row.back() += text_[++at_];
        } else {
          quoted = false;
        }
      } else if (c == '"' && row.back().empty()) {
        quoted = true;
      } else if (c == separator_) {
        row.emplace_back();
      } else if (c == '\n') {
        ++at_;
        return row;
      } else if (c != '\r') {
        row.back() += c;
      }
    }
    if (quoted) fail(path_, begin, row.size(), "a quote is never closed");
    return row;
  }

  const std::string& path_;
  std::string_view text_;
  char separator_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

bool has_header(const Row& first, CsvOptions::Header option) {
  if (option != CsvOptions::Header::automatic) {
    return option == CsvOptions::Header::yes;
  }
  return std::none_of(first.begin(), first.end(),
                      [](const std::string& f) { return number(f); });
}

/// The column of the target, or nothing.
std::optional<std::size_t> target_column(const std::string& path,
                                         const CsvOptions& options,
                                         const Row& names,
                                         std::size_t columns) {
  if (options.target.empty()) return {};
  const auto named = std::find(names.begin(), names.end(), options.target);
  if (named != names.end()) {
    return static_cast<std::size_t>(named - names.begin());
  }
  const auto index = number(options.target);
  const auto n = static_cast<double>(columns);
  if (!index || *index != static_cast<double>(static_cast<long>(*index)) ||
      *index < -n || *index >= n) {
    fail(path, 1, 1,
         "there is no target column '" + options.target + "' among " +
             std::to_string(columns));
  }
  return static_cast<std::size_t>(*index < 0 ? *index + n : *index);
}

/// Class names in numeric or alphabetic order, and each row's class.
void set_classes(const std::vector<Line>& lines, std::size_t column,
                 Dataset& d) {
  auto before = [](const std::string& a, const std::string& b) {
    const auto x = number(a), y = number(b);
    if (x && y && *x != *y) return *x < *y;
    return x.has_value() != y.has_value() ? x.has_value() : a < b;
  };
  std::map<std::string, std::int32_t, decltype(before)> ids(before);
  for (const Line& l : lines) ids.emplace(l.fields[column], 0);
  for (auto& [name, id] : ids) {
    id = static_cast<std::int32_t>(d.class_names.size());
    d.class_names.push_back(name);
  }
  d.targets =
      Tensor(DType::i32, {Dim(static_cast<std::int64_t>(lines.size()))});
  for (std::size_t i = 0; i < lines.size(); ++i) {
    d.targets.data<std::int32_t>()[i] = ids.at(lines[i].fields[column]);
  }
}

float parse(const std::string& path, const Line& line, std::size_t column) {
  const auto v = number(line.fields[column]);
  if (!v) {
    fail(path, line.number, column + 1,
         "'" + line.fields[column] + "' is no number");
  }
  return static_cast<float>(*v);
}

}  // namespace

Dataset read_csv(const std::string& path, const CsvOptions& options) {
  const std::vector<std::uint8_t> bytes = read_bytes(path);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()),
                              bytes.size());
  std::vector<Line> lines = Parser(path, text, options.separator).lines();
  Dataset d;
  if (!lines.empty() && has_header(lines[0].fields, options.header)) {
    d.column_names = lines[0].fields;
    lines.erase(lines.begin());
  }
  if (lines.empty()) fail(path, 1, 1, "there are no rows");
  const std::size_t columns =
      d.column_names.empty() ? lines[0].fields.size() : d.column_names.size();
  for (const Line& l : lines) {
    if (l.fields.size() != columns) {
      fail(path, l.number, l.fields.size(),
           "the row has " + std::to_string(l.fields.size()) + " fields, not " +
               std::to_string(columns));
    }
  }
  const auto target = target_column(path, options, d.column_names, columns);
  const std::size_t width = columns - (target ? 1 : 0);
  if (width == 0) fail(path, 1, 1, "there is no column besides the target");
  const auto n = static_cast<std::int64_t>(lines.size());
  d.row = Shape{Dim(static_cast<std::int64_t>(width))};
  d.inputs = Tensor(DType::f32, {Dim(n), d.row[0]});
  float* out = d.inputs.data<float>();
  for (const Line& l : lines) {
    for (std::size_t c = 0; c < columns; ++c) {
      if (!target || c != *target) *out++ = parse(path, l, c);
    }
  }
  if (target && options.classes) {
    set_classes(lines, *target, d);
  } else if (target) {
    d.targets = Tensor(DType::f32, {Dim(n), 1});
    for (std::size_t i = 0; i < lines.size(); ++i) {
      d.targets.data<float>()[i] = parse(path, lines[i], *target);
    }
  }
  return d;
}

}  // namespace weft::data
