#include "src/io/file/container.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "src/core/printable.h"
#include "src/io/file/layout.h"
#include "weft/error.h"

namespace weft::io {

namespace {

constexpr std::uint32_t kMostSections = 64;

template <class T>
T field(const std::string& bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

}  // namespace

ContainerReader::ContainerReader(const std::string& path) : path_(path) {
  // A pipe would be waited for.
  file_ = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
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
  throw FormatError(path_ + ": " + detail::printable(why));
}

void ContainerReader::parse(const std::function<void()>& read) const {
  try {
    read();
  } catch (const Error& e) {
    const std::string text = e.what();
    if (text.rfind(path_, 0) == 0) throw;
    fail(text);
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
  // In version 1 the checksum is that of the table alone.
  const std::uint32_t before =
      version_ == 1 ? 0 : crc32(header.data(), kChecksumAt);
  if (crc32(table.data(), table.size(), before) !=
      field<std::uint32_t>(header, kChecksumAt)) {
    fail("the header or the table of sections is damaged");
  }
  check_padding(kHeaderBytes + table.size());
  std::uint64_t expected = padded(kHeaderBytes + table.size());
  for (std::uint32_t i = 0; i < count; ++i) {
    read_entry(table, i * kEntryBytes, expected);
  }
  if (expected != size_) {
    fail("the sections end at byte " + std::to_string(expected) +
         ", the file at byte " + std::to_string(size_));
  }
}

/// Sections follow each other: no byte is in two, or in none.
void ContainerReader::read_entry(const std::string& table, std::size_t at,
                                 std::uint64_t& expected) {
  Section s;
  s.name = std::string(table.data() + at, ::strnlen(table.data() + at, 16));
  s.offset = field<std::uint64_t>(table, at + 16);
  s.length = field<std::uint64_t>(table, at + 24);
  s.checksum = field<std::uint32_t>(table, at + 32);
  if (s.offset > size_ || s.length > size_ - s.offset) {
    fail("the section '" + s.name + "' lies outside the file");
  }
  if (s.offset != expected) {
    fail("the section '" + s.name + "' begins at byte " +
         std::to_string(s.offset) + ", not at byte " +
         std::to_string(expected) + " where the one before it ends");
  }
  for (const Section& other : sections_) {
    if (other.name == s.name) fail("has two sections '" + s.name + "'");
  }
  check_padding(s.offset + s.length);
  expected = padded(s.offset + s.length);
  sections_.push_back(std::move(s));
}

void ContainerReader::check_padding(std::uint64_t end) const {
  char zeros[64];
  const std::uint64_t bytes = padded(end) - end;
  read_at(end, zeros, bytes);
  for (std::uint64_t i = 0; i < bytes; ++i) {
    if (zeros[i] == 0) continue;
    fail("byte " + std::to_string(end + i) +
         ": is damaged: it lies between two records and is not 0");
  }
}

std::shared_ptr<char> ContainerReader::map() const {
  const auto size = static_cast<std::size_t>(size_);
  void* p = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_NORESERVE, file_, 0);
  if (p == MAP_FAILED) {
    throw DataError(path_ + ": can't be mapped: " + std::strerror(errno));
  }
  return {static_cast<char*>(p), [size](char* q) { ::munmap(q, size); }};
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

}  // namespace weft::io
