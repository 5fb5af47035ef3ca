#include "target.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

/// Where there is no libFuzzer, mutators are not called.
extern "C" __attribute__((weak)) std::size_t LLVMFuzzerMutate(std::uint8_t*,
                                                              std::size_t size,
                                                              std::size_t) {
  return size;
}

namespace weft::fuzz {

void require(bool holds, std::string_view text) {
  if (holds) return;
  std::fprintf(stderr, "fuzz: %.*s\n", static_cast<int>(text.size()),
               text.data());
  std::abort();
}

MemoryFile::MemoryFile() : file_(::memfd_create("fuzz", MFD_CLOEXEC)) {
  require(file_ >= 0, "no file in memory");
  path_ = "/proc/self/fd/" + std::to_string(file_);
}

MemoryFile::~MemoryFile() { ::close(file_); }

void MemoryFile::set(const void* data, std::size_t size) {
  require(::ftruncate(file_, 0) == 0 &&
              ::pwrite(file_, data, size, 0) == static_cast<ssize_t>(size),
          "the file in memory can't be written");
}

namespace {

struct Folder {
  std::filesystem::path path;
  Folder() {
    std::error_code none;
    path = std::filesystem::is_directory("/dev/shm", none)
               ? "/dev/shm"
               : std::filesystem::temp_directory_path();
    path /= "weft_fuzz." + std::to_string(::getpid());
    std::filesystem::create_directories(path);
  }
  ~Folder() {
    std::error_code none;
    std::filesystem::remove_all(path, none);
  }
};

}  // namespace

std::string scratch_path(const std::string& name) {
  static const Folder folder;
  return (folder.path / name).string();
}

std::string read_all(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool accepted(const std::string& path, const std::function<void()>& read) {
  const auto refused = [&](const Error& e) {
    const std::string_view text = e.what();
    require(text.find(path) != text.npos && text.size() > path.size() + 3,
            "an error that does not name the file: " + std::string(text));
    return false;
  };
  try {
    read();
    return true;
  } catch (const DataError& e) {
    return refused(e);
  } catch (const FormatError& e) {
    return refused(e);
  }
}

bool worked(const std::function<void()>& use) {
  try {
    use();
    return true;
  } catch (const Error& e) {
    require(e.what()[0] != '\0', "an error without a text");
    return false;
  }
}

}  // namespace weft::fuzz
