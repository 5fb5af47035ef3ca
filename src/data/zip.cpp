#include "src/data/zip.h"

#include <zlib.h>

#include <algorithm>

#include "src/data/input_file.h"

namespace weft::data {

namespace {

constexpr std::uint32_t kLocal = 0x04034b50, kCentral = 0x02014b50,
                        kEnd = 0x06054b50;
constexpr std::size_t kLocalBytes = 30, kCentralBytes = 46, kEndBytes = 22;

/// A little-endian number of `bytes` bytes; fails beyond the end.
std::uint64_t number(const std::string& path, const std::string& file,
                     std::uint64_t at, std::size_t bytes) {
  if (at > file.size() || bytes > file.size() - at) {
    fail(path, "its ZIP records lie outside the file, at byte " +
                   std::to_string(at) + "; it is cut or damaged");
  }
  std::uint64_t value = 0;
  for (std::size_t i = bytes; i-- > 0;) {
    value = value << 8 | static_cast<std::uint8_t>(file[at + i]);
  }
  return value;
}

void append(std::string& out, std::uint64_t value, int bytes) {
  for (; bytes > 0; --bytes, value >>= 8) out += static_cast<char>(value & 255);
}

/// Where the record at the file's end begins; a comment may follow it.
std::uint64_t find_end(const std::string& path, const std::string& file) {
  if (file.size() >= kEndBytes) {
    const std::uint64_t last = file.size() - kEndBytes;
    for (std::uint64_t back = 0; back <= std::min<std::uint64_t>(last, 65535);
         ++back) {
      const std::uint64_t at = last - back;
      if (number(path, file, at, 4) == kEnd &&
          number(path, file, at + 20, 2) == back) {
        return at;
      }
    }
  }
  fail(path, "is no ZIP file, or is cut: the record at its end is missing");
}

std::vector<std::uint8_t> inflate_entry(const std::string& path,
                                        const ZipEntry& e,
                                        const std::string& file,
                                        std::uint64_t begin) {
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(e.size));
  z_stream z{};
  if (inflateInit2(&z, -15) != Z_OK) fail(path, "zlib has no memory");
  std::uint8_t none = 0;  // zlib wants a place even for no bytes
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(file.data() + begin));
  z.avail_in = static_cast<uInt>(e.packed);
  z.next_out = bytes.empty() ? &none : bytes.data();
  z.avail_out = static_cast<uInt>(e.size);
  const int result = inflate(&z, Z_FINISH);
  const bool whole = result == Z_STREAM_END && z.avail_out == 0;
  inflateEnd(&z);
  if (!whole) fail(path, "the entry '" + e.name + "' can't be unpacked");
  return bytes;
}

/// Fails if two entries have bytes in common: few of them would be unpacked to
/// many times what is there.
void check_apart(const std::string& path,
                 const std::vector<ZipEntry>& entries) {
  std::vector<const ZipEntry*> order;
  for (const ZipEntry& e : entries) order.push_back(&e);
  std::sort(order.begin(), order.end(),
            [](const auto* a, const auto* b) { return a->header < b->header; });
  std::uint64_t end = 0;
  for (const ZipEntry* e : order) {
    if (e->header < end) {
      fail(path, "the entry '" + e->name + "' lies within another one");
    }
    end = e->header + kLocalBytes + e->packed;
  }
}

}  // namespace

