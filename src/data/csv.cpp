#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <new>
#include <optional>
#include <string_view>

#include "src/core/utf8.h"
#include "src/data/csv_rows.h"
#include "weft/data.h"
#include "weft/error.h"

namespace weft::data {

namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// The number that the whole text is, of any size; "nan" and "inf" are numbers.
/// One that is beyond double is infinite.
std::optional<double> number(std::string_view text) {
  text = trim(text);
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') {
    text.remove_prefix(1);
  }
  double v = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, v);
  if (end != last || text.empty()) return {};
  if (error == std::errc::result_out_of_range) {
    // Of the two ways to be out of range only this one leaves an exponent < 0.
    const bool tiny =
        text.find("e-") != text.npos || text.find("E-") != text.npos;
    return tiny ? 0 : std::numeric_limits<double>::infinity();
  }
  if (error != std::errc()) return {};
  return v;
}

/// Reads a table row by row; only numbers and class names are kept.
class Table {
 public:
  Table(const std::string& path, const CsvOptions& options)
      : rows_(path, options.separator), options_(options) {}

  Dataset read();

 private:
  bool is_header(std::span<const std::string> first) const;
  void check_header(std::span<const std::string> second) const;
  std::optional<std::size_t> target_column() const;
  void add_row(std::span<const std::string> fields);
  void add_class(const std::string& field);
  float parse(std::span<const std::string> fields, std::size_t column) const;
  Dataset finish();
  void set_classes(Dataset& d);

  [[noreturn]] void fail(std::size_t column, const std::string& why) const {
    std::string where;
    if (column < names_.size()) where = "column '" + names_[column] + "': ";
    fail_at(rows_.path(), line_, column + 1, where + why);
  }

  CsvRows rows_;
  const CsvOptions& options_;
  std::vector<std::string> names_;
  std::vector<std::string> first_;  ///< the first row, if it is no header
  std::size_t columns_ = 0;
  std::size_t first_line_ = 1;
  std::size_t line_ = 1;  ///< of the row that is added
  std::optional<std::size_t> target_;
  std::int64_t count_ = 0;
  std::vector<float> inputs_;
  std::vector<float> numbers_;
  std::vector<std::int32_t> classes_;
  /// Not hashed: names that are made to collide would take forever.
  std::map<std::string, std::int32_t> ids_;
};

bool Table::is_header(std::span<const std::string> first) const {
  if (options_.header != CsvOptions::Header::automatic) {
    return options_.header == CsvOptions::Header::yes;
  }
  return std::none_of(first.begin(), first.end(),
                      [](const std::string& f) { return number(f); });
}

/// Numbers as names, as pandas writes them, make a header that looks like a
/// row: rather than guess, ask.
void Table::check_header(std::span<const std::string> second) const {
  if (options_.header != CsvOptions::Header::automatic) return;
  for (std::size_t c = 0; c < first_.size() && c < second.size(); ++c) {
    if (number(first_[c]) || !number(second[c])) continue;
    fail_at(rows_.path(), first_line_, c + 1,
            "'" + first_[c] + "' is not a number, but line " +
                std::to_string(rows_.line()) + " has one in its place: '" +
                second[c] +
                "'; if the first row is a header, set the option header to "
                "yes, else correct the field or set it to no");
  }
}

std::optional<std::size_t> Table::target_column() const {
  if (options_.target.empty()) return {};
  const auto named = std::find(names_.begin(), names_.end(), options_.target);
  if (named != names_.end()) {
    return static_cast<std::size_t>(named - names_.begin());
  }
  const auto n = static_cast<long>(columns_);
  const std::string& text = options_.target;
  long index = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), index);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (whole && index >= -n && index < n) {
    return static_cast<std::size_t>(index < 0 ? index + n : index);
  }
  std::string known;
  for (const std::string& name : names_) {
    if (known.size() < 60) known += (known.empty() ? "" : ", ") + name;
  }
  fail_at(rows_.path(), first_line_, 1,
          "there is no target column '" + text + "' among " +
              std::to_string(n) + "; give a number from " + std::to_string(-n) +
              " to " + std::to_string(n - 1) +
              (known.empty() ? "" : ", or a name of the header: " + known));
}

