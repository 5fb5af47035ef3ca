#include "src/io/common/temporary_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "weft/error.h"

namespace weft::io {

namespace fs = std::filesystem;

TemporaryFile::TemporaryFile(const std::string& path)
    : path_(path), target_(path) {
  std::error_code error;
  bool nameless = false;  // a file in memory, by its link in /proc
  if (fs::is_symlink(path, error)) {
    const fs::path real = fs::canonical(path, error);
    nameless = static_cast<bool>(error);
    if (!nameless) target_ = real.string();
  }
  struct stat there {};
  const bool exists = ::stat(target_.c_str(), &there) == 0;
  if (exists && !S_ISDIR(there.st_mode) &&
      (nameless || !S_ISREG(there.st_mode))) {
    file_ = ::open(target_.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
    if (file_ < 0) fail("can't be written");
    return;
  }
  create();
  // A file system without permissions may refuse: the file has its own then.
  if (exists && ::fchmod(file_, there.st_mode & 07777) != 0) errno = 0;
}

/// Two threads, or processes of two machines, may write to one path at once.
void TemporaryFile::create() {
  static std::atomic<unsigned> count{0};
  const std::string start = target_ + ".tmp" + std::to_string(::getpid()) + "-";
  do {
    name_ = start + std::to_string(count++);
    file_ =
        ::open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  } while (file_ < 0 && errno == EEXIST);
  if (file_ >= 0) return;
  name_.clear();
  fail("can't be written");
}

TemporaryFile::~TemporaryFile() {
  if (file_ >= 0) ::close(file_);
  if (!name_.empty()) ::unlink(name_.c_str());
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

void TemporaryFile::close() {
  const int file = std::exchange(file_, -1);
  if (::close(file) != 0) fail("can't be closed");
}

void TemporaryFile::commit() {
  if (name_.empty()) return close();
  if (::fsync(file_) != 0) fail("can't be synced");
  close();
  if (::rename(name_.c_str(), target_.c_str()) != 0) fail("can't be renamed");
  name_.clear();
  const auto folder = fs::path(target_).parent_path();
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

void write_file(const std::string& path, std::string_view content) {
  TemporaryFile file(path);
  file.write(content.data(), content.size());
  file.commit();
}

}  // namespace weft::io
