#pragma once

// The container of a training file: a header, a table of sections with offsets,
// lengths and checksums, and the sections, each at a multiple of 64 bytes. All
// numbers are little-endian.
//
//   0  8  "WEFTFILE"      8  4  format version     12  4  0x01020304
//  16  8  file size      24  4  sections           28  4  CRC-32 of the table
//  32  …  for each section: name (16, padded with 0), offset (8), length (8),
//         CRC-32 (4), zero (4)

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace weft::io {

inline constexpr std::uint32_t kFormatVersion = 1;

struct Section {
  std::string name;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::uint32_t checksum = 0;
};

std::uint32_t crc32(const void* data, std::size_t bytes);

/// A file that is open for reading.
class ContainerReader {
 public:
  explicit ContainerReader(const std::string& path);
  ~ContainerReader();
  ContainerReader(const ContainerReader&) = delete;
  ContainerReader& operator=(const ContainerReader&) = delete;

  const std::string& path() const { return path_; }
  std::uint64_t size() const { return size_; }
  std::uint32_t version() const { return version_; }
  /// Throws FormatError if there is no such section.
  const Section& section(const std::string& name) const;
  /// The section's bytes, with the checksum verified.
  std::string read(const Section& section) const;
  /// Reads bytes [offset, offset + bytes) of the file.
  void read_at(std::uint64_t offset, void* into, std::size_t bytes) const;
  [[noreturn]] void fail(const std::string& why) const;
  /// Runs `read`, which takes records of this file apart. What it throws
  /// becomes a FormatError that names the file; a DataError stays one.
  void parse(const std::function<void()>& read) const;

 private:
  void read_table();

  std::string path_;
  int file_ = -1;
  std::uint64_t size_ = 0;
  std::uint32_t version_ = 0;
  std::vector<Section> sections_;
};

/// A piece of memory that becomes part of a section.
struct Piece {
  const void* data;
  std::size_t bytes;
};

/// Writes sections made of pieces, each piece at a multiple of 64 bytes within
/// its section, to a temporary file that is synced and then renamed to `path`.
void write_container(
    const std::string& path,
    const std::vector<std::pair<std::string, std::vector<Piece>>>& sections);

}  // namespace weft::io
