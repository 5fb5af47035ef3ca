#include "src/report/event_file.h"

#include <unistd.h>

#include <array>
#include <bit>
#include <chrono>
#include <filesystem>

#include "src/report/statistics.h"

namespace weft::report {

namespace {

/// The bytes of an integer, the least first.
template <class T>
std::string little_endian(T value) {
  std::string bytes;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    bytes += static_cast<char>(value >> (8 * i) & 0xff);
  }
  return bytes;
}

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t c = i;
    for (int k = 0; k < 8; ++k) c = c & 1 ? c >> 1 ^ 0x82f63b78U : c >> 1;
    table[i] = c;
  }
  return table;
}

/// As in tensorflow/core/lib/hash/crc32c.h: a checksum of data that hold
/// checksums must differ from these.
std::uint32_t masked(std::uint32_t crc) {
  return (crc >> 15 | crc << 17) + 0xa282ead8U;
}

double wall_time() {
  return std::chrono::duration<double>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  static constexpr auto kTable = make_table();
  std::uint32_t crc = 0xffffffffU;
  for (const char c : bytes) {
    crc = kTable[(crc ^ static_cast<unsigned char>(c)) & 0xff] ^ crc >> 8;
  }
  return ~crc;
}

void Message::put(std::uint64_t v) {
  for (; v >= 0x80; v >>= 7) out_ += static_cast<char>(v | 0x80);
  out_ += static_cast<char>(v);
}

void Message::tag(int field, unsigned wire_type) {
  put(static_cast<std::uint64_t>(field) << 3 | wire_type);
}

Message& Message::varint(int field, std::uint64_t value) {
  tag(field, 0);
  put(value);
  return *this;
}

Message& Message::number(int field, double value) {
  tag(field, 1);
  out_ += little_endian(std::bit_cast<std::uint64_t>(value));
  return *this;
}

Message& Message::real(int field, float value) {
  tag(field, 5);
  out_ += little_endian(std::bit_cast<std::uint32_t>(value));
  return *this;
}

Message& Message::text(int field, std::string_view bytes) {
  tag(field, 2);
  put(bytes.size());
  out_ += bytes;
  return *this;
}

Message& Message::packed(int field, const std::vector<double>& values) {
  tag(field, 2);
  put(8 * values.size());
  for (double v : values) {
    out_ += little_endian(std::bit_cast<std::uint64_t>(v));
  }
  return *this;
}

EventFile::EventFile(const std::string& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  const std::string name =
      "events.out.tfevents." +
      std::to_string(static_cast<std::int64_t>(1e6 * wall_time())) + ".weft." +
      std::to_string(::getpid());
  path_ = (std::filesystem::path(folder) / name).string();
  out_.open(path_, std::ios::binary);
  if (!out_) throw DataError(path_ + ": can't be written");
  record(Message().number(1, wall_time()).text(3, "brain.Event:2"));
}

void EventFile::record(const Message& event) {
  const std::string& data = event.bytes();
  const std::string length =
      little_endian(static_cast<std::uint64_t>(data.size()));
  out_ << length << little_endian(masked(crc32c(length))) << data
       << little_endian(masked(crc32c(data)));
}

void EventFile::write(std::int64_t step, const Message& value) {
  record(Message()
             .number(1, wall_time())
             .varint(2, static_cast<std::uint64_t>(step))
             .message(5, Message().message(1, value)));
}

void EventFile::scalar(std::string_view tag, std::int64_t step, double value) {
  write(step, Message().text(1, tag).real(2, static_cast<float>(value)));
}

void EventFile::histogram(std::string_view tag, std::int64_t step,
                          const Tensor& values) {
  const Histogram h = weft::histogram(values);
  double sum = 0, squares = 0, count = 0;
  for_each(values, [&](std::int64_t, double v) {
    if (!std::isfinite(v)) return;
    sum += v;
    squares += v * v;
    ++count;
  });
  std::vector<double> limits, counts;
  const double width = (h.high - h.low) / static_cast<double>(h.counts.size());
  for (std::size_t i = 0; i < h.counts.size(); ++i) {
    // The last one is exactly the greatest value.
    limits.push_back(i + 1 == h.counts.size()
                         ? h.high
                         : h.low + width * static_cast<double>(i + 1));
    counts.push_back(static_cast<double>(h.counts[i]));
  }
  Message histo;
  histo.number(1, h.low).number(2, h.high).number(3, count).number(4, sum);
  histo.number(5, squares).packed(6, limits).packed(7, counts);
  write(step, Message().text(1, tag).message(5, histo));
}

void EventFile::text(std::string_view tag, std::int64_t step,
                     std::string_view value) {
  constexpr std::uint64_t kString = 7;  // DT_STRING
  const Message shape = Message().message(2, Message().varint(1, 1));
  const Message tensor =
      Message().varint(1, kString).message(2, shape).text(8, value);
  const Message metadata = Message().message(1, Message().text(1, "text"));
  write(step, Message().text(1, tag).message(8, tensor).message(9, metadata));
}

void EventFile::flush() {
  out_.flush();
  if (!out_) throw DataError(path_ + ": can't be written");
}

}  // namespace weft::report
