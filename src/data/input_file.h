#pragma once

#include <zlib.h>

#include <cstdint>
#include <cstdio>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace weft::data {

/// Throws the DataError "PATH: WHY".
[[noreturn]] void fail(const std::string& path, const std::string& why);

/// "1 byte", "3 images".
std::string count_of(std::uint64_t n, const std::string& thing);

/// The bytes of a file from first to last, unpacked if it is gzip. Throws
/// DataError if they can't be read.
class InputFile {
 public:
  static constexpr std::uint64_t kUnknown =
      std::numeric_limits<std::uint64_t>::max();

  explicit InputFile(const std::string& path);
  /// Bytes in memory, which the caller keeps, as if they were a file.
  InputFile(const std::string& name, std::span<const std::uint8_t> bytes);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  /// Reads up to `size` bytes; less only at the end of the file.
  std::size_t read(void* into, std::size_t size);
  /// Appends up to `size` bytes. Takes memory as they arrive, so a size that
  /// no byte backs costs nothing.
  std::size_t append(std::vector<std::uint8_t>& bytes, std::uint64_t size);
  /// Fails unless `size` bytes are left, as far as can be told without reading
  /// them; `claim` says who promised them.
  void expect(std::uint64_t size, const std::string& claim) const;
  /// Appends exactly `size` bytes, after which the file must end.
  void read_rest(std::vector<std::uint8_t>& bytes, std::uint64_t size,
                 const std::string& claim);

  const std::string& path() const { return path_; }
  /// Bytes read.
  std::uint64_t position() const { return position_; }

 private:
  std::size_t read_packed(void* into, std::size_t size);
  std::size_t read_file(void* into, std::size_t size);
  bool refill();

  std::string path_;
  std::FILE* file_ = nullptr;
  std::uint64_t position_ = 0;
  std::uint64_t size_ = kUnknown;         ///< of a plain file
  std::uint64_t packed_size_ = kUnknown;  ///< of a gzip file
  bool packed_ = false;
  bool ended_ = false;  ///< the last gzip member
  z_stream stream_{};
  std::vector<std::uint8_t> chunk_;  ///< packed bytes
};

}  // namespace weft::data
