#pragma once

#include <cstddef>
#include <string>

namespace weft::io {

/// A file beside `path` that vanishes unless it is renamed to it: readers see
/// the old content or the new one, never a part. Throws DataError.
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
  [[noreturn]] void fail(const std::string& what);

  std::string path_, name_;
  int file_ = -1;
  bool done_ = false;
};

}  // namespace weft::io
