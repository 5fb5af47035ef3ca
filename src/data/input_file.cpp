#include "src/data/input_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <stdexcept>

#include "src/core/printable.h"
#include "src/data/zip.h"
#include "weft/error.h"

namespace weft::data {

namespace {

constexpr std::size_t kChunk = 1 << 16;
constexpr std::uint64_t kGrowth = 1 << 20;

}  // namespace

void fail(const std::string& path, const std::string& why) {
  throw DataError(path + ": " + detail::printable(why));
}

std::string count_of(std::uint64_t n, const std::string& thing) {
  return std::to_string(n) + " " + thing + (n == 1 ? "" : "s");
}

InputFile::InputFile(const std::string& path) : path_(path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    fail(path, std::string("can't be opened: ") + std::strerror(errno));
  }
  if (S_ISDIR(info.st_mode)) fail(path, "is a directory; name a file in it");
  std::uint8_t magic[2] = {};
  file_ = std::fopen(path.c_str(), "rb");
  if (!file_) {
    fail(path, std::string("can't be opened: ") + std::strerror(errno));
  }
  try {
    const std::size_t got = read_file(magic, sizeof magic);
    if (got == 0) fail(path, "is empty");
    // What was read of a pipe can't be read again: it goes through the chunk.
    chunk_.resize(kChunk);
    std::copy_n(magic, got, chunk_.data());
    stream_.next_in = chunk_.data();
    stream_.avail_in = static_cast<uInt>(got);
    packed_ = got == 2 && magic[0] == 0x1f && magic[1] == 0x8b;
    if (packed_ && inflateInit2(&stream_, 15 + 16) != Z_OK) {
      fail(path, "can't be unpacked: zlib has no memory");
    }
    // A file of /proc has no size until it is read.
    if (S_ISREG(info.st_mode) && info.st_size > 0) {
      (packed_ ? packed_size_ : size_) =
          static_cast<std::uint64_t>(info.st_size);
    }
  } catch (...) {
    std::fclose(file_);
    throw;
  }
}

InputFile::InputFile(const std::string& name,
                     std::span<const std::uint8_t> bytes)
    : path_(name), size_(bytes.size()) {
  if (bytes.empty()) fail(name, "is empty");
  file_ =
      ::fmemopen(const_cast<std::uint8_t*>(bytes.data()), bytes.size(), "rb");
  if (!file_) fail(name, std::string("can't be read: ") + strerror(errno));
}

InputFile::~InputFile() {
  if (packed_) inflateEnd(&stream_);
  std::fclose(file_);
}

std::size_t InputFile::read_file(void* into, std::size_t size) {
  const std::size_t got = std::fread(into, 1, size, file_);
  if (got < size && std::ferror(file_)) {
    fail(path_, std::string("can't be read: ") + std::strerror(errno));
  }
  return got;
}

std::size_t InputFile::read(void* into, std::size_t size) {
  std::size_t got = 0;
  if (packed_) {
    got = read_packed(into, size);
  } else {
    got = std::min<std::size_t>(size, stream_.avail_in);
    std::copy_n(stream_.next_in, got, static_cast<std::uint8_t*>(into));
    stream_.next_in += got;
    stream_.avail_in -= static_cast<uInt>(got);
    got += read_file(static_cast<std::uint8_t*>(into) + got, size - got);
  }
  position_ += got;
  return got;
}

/// Reads more packed bytes when there are none left; false at the file's end.
bool InputFile::refill() {
  if (stream_.avail_in > 0) return true;
  stream_.next_in = chunk_.data();
  stream_.avail_in = static_cast<uInt>(read_file(chunk_.data(), kChunk));
  return stream_.avail_in > 0;
}

std::size_t InputFile::read_packed(void* into, std::size_t size) {
  std::size_t done = 0;
  while (done < size && !ended_) {
    const std::size_t step = std::min<std::size_t>(size - done, 1U << 30);
    stream_.next_out = static_cast<Bytef*>(into) + done;
    stream_.avail_out = static_cast<uInt>(step);
    const bool more = refill();
    const int result = inflate(&stream_, Z_NO_FLUSH);
    done += step - stream_.avail_out;
    if (result == Z_STREAM_END) {
      // Another member may follow, as `cat a.gz b.gz` makes them.
      ended_ = !refill();
      if (!ended_ && *stream_.next_in != 0x1f) {
        fail(path_,
             "has bytes that are not gzip after its gzip data, which "
             "unpack to " +
                 count_of(position_ + done, "byte") +
                 "; copy or download it again");
      }
      if (!ended_) inflateReset(&stream_);
    } else if (result == Z_BUF_ERROR && !more) {
      fail(path_, "its gzip data end early, after " +
                      count_of(position_ + done, "unpacked byte") +
                      "; copy or download it again");
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      fail(path_, "its gzip data are damaged after " +
                      count_of(position_ + done, "unpacked byte") + " (" +
                      (stream_.msg ? stream_.msg : "zlib gives no reason") +
                      "); copy or download it again");
    }
  }
  return done;
}

std::size_t InputFile::append(std::vector<std::uint8_t>& bytes,
                              std::uint64_t size) {
  std::uint64_t done = 0;
  try {
    while (done < size) {
      const std::uint64_t backed = size_ == kUnknown || position_ >= size_
                                       ? std::max(kGrowth, done)
                                       : size_ - position_ + 1;
      const auto step = static_cast<std::size_t>(std::min(size - done, backed));
      const std::size_t before = bytes.size();
      bytes.resize(before + step);
      const std::size_t got = read(bytes.data() + before, step);
      bytes.resize(before + got);
      done += got;
      if (got < step) break;
    }
  } catch (const std::bad_alloc&) {
    fail(path_, "has more than " + count_of(position_, "byte") +
                    ", for which there is no memory");
  } catch (const std::length_error&) {
    fail(path_, "has more bytes than fit into memory");
  }
  return static_cast<std::size_t>(done);
}

void InputFile::expect(std::uint64_t size, const std::string& claim) const {
  if (packed_size_ != kUnknown && size / kMostRatio > packed_size_) {
    fail(path_, claim + " promises " + count_of(size, "byte") + ", which " +
                    count_of(packed_size_, "byte") +
                    " of gzip can't hold; the file is cut, or its header is "
                    "wrong");
  }
  if (size_ == kUnknown || size_ - position_ == size) return;
  fail(path_, claim + " promises " + count_of(size, "byte") +
                  " of data from byte " + std::to_string(position_) +
                  " on, there are " + std::to_string(size_ - position_) +
                  "; the file is cut, or its header is wrong");
}

void InputFile::read_rest(std::vector<std::uint8_t>& bytes, std::uint64_t size,
                          const std::string& claim) {
  expect(size, claim);
  const std::uint64_t begin = position_;
  const std::size_t got = append(bytes, size);
  std::uint8_t extra = 0;
  const bool more = got == size && read(&extra, 1) == 1;
  if (got == size && !more) return;
  fail(path_, claim + " promises " + count_of(size, "byte") +
                  " of data from byte " + std::to_string(begin) +
                  " on, there are " + (more ? "more" : std::to_string(got)) +
                  "; the file is cut, or its header is wrong");
}

}  // namespace weft::data
