#include "container.h"

#include <algorithm>
#include <cstring>

#include "src/io/file/container.h"
#include "src/io/file/layout.h"
#include "target.h"

namespace weft::fuzz {

namespace {

template <class T>
T field(const std::string& bytes, std::size_t at) {
  T value{};
  if (at + sizeof value <= bytes.size()) {
    std::memcpy(&value, bytes.data() + at, sizeof value);
  }
  return value;
}

template <class T>
void append(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

}  // namespace

Sections unpack(const std::string& file) {
  Sections sections;
  const auto count = std::min(field<std::uint32_t>(file, 24), 4U);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::size_t at = io::kHeaderBytes + i * io::kEntryBytes;
    if (at + io::kEntryBytes > file.size()) break;
    const std::string name(file.data() + at, ::strnlen(file.data() + at, 16));
    const std::size_t begin = std::min<std::uint64_t>(
        field<std::uint64_t>(file, at + 16), file.size());
    const std::size_t length = std::min<std::uint64_t>(
        field<std::uint64_t>(file, at + 24), file.size() - begin);
    sections.emplace_back(name, file.substr(begin, length));
  }
  return sections;
}

std::string pack(const Sections& sections) {
  std::string table, body;
  const std::size_t first =
      io::padded(io::kHeaderBytes + sections.size() * io::kEntryBytes);
  for (const auto& [name, bytes] : sections) {
    std::string fixed = name;
    fixed.resize(16, '\0');
    table += fixed;
    append(table, static_cast<std::uint64_t>(first + body.size()));
    append(table, static_cast<std::uint64_t>(bytes.size()));
    append(table, io::crc32(bytes.data(), bytes.size()));
    append(table, std::uint32_t{0});
    body += bytes;
    body.resize(io::padded(body.size()), '\0');
  }
  std::string file = io::kMagic;
  append(file, io::kFormatVersion);
  append(file, io::kEndianMark);
  append(file, static_cast<std::uint64_t>(first + body.size()));
  append(file, static_cast<std::uint32_t>(sections.size()));
  const std::uint32_t sum = io::crc32(file.data(), file.size());
  append(file, io::crc32(table.data(), table.size(), sum));
  file += table;
  file.resize(first, '\0');
  return file + body;
}

std::size_t mutate_container(std::uint8_t* data, std::size_t size,
                             std::size_t most, unsigned seed) {
  Sections sections = unpack({reinterpret_cast<const char*>(data), size});
  if (sections.empty() || seed % 8 == 0) {
    return LLVMFuzzerMutate(data, size, most);
  }
  std::string& bytes = sections[seed / 8 % sections.size()].second;
  const std::size_t before = bytes.size();
  const std::size_t room = before + (most > size ? most - size : 0);
  bytes.resize(std::max<std::size_t>(room, 1));
  bytes.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(bytes.data()),
                                before, bytes.size()));
  const std::string file = pack(sections);
  if (file.size() > most) return LLVMFuzzerMutate(data, size, most);
  std::memcpy(data, file.data(), file.size());
  return file.size();
}

}  // namespace weft::fuzz
