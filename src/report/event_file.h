#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "weft/tensor.h"

namespace weft::report {

/// CRC-32C (Castagnoli; RFC 3720, appendix B.4).
std::uint32_t crc32c(std::string_view bytes);

/// A message in the wire format of Protocol Buffers, field by field.
class Message {
 public:
  Message& varint(int field, std::uint64_t value);
  Message& number(int field, double value);
  Message& real(int field, float value);
  Message& text(int field, std::string_view bytes);
  Message& message(int field, const Message& m) { return text(field, m.out_); }
  /// A packed repeated field of doubles.
  Message& packed(int field, const std::vector<double>& values);
  const std::string& bytes() const { return out_; }

 private:
  void tag(int field, unsigned wire_type);
  void put(std::uint64_t varint);
  std::string out_;
};

/// A file of events for TensorBoard.
class EventFile {
 public:
  /// Throws DataError if `folder` can't be made or written into.
  explicit EventFile(const std::string& folder);
  void scalar(std::string_view tag, std::int64_t step, double value);
  void histogram(std::string_view tag, std::int64_t step, const Tensor& values);
  /// Markdown.
  void text(std::string_view tag, std::int64_t step, std::string_view value);
  /// Throws DataError if something was not written.
  void flush();

 private:
  void write(std::int64_t step, const Message& value);
  void record(const Message& event);
  std::string path_;
  std::ofstream out_;
};

}  // namespace weft::report
