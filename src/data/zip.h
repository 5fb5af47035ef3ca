#pragma once

// As much of the ZIP format (PKWARE's APPNOTE) as NPZ files need: stored and
// deflated entries of files below 4 GB, neither encrypted nor split.

#include <cstdint>
#include <string>
#include <vector>

namespace weft::data {

/// The most bytes that deflate makes of one.
inline constexpr std::uint64_t kMostRatio = 1032;

struct ZipEntry {
  std::string name;
  std::uint16_t method = 0;  ///< 0 stored, 8 deflated
  std::uint32_t checksum = 0;
  std::uint64_t packed = 0, size = 0;  ///< bytes
  std::uint64_t header = 0;            ///< offset of the local header
};

/// The directory of a ZIP file that is in memory. Throws DataError.
std::vector<ZipEntry> read_zip_directory(const std::string& path,
                                         const std::string& file);
/// The bytes of an entry, unpacked, with its checksum verified.
std::vector<std::uint8_t> read_zip_entry(const std::string& path,
                                         const std::string& file,
                                         const ZipEntry& entry);

/// The record in front of an entry's bytes.
std::string zip_local_header(const ZipEntry& entry);
/// The directory, for the end of a file in which it begins at `offset`.
std::string zip_directory(const std::vector<ZipEntry>& entries,
                          std::uint64_t offset);

}  // namespace weft::data
