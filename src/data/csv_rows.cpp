#include "src/data/csv_rows.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "src/core/printable.h"
#include "weft/error.h"

namespace weft::data {

namespace {

constexpr std::size_t kChunk = 1 << 16;

char find_separator(std::string_view text) {
  const std::size_t begin = text.find_first_not_of("\r\n");
  if (begin == std::string_view::npos) return ',';
  text.remove_prefix(begin);
  std::array<std::size_t, 256> count{};
  bool quoted = false;
  for (char c : text) {
    if (c == '"') quoted = !quoted;
    if (!quoted && (c == '\n' || c == '\r')) break;
    if (!quoted) ++count[static_cast<unsigned char>(c)];
  }
  char best = ',';
  for (char c : {';', '\t'}) {
    if (count[static_cast<unsigned char>(c)] >
        count[static_cast<unsigned char>(best)]) {
      best = c;
    }
  }
  return count[static_cast<unsigned char>(best)] == 0 && count[' '] > 0 ? ' '
                                                                        : best;
}

}  // namespace

void fail_at(const std::string& path, std::size_t line, std::size_t column,
             const std::string& why) {
  throw DataError(path + ":" + std::to_string(line) + ":" +
                  std::to_string(column) + ": " + detail::printable(why));
}

CsvRows::CsvRows(const std::string& path, char separator)
    : file_(path), separator_(separator) {
  file_.append(buffer_, kChunk);
  std::string_view text(reinterpret_cast<const char*>(buffer_.data()),
                        buffer_.size());
  if (text.substr(0, 3) == "\xEF\xBB\xBF") at_ = 3;
  if (separator_ == 0) separator_ = find_separator(text.substr(at_));
}

/// The next character, kNone at the end.
int CsvRows::peek() {
  if (at_ == buffer_.size()) {
    buffer_.clear();
    at_ = 0;
    if (file_.append(buffer_, kChunk) == 0) return kNone;
  }
  return buffer_[at_];
}

int CsvRows::take() {
  const int c = peek();
  if (c == kNone) return c;
  ++at_;
  if (c == '\0') {
    fail_at(
        path(), current_, size_,
        "a zero byte in the text; CSV must be text, in UTF-8 and not UTF-16");
  }
  if (c == '\n' || (c == '\r' && peek() != '\n')) ++current_;
  return c;
}

void CsvRows::add_field() {
  if (size_ == kMostFields) {
    fail_at(path(), line_, size_,
            "the row has more than " + std::to_string(kMostFields) +
                " fields; is '" + separator_ + "' the separator?");
  }
  if (size_ == fields_.size()) fields_.emplace_back();
  fields_[size_++].clear();
}

void CsvRows::append(char c) {
  std::string& field = fields_[size_ - 1];
  if (field.size() == kLongestField) {
    fail_at(path(), line_, size_,
            "the field is longer than " + std::to_string(kLongestField) +
                " bytes; is a quote or a line end missing?");
  }
  field += c;
}

CsvRows::End CsvRows::end_of_field(int c) {
  if (c == kNone) return End::file;
  if (c == '\r' && peek() == '\n') take();
  return c == '\r' || c == '\n' ? End::row : End::field;
}

/// What follows an opening quote, up to the closing one.
void CsvRows::read_quoted() {
  quoted_ = true;
  const std::size_t begin = current_;
  for (;;) {
    const int c = take();
    if (c == kNone) {
      fail_at(path(), begin, size_,
              "the quote that begins here is never closed; inside a quoted "
              "field, write a quote as \"\"");
    }
    if (c == '"') {
      if (peek() != '"') return;
      take();
    }
    append(static_cast<char>(c));
  }
}

CsvRows::End CsvRows::read_field() {
  add_field();
  auto ends = [&](int c) {
    return c == kNone || c == '\n' || c == '\r' || c == separator_;
  };
  int c = take();
  if (c == '"') {
    read_quoted();
    const std::size_t here = current_;
    do c = take();
    while (c == ' ' && separator_ != ' ');
    if (!ends(c)) {
      fail_at(path(), here, size_,
              std::string("'") + static_cast<char>(c) +
                  "' follows a closing quote, not a separator '" + separator_ +
                  "' or line end; inside a quoted field, write a quote as "
                  "\"\"");
    }
    return end_of_field(c);
  }
  for (; !ends(c); c = take()) append(static_cast<char>(c));
  return end_of_field(c);
}

bool CsvRows::next() {
  for (;;) {
    size_ = 0;
    quoted_ = false;
    line_ = current_;
    End end = End::field;
    while (end == End::field) end = read_field();
    const bool empty = size_ == 1 && fields_[0].empty() && !quoted_;
    if (!empty) return true;
    if (end == End::file) return false;
  }
}

}  // namespace weft::data