float Table::parse(std::span<const std::string> fields,
                   std::size_t column) const {
  const std::string& text = fields[column];
  const auto v = number(text);
  if (!v) {
    if (trim(text).empty()) {
      fail(column, "the field is empty; put a number or remove the row");
    }
    fail(column, "'" + text.substr(0, 40) +
                     "' is not a number; only the target may be text");
  }
  const auto value = static_cast<float>(*v);
  if (!std::isfinite(value)) {
    fail(column, "'" + text.substr(0, 40) +
                     "' is not a finite number of f32 (at most 3.4e38); put "
                     "another or remove the row");
  }
  return value;
}

void Table::add_class(const std::string& field) {
  const auto [at, added] = ids_.emplace(std::string(trim(field)),
                                        static_cast<std::int32_t>(ids_.size()));
  classes_.push_back(at->second);
  if (added && !is_utf8(at->first)) {
    fail(*target_, "the class is not in UTF-8; convert the file to it");
  }
}

void Table::add_row(std::span<const std::string> fields) {
  if (fields.size() != columns_) {
    fail_at(rows_.path(), line_, std::min(fields.size(), columns_ + 1),
            "the row has " + count_of(fields.size(), "field") + ", line " +
                std::to_string(first_line_) + " has " +
                std::to_string(columns_) +
                "; put quotes around a field with a separator '" +
                rows_.separator() + "'");
  }
  for (std::size_t c = 0; c < columns_; ++c) {
    if (target_ && c == *target_) continue;
    inputs_.push_back(parse(fields, c));
  }
  if (target_ && options_.classes) {
    if (trim(fields[*target_]).empty()) {
      fail(*target_, "the class is empty; put one or remove the row");
    }
    add_class(fields[*target_]);
  } else if (target_) {
    numbers_.push_back(parse(fields, *target_));
  }
  ++count_;
}

Dataset Table::read() {
  if (!rows_.next()) fail_at(rows_.path(), 1, 1, "there are no rows");
  first_line_ = rows_.line();
  columns_ = rows_.fields().size();
  std::vector<std::string> first(rows_.fields().begin(), rows_.fields().end());
  const bool header = is_header(first);
  (header ? names_ : first_) = std::move(first);
  target_ = target_column();
  if (columns_ == (target_ ? 1U : 0U)) {
    fail_at(rows_.path(), first_line_, 1,
            "there is no column besides the target; set the separator or the "
            "target");
  }
  bool more = rows_.next();
  if (!header) {
    if (more) check_header(rows_.fields());
    line_ = first_line_;
    add_row(first_);
  }
  for (; more; more = rows_.next()) {
    line_ = rows_.line();
    add_row(rows_.fields());
  }
  if (count_ == 0) {
    fail_at(rows_.path(), first_line_, 1,
            "there are no rows below the header; if it is none, set the "
            "option header to no");
  }
  return finish();
}

/// Class names in numeric or alphabetic order, and each row's class.
void Table::set_classes(Dataset& d) {
  auto finite = [](const std::string& text) {
    const auto v = number(text);
    return v && std::isfinite(*v) ? v : std::nullopt;
  };
  for (const auto& [name, id] : ids_) d.class_names.push_back(name);
  std::sort(d.class_names.begin(), d.class_names.end(),
            [&](const std::string& a, const std::string& b) {
              const auto x = finite(a), y = finite(b);
              if (x && y && *x != *y) return *x < *y;
              return x.has_value() != y.has_value() ? x.has_value() : a < b;
            });
  std::vector<std::int32_t> sorted(ids_.size());
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    sorted[static_cast<std::size_t>(ids_.at(d.class_names[i]))] =
        static_cast<std::int32_t>(i);
  }
  for (std::int32_t& c : classes_) c = sorted[static_cast<std::size_t>(c)];
  d.targets = Tensor::from(classes_, {Dim(count_)});
}

Dataset Table::finish() {
  Dataset d;
  const auto width = static_cast<std::int64_t>(columns_ - (target_ ? 1 : 0));
  d.row = Shape{Dim(width)};
  d.inputs = Tensor::from(inputs_, {Dim(count_), Dim(width)});
  d.column_names = std::move(names_);
  if (target_ && options_.classes) set_classes(d);
  if (target_ && !options_.classes) {
    d.targets = Tensor::from(numbers_, {Dim(count_), 1});
  }
  return d;
}

}  // namespace

Dataset read_csv(const std::string& path, const CsvOptions& options) {
  try {
    return Table(path, options).read();
  } catch (const std::bad_alloc&) {
    throw DataError(path + ": the table does not fit into memory; read a part");
  }
}

}  // namespace weft::data
