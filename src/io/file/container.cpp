#include "src/io/file/container.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "weft/error.h"

namespace weft::io {

namespace {

constexpr char kMagic[] = "WEFTFILE";
constexpr std::uint32_t kEndianMark = 0x01020304;
constexpr std::size_t kHeaderBytes = 32;
constexpr std::size_t kEntryBytes = 40;
constexpr std::uint32_t kMostSections = 64;

std::uint64_t padded(std::uint64_t n) { return (n + 63) / 64 * 64; }

template <class T>
void append(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}
template <class T>
T field(const std::string& bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

}  // namespace

std::uint32_t crc32(const void* data, std::size_t bytes) {
  return static_cast<std::uint32_t>(
      ::crc32_z(0, static_cast<const Bytef*>(data), bytes));
}

ContainerReader::ContainerReader(const std::string& path) : path_(path) {
  file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat info {};
  if (file_ < 0 || ::fstat(file_, &info) != 0) {
    const std::string why = std::strerror(errno);
    if (file_ >= 0) ::close(file_);
    throw DataError(path + ": can't be opened: " + why);
  }
  try {
    if (!S_ISREG(info.st_mode)) {
      throw DataError(path + ": is no regular file");
    }
    size_ = static_cast<std::uint64_t>(info.st_size);
    read_table();
  } catch (...) {
    ::close(file_);
    throw;
  }
}

ContainerReader::~ContainerReader() { ::close(file_); }

void ContainerReader::fail(const std::string& why) const {
  throw FormatError(path_ + ": " + why);
}

void ContainerReader::parse(const std::function<void()>& read) const {
  try {
    read();
  } catch (const FormatError& e) {
    const std::string text = e.what();
    if (text.rfind(path_, 0) == 0) throw;
    fail(text);
  } catch (const DataError&) {
    throw;
  } catch (const Error& e) {
    fail(e.what());
  } catch (const std::exception& e) {
    fail(std::string("a record can't be read: ") + e.what());
  }
}

void ContainerReader::read_at(std::uint64_t offset, void* into,
                              std::size_t bytes) const {
  if (offset > size_ || bytes > size_ - offset) {
    fail("ends at byte " + std::to_string(size_) + ", but " +
         std::to_string(bytes) + " bytes are needed from byte " +
         std::to_string(offset));
  }
  auto* p = static_cast<char*>(into);
  while (bytes > 0) {
    const ssize_t got = ::pread(file_, p, bytes, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      throw DataError(path_ + ": can't be read at byte " +
                      std::to_string(offset) + ": " +
                      (got < 0 ? std::strerror(errno) : "it got shorter"));
    }
    p += got;
    offset += static_cast<std::uint64_t>(got);
    bytes -= static_cast<std::size_t>(got);
  }
}

void ContainerReader::read_table() {
  if (size_ < kHeaderBytes) fail("is no Weft file: it is too short");
  std::string header(kHeaderBytes, '\0');
  read_at(0, header.data(), header.size());
  if (header.compare(0, 8, kMagic) != 0) {
    fail("is no Weft file: it does not begin with WEFTFILE");
  }
  version_ = field<std::uint32_t>(header, 8);
  if (field<std::uint32_t>(header, 12) != kEndianMark) {
    fail("byte 12: was written on a machine of another byte order");
  }
  if (version_ == 0 || version_ > kFormatVersion) {
    fail("has the format version " + std::to_string(version_) +
         ", this program reads up to " + std::to_string(kFormatVersion) +
         "; use a newer Weft");
  }
  if (field<std::uint64_t>(header, 16) != size_) {
    fail("byte 16: was " + std::to_string(field<std::uint64_t>(header, 16)) +
         " bytes long when written, is " + std::to_string(size_) +
         "; it is truncated or has something appended");
  }
  const auto count = field<std::uint32_t>(header, 24);
  if (count > kMostSections) {
    fail("byte 24: " + std::to_string(count) + " sections");
  }
  std::string table(count * kEntryBytes, '\0');
  read_at(kHeaderBytes, table.data(), table.size());
  if (crc32(table.data(), table.size()) != field<std::uint32_t>(header, 28)) {
    fail("the table of sections is damaged");
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::size_t at = i * kEntryBytes;
    Section s;
    s.name = std::string(table.data() + at, ::strnlen(table.data() + at, 16));
    s.offset = field<std::uint64_t>(table, at + 16);
    s.length = field<std::uint64_t>(table, at + 24);
    s.checksum = field<std::uint32_t>(table, at + 32);
    if (s.offset > size_ || s.length > size_ - s.offset) {
      fail("the section '" + s.name + "' lies outside the file");
    }
    sections_.push_back(std::move(s));
  }
}

const Section& ContainerReader::section(const std::string& name) const {
  for (const Section& s : sections_) {
    if (s.name == name) return s;
  }
  fail("the section '" + name + "' is missing");
}

std::string ContainerReader::read(const Section& s) const {
  std::string bytes(s.length, '\0');
  read_at(s.offset, bytes.data(), bytes.size());
  if (crc32(bytes.data(), bytes.size()) != s.checksum) {
    fail("the section '" + s.name + "' is damaged: its checksum differs");
  }
  return bytes;
}

namespace {

/// A file beside `path` that vanishes unless it is renamed to it.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& path)
      : path_(path), name_(path + ".tmp" + std::to_string(::getpid())) {
    file_ =
        ::open(name_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file_ < 0) fail("can't be created");
  }
  ~TemporaryFile() {
    if (file_ >= 0) ::close(file_);
    if (!done_) ::unlink(name_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  void write(const void* data, std::size_t bytes) {
    const auto* p = static_cast<const char*>(data);
    while (bytes > 0) {
      const ssize_t put = ::write(file_, p, bytes);
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) fail("can't be written");
      p += put;
      bytes -= static_cast<std::size_t>(put);
    }
  }
  void pad(std::uint64_t bytes) {
    static constexpr char kZeros[64] = {};
    write(kZeros, padded(bytes) - bytes);
  }
  void commit() {
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

 private:
  [[noreturn]] void fail(const std::string& what) {
    throw DataError(path_ + ": " + what + ": " + std::strerror(errno));
  }

  std::string path_, name_;
  int file_ = -1;
  bool done_ = false;
};

std::string padding(std::size_t bytes) {
  return std::string(padded(bytes) - bytes, '\0');
}

std::uint32_t checksum(const std::vector<Piece>& pieces) {
  uLong sum = 0;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const Piece& p = pieces[i];
    sum = ::crc32_z(sum, static_cast<const Bytef*>(p.data), p.bytes);
    if (i + 1 == pieces.size()) break;
    const std::string zeros = padding(p.bytes);
    sum = ::crc32_z(sum, reinterpret_cast<const Bytef*>(zeros.data()),
                    zeros.size());
  }
  return static_cast<std::uint32_t>(sum);
}

std::uint64_t length(const std::vector<Piece>& pieces) {
  std::uint64_t n = 0;
  for (const Piece& p : pieces) n = padded(n) + p.bytes;
  return n;
}

}  // namespace

void write_container(
    const std::string& path,
    const std::vector<std::pair<std::string, std::vector<Piece>>>& sections) {
  std::string table;
  std::uint64_t offset = padded(kHeaderBytes + sections.size() * kEntryBytes);
  for (const auto& [name, pieces] : sections) {
    std::string fixed = name;
    fixed.resize(16, '\0');
    table += fixed;
    append(table, offset);
    append(table, length(pieces));
    append(table, checksum(pieces));
    append(table, std::uint32_t{0});
    offset = padded(offset + length(pieces));
  }
  std::string header = kMagic;
  append(header, kFormatVersion);
  append(header, kEndianMark);
  append(header, offset);
  append(header, static_cast<std::uint32_t>(sections.size()));
  append(header, crc32(table.data(), table.size()));
  TemporaryFile file(path);
  file.write(header.data(), header.size());
  file.write(table.data(), table.size());
  file.pad(header.size() + table.size());
  for (const auto& [name, pieces] : sections) {
    for (const Piece& p : pieces) {
      file.write(p.data, p.bytes);
      file.pad(p.bytes);
    }
  }
  file.commit();
}

}  // namespace weft::io
