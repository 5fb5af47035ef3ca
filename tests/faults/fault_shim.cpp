// Loaded with LD_PRELOAD: makes the writing of checkpoints fail.
//
//   WEFT_FAULT_CALL   open, write, fsync, rename, or "lose": write that reports
//                     success and loses the bytes
//   WEFT_FAULT_ERRNO  its error's number
//   WEFT_FAULT_FROM   after so many bytes (write, lose) or calls (others)
//   WEFT_FAULT_COUNT  how many calls fail; then they succeed again
//   WEFT_FAULT_TOLD   a file that gets a byte for each call that failed
//
// Only files whose names contain ".weft" count.

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace {

constexpr int kFiles = 4096;
std::atomic<bool> watched[kFiles];
std::atomic<long long> passed{0}, failed{0};

long long number(const char* name) {
  const char* text = std::getenv(name);
  return text ? std::atoll(text) : 0;
}

bool is(std::string_view call) {
  const char* text = std::getenv("WEFT_FAULT_CALL");
  return text && call == text;
}

template <class F>
F real(const char* name) {
  return reinterpret_cast<F>(::dlsym(RTLD_NEXT, name));
}

/// Tells those who count faults; it stays told if the process is killed.
void tell() {
  const char* path = std::getenv("WEFT_FAULT_TOLD");
  if (!path) return;
  const int file = real<int (*)(const char*, int, ...)>("open")(
      path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0) return;
  if (real<ssize_t (*)(int, const void*, size_t)>("write")(file, "x", 1) != 1) {
    std::abort();
  }
  ::close(file);
}

/// Whether a call of this weight fails now.
bool fails(long long weight) {
  const long long before = passed.fetch_add(weight);
  if (before + weight <= number("WEFT_FAULT_FROM")) return false;
  if (failed.fetch_add(1) >= number("WEFT_FAULT_COUNT")) return false;
  tell();
  errno = static_cast<int>(number("WEFT_FAULT_ERRNO"));
  return true;
}

bool is_watched(int file) {
  return file >= 0 && file < kFiles && watched[file];
}

int open_file(const char* name, const char* path, int flags, mode_t mode) {
  const bool write = (flags & O_WRONLY) && std::strstr(path, ".weft");
  if (write && is("open") && fails(1)) return -1;
  const int file =
      real<int (*)(const char*, int, ...)>(name)(path, flags, mode);
  if (file >= 0 && file < kFiles) watched[file] = write;
  return file;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = va_arg(rest, mode_t);
  va_end(rest);
  return open_file("open", path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = va_arg(rest, mode_t);
  va_end(rest);
  return open_file("open64", path, flags, mode);
}

ssize_t write(int file, const void* data, size_t bytes) {
  if (is_watched(file)) {
    if (is("write") && fails(static_cast<long long>(bytes))) return -1;
    if (is("lose") && fails(static_cast<long long>(bytes))) {
      return static_cast<ssize_t>(bytes);
    }
  }
  return real<ssize_t (*)(int, const void*, size_t)>("write")(file, data,
                                                              bytes);
}

int fsync(int file) {
  if (is_watched(file) && is("fsync") && fails(1)) return -1;
  return real<int (*)(int)>("fsync")(file);
}

int rename(const char* from, const char* to) {
  if (std::strstr(to, ".weft") && is("rename") && fails(1)) return -1;
  return real<int (*)(const char*, const char*)>("rename")(from, to);
}

}  // extern "C"
