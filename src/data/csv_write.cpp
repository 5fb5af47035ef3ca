#include <algorithm>
#include <charconv>

#include "src/io/common/temporary_file.h"
#include "weft/data.h"
#include "weft/error.h"

namespace weft::data {

namespace {

constexpr std::int64_t kRowsAtOnce = 256;

void add(std::string& text, float value) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  text.append(digits, end);
}

/// RFC 4180: quoted where it holds what means something else in a table.
void add(std::string& text, const std::string& field) {
  if (field.find_first_of(",\"\r\n") == std::string::npos) {
    text += field;
    return;
  }
  text += '"';
  for (char c : field)
    text += c == '"' ? std::string("\"\"") : std::string(1, c);
  text += '"';
}

std::string header(const Dataset& data, std::int64_t columns) {
  const bool named =
      static_cast<std::int64_t>(data.column_names.size()) == columns;
  std::string text;
  for (std::int64_t i = 0; i < columns; ++i) {
    add(text, named ? data.column_names[static_cast<std::size_t>(i)]
                    : "x" + std::to_string(i));
    text += ',';
  }
  return text + (data.classes() > 0 ? "class\n" : "target\n");
}

void add_rows(std::string& text, const Dataset& data, std::int64_t begin,
              std::int64_t end) {
  const auto [x, y] = data.batch(begin, end);
  const std::int64_t columns = x.size() / (end - begin);
  for (std::int64_t i = 0; i < end - begin; ++i) {
    for (std::int64_t k = 0; k < columns; ++k) {
      add(text, x.data<float>()[i * columns + k]);
      text += ',';
    }
    if (data.classes() > 0) {
      const auto label = static_cast<std::size_t>(y.data<std::int32_t>()[i]);
      add(text, data.class_names.at(label));
    } else {
      add(text, y.data<float>()[i]);
    }
    text += '\n';
  }
}

}  // namespace

void write_csv(const std::string& path, const Dataset& data) {
  data.check();
  const bool one = data.targets.rank() == 1 ||
                   (data.targets.rank() == 2 && data.targets.dim(1) == 1);
  if (!one || data.size() == 0) {
    throw DataError(path + ": a table needs examples with one target each; " +
                    std::to_string(data.size()) + " have " +
                    to_string(data.targets.type()));
  }
  io::TemporaryFile file(path);
  std::string text = header(data, data.row.elements());
  for (std::int64_t i = 0; i < data.size(); i += kRowsAtOnce) {
    add_rows(text, data, i, std::min(i + kRowsAtOnce, data.size()));
    file.write(text.data(), text.size());
    text.clear();
  }
  file.commit();
}

}  // namespace weft::data
