#include "src/io/common/temporary_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "weft/error.h"

namespace weft::io {

TemporaryFile::TemporaryFile(const std::string& path)
    : path_(path), name_(path + ".tmp" + std::to_string(::getpid())) {
  file_ = ::open(name_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file_ < 0) fail("can't be created");
}

TemporaryFile::~TemporaryFile() {
  if (file_ >= 0) ::close(file_);
  if (!done_) ::unlink(name_.c_str());
}

void TemporaryFile::write(const void* data, std::size_t bytes) {
  const auto* p = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t put = ::write(file_, p, bytes);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail("can't be written");
    p += put;
    bytes -= static_cast<std::size_t>(put);
  }
}

void TemporaryFile::commit() {
  if (::fsync(file_) != 0) fail("can't be synced");
  const int file = std::exchange(file_, -1);
  if (::close(file) != 0) fail("can't be closed");
  if (::rename(name_.c_str(), path_.c_str()) != 0) fail("can't be renamed");
  done_ = true;
  const auto folder = std::filesystem::path(path_).parent_path();
  const int dir = ::open(folder.empty() ? "." : folder.c_str(),
                         O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dir >= 0) {
    ::fsync(dir);  // so that the new name survives a power cut
    ::close(dir);
  }
}

void TemporaryFile::fail(const std::string& what) {
  throw DataError(path_ + ": " + what + ": " + std::strerror(errno));
}

}  // namespace weft::io
