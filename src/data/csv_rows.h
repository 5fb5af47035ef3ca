#pragma once

#include <span>
#include <string>
#include <vector>

#include "src/data/input_file.h"

namespace weft::data {

/// Throws the DataError "PATH:LINE:COLUMN: WHY", both counted from 1.
[[noreturn]] void fail_at(const std::string& path, std::size_t line,
                          std::size_t column, const std::string& why);

/// The rows of a CSV file, one at a time. Skips a byte order mark and empty
/// lines; lines end with LF, CRLF or CR.
class CsvRows {
 public:
  static constexpr std::size_t kMostFields = 1 << 20;
  static constexpr std::size_t kLongestField = 1 << 20;

  /// Separator 0: the most frequent of , ; and tab in the first line with
  /// something on it, a space if there are none.
  CsvRows(const std::string& path, char separator);

  /// Goes to the next row; false at the end.
  bool next();
  /// The row's fields, until the next row is read.
  std::span<const std::string> fields() const {
    return {fields_.data(), size_};
  }
  /// The line on which the row begins, from 1.
  std::size_t line() const { return line_; }
  const std::string& path() const { return file_.path(); }
  char separator() const { return separator_; }

 private:
  enum class End { field, row, file };
  static constexpr int kNone = -1;

  int peek();
  int take();
  void add_field();
  void append(char c);
  End read_field();
  void read_quoted();
  End end_of_field(int c);

  InputFile file_;
  std::vector<std::uint8_t> buffer_;
  std::size_t at_ = 0;
  std::vector<std::string> fields_;  ///< kept, with their memory
  std::size_t size_ = 0;
  std::size_t line_ = 1;     ///< of the row
  std::size_t current_ = 1;  ///< of the next character
  bool quoted_ = false;      ///< the row has a quoted field: it is not empty
  char separator_;
};

}  // namespace weft::data
