#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace weft::io {

/// A file beside `path` that vanishes unless it is renamed to it: readers see
/// the old content or the new one, never a part. A file that is replaced leaves
/// its permissions; a symbolic link stays, and what it points to is replaced.
/// Devices, pipes and files in memory are written to directly. Throws
/// DataError.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& path);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  void write(const void* data, std::size_t bytes);
  /// Syncs the file, gives it its name and syncs the folder.
  void commit();

 private:
  void create();
  void close();
  [[noreturn]] void fail(const std::string& what);

  std::string path_;    ///< as it was given
  std::string target_;  ///< what a link points to
  std::string name_;    ///< empty if the target is written to directly
  int file_ = -1;
};

/// A file with this content, or the one that was there. Throws DataError.
void write_file(const std::string& path, std::string_view content);

}  // namespace weft::io
