#include <zlib.h>

#include "src/io/common/temporary_file.h"
#include "src/io/file/container.h"
#include "src/io/file/layout.h"

namespace weft::io {

namespace {

template <class T>
void append(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void pad(TemporaryFile& file, std::uint64_t bytes) {
  static constexpr char kZeros[64] = {};
  file.write(kZeros, padded(bytes) - bytes);
}

std::uint32_t checksum(const std::vector<Piece>& pieces) {
  static constexpr char kZeros[64] = {};
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const Piece& p = pieces[i];
    const std::uint32_t own = p.checksum ? *p.checksum : crc32(p.data, p.bytes);
    sum = static_cast<std::uint32_t>(
        ::crc32_combine(sum, own, static_cast<z_off_t>(p.bytes)));
    if (i + 1 < pieces.size()) {
      sum = crc32(kZeros, padded(p.bytes) - p.bytes, sum);
    }
  }
  return sum;
}

std::uint64_t length(const std::vector<Piece>& pieces) {
  std::uint64_t n = 0;
  for (const Piece& p : pieces) n = padded(n) + p.bytes;
  return n;
}

}  // namespace

void write_container(
    const std::string& path,
    const std::vector<std::pair<std::string, std::vector<Piece>>>& sections) {
  std::string table;
  std::uint64_t offset = padded(kHeaderBytes + sections.size() * kEntryBytes);
  for (const auto& [name, pieces] : sections) {
    std::string fixed = name;
    fixed.resize(16, '\0');
    table += fixed;
    append(table, offset);
    append(table, length(pieces));
    append(table, checksum(pieces));
    append(table, std::uint32_t{0});
    offset = padded(offset + length(pieces));
  }
  std::string header = kMagic;
  append(header, kFormatVersion);
  append(header, kEndianMark);
  append(header, offset);
  append(header, static_cast<std::uint32_t>(sections.size()));
  const std::uint32_t sum = crc32(header.data(), header.size());
  append(header, crc32(table.data(), table.size(), sum));
  TemporaryFile file(path);
  file.write(header.data(), header.size());
  file.write(table.data(), table.size());
  pad(file, header.size() + table.size());
  for (const auto& [name, pieces] : sections) {
    for (const Piece& p : pieces) {
      file.write(p.data, p.bytes);
      pad(file, p.bytes);
    }
  }
  file.commit();
}

}  // namespace weft::io
