#pragma once

// The container of Weft's files, byte by byte in FORMAT.md: a header, a table
// of sections with offsets, lengths and checksums, and the sections, each at a
// multiple of 64 bytes with zeros between them.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/io/file/checksum.h"

namespace weft::io {

inline constexpr std::uint32_t kFormatVersion = 2;

struct Section {
  std::string name;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::uint32_t checksum = 0;
};

/// Where the next piece begins after one that ends at `n`.
constexpr std::uint64_t padded(std::uint64_t n) { return (n + 63) / 64 * 64; }

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
  /// Fails unless the bytes from `end` to the next multiple of 64 are zeros.
  void check_padding(std::uint64_t end) const;
  /// The whole file in memory, whose pages are read when they are first used
  /// and copied when they are first written.
  std::shared_ptr<char> map() const;
  [[noreturn]] void fail(const std::string& why) const;
  /// Runs `read`, which takes records of this file apart. What it throws
  /// becomes a FormatError that names the file; a DataError stays one.
  void parse(const std::function<void()>& read) const;

 private:
  void read_table();
  void read_entry(const std::string& table, std::size_t at,
                  std::uint64_t& expected);

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
  std::optional<std::uint32_t> checksum = {};  ///< computed if it is not known
};

/// Writes sections made of pieces, each piece at a multiple of 64 bytes within
/// its section, to a temporary file that is synced and then renamed to `path`.
void write_container(
    const std::string& path,
    const std::vector<std::pair<std::string, std::vector<Piece>>>& sections);

}  // namespace weft::io