std::vector<ZipEntry> read_zip_directory(const std::string& path,
                                         const std::string& file) {
  const std::uint64_t end = find_end(path, file);
  const auto get = [&](std::uint64_t at, std::size_t bytes) {
    return number(path, file, at, bytes);
  };
  const std::uint64_t count = get(end + 10, 2), offset = get(end + 16, 4);
  if (count == 0xffff || offset == 0xffffffff) {
    fail(path, "is in ZIP64, for files from 4 GB on, which is not read");
  }
  if (get(end + 4, 4) != 0 || get(end + 8, 2) != count) {
    fail(path, "is a part of a ZIP file in several parts");
  }
  std::vector<ZipEntry> entries;
  std::uint64_t at = offset, total = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (get(at, 4) != kCentral) {
      fail(path, "byte " + std::to_string(at) +
                     ": its directory of entries is damaged");
    }
    ZipEntry e;
    const std::uint64_t name = get(at + 28, 2);
    get(at + kCentralBytes, name);
    e.name = file.substr(at + kCentralBytes, name);
    e.method = static_cast<std::uint16_t>(get(at + 10, 2));
    e.checksum = static_cast<std::uint32_t>(get(at + 16, 4));
    e.packed = get(at + 20, 4);
    e.size = get(at + 24, 4);
    e.header = get(at + 42, 4);
    if (std::max({e.packed, e.size, e.header}) == 0xffffffff) {
      fail(path, "the entry '" + e.name + "' is in ZIP64, which is not read");
    }
    if ((get(at + 8, 2) & 1) != 0 || (e.method != 0 && e.method != 8)) {
      fail(path, "the entry '" + e.name +
                     "' is encrypted, or packed by method " +
                     std::to_string(e.method) + "; known are 0 and 8");
    }
    total += e.packed;
    if (total > file.size() || e.size > (e.packed + 1) * kMostRatio) {
      fail(path, "the entry '" + e.name + "' claims more bytes than it has");
    }
    at += kCentralBytes + name + get(at + 30, 2) + get(at + 32, 2);
    entries.push_back(std::move(e));
  }
  check_apart(path, entries);
  return entries;
}

std::vector<std::uint8_t> read_zip_entry(const std::string& path,
                                         const std::string& file,
                                         const ZipEntry& e) {
  if (number(path, file, e.header, 4) != kLocal) {
    fail(path, "the entry '" + e.name + "' is not where it should be");
  }
  // Sizes here may be those of ZIP64, or come later: the directory has them.
  const std::uint64_t begin = e.header + kLocalBytes +
                              number(path, file, e.header + 26, 2) +
                              number(path, file, e.header + 28, 2);
  if (begin > file.size() || e.packed > file.size() - begin) {
    fail(path, "the entry '" + e.name + "' ends outside the file");
  }
  std::vector<std::uint8_t> bytes;
  if (e.method == 8) {
    bytes = inflate_entry(path, e, file, begin);
  } else {
    if (e.packed != e.size) {
      fail(path, "the entry '" + e.name + "' is stored with two sizes");
    }
    const auto first = file.begin() + static_cast<std::ptrdiff_t>(begin);
    bytes.assign(first, first + static_cast<std::ptrdiff_t>(e.size));
  }
  if (crc32_z(0, bytes.data(), bytes.size()) != e.checksum) {
    fail(path, "the entry '" + e.name + "' is damaged: its checksum differs");
  }
  return bytes;
}

std::string zip_local_header(const ZipEntry& e) {
  std::string out;
  append(out, kLocal, 4);
  append(out, 20, 2);      // version needed
  append(out, 0x0800, 2);  // names are UTF-8
  append(out, e.method, 2);
  append(out, 0x00210000, 4);  // 1 January 1980: equal content, equal bytes
  append(out, e.checksum, 4);
  append(out, e.packed, 4);
  append(out, e.size, 4);
  append(out, e.name.size(), 2);
  append(out, 0, 2);
  return out + e.name;
}

std::string zip_directory(const std::vector<ZipEntry>& entries,
                          std::uint64_t offset) {
  std::string out;
  for (const ZipEntry& e : entries) {
    append(out, kCentral, 4);
    append(out, 20, 2);
    // The rest is the local header's, from the version needed to the sizes.
    const std::string local = zip_local_header(e);
    out += local.substr(4, 26);
    append(out, 0, 2);  // comment
    append(out, 0, 2);  // disk
    append(out, 0, 2);  // attributes
    append(out, 0, 4);
    append(out, e.header, 4);
    out += e.name;
  }
  const std::size_t bytes = out.size();
  append(out, kEnd, 4);
  append(out, 0, 4);
  append(out, entries.size(), 2);
  append(out, entries.size(), 2);
  append(out, bytes, 4);
  append(out, offset, 4);
  append(out, 0, 2);
  return out;
}

}  // namespace weft::data
