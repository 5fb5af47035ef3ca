#include "weft/npz.h"

#include <zlib.h>

#include <filesystem>
#include <set>

#include "src/core/printable.h"
#include "src/data/input_file.h"
#include "src/data/npy_header.h"
#include "src/data/zip.h"
#include "src/io/common/temporary_file.h"

namespace weft::data {

namespace {

constexpr std::string_view kEnding = ".npy";

std::string read_whole(const std::string& path) {
  InputFile file(path);
  std::vector<std::uint8_t> bytes;
  file.append(bytes, InputFile::kUnknown);
  return {bytes.begin(), bytes.end()};
}

/// The directory is checked against the ZIP file; one that is packed by gzip
/// again could unpack to a thousand times a thousand times its size.
void check_size(const std::string& path, std::uint64_t unpacked,
                const std::vector<ZipEntry>& entries) {
  std::error_code error;  // a pipe has no size
  const std::uint64_t size = std::filesystem::file_size(path, error);
  if (error || unpacked <= size) return;
  std::uint64_t total = 0;
  for (const ZipEntry& e : entries) total += e.size;
  if (total <= size * kMostRatio) return;
  fail(path, "is packed twice, by gzip and as NPZ, and its " +
                 count_of(size, "byte") + " unpack to " +
                 std::to_string(total) + ", more than " +
                 std::to_string(kMostRatio) +
                 " times as many; if it is to be trusted, unpack it with "
                 "gunzip first");
}

}  // namespace

NamedTensors read_npz(const std::string& path) {
  const std::string file = read_whole(path);
  NamedTensors tensors;
  std::set<std::string> names;
  const std::vector<ZipEntry> entries = read_zip_directory(path, file);
  check_size(path, file.size(), entries);
  for (const ZipEntry& e : entries) {
    const std::string name =
        e.name.size() > kEnding.size() && e.name.ends_with(kEnding)
            ? e.name.substr(0, e.name.size() - 4)
            : e.name;
    if (!names.insert(name).second) {
      fail(path, "the entry '" + name + "' is there twice");
    }
    const auto bytes = read_zip_entry(path, file, e);
    InputFile array(path + "/" + detail::printable(e.name), bytes);
    tensors.emplace_back(name, read_npy(array));
  }
  return tensors;
}

void write_npz(const std::string& path, const NamedTensors& tensors) {
  std::vector<ZipEntry> entries;
  std::set<std::string_view> names;
  std::uint64_t offset = 0;
  constexpr std::uint64_t kMost = 0xfffffffe;
  for (const auto& [name, tensor] : tensors) {
    const std::string head = npy_header(tensor);
    ZipEntry e;
    e.name = name + std::string(kEnding);
    e.size = e.packed = head.size() + tensor.bytes();
    e.header = offset;
    if (name.empty() || e.name.size() > 0xffff || !names.insert(name).second) {
      fail(path, "an entry can't be named '" + name.substr(0, 80) +
                     "': a name is neither empty, longer than 65,531 bytes nor "
                     "there twice");
    }
    uLong sum =
        crc32_z(0, reinterpret_cast<const Bytef*>(head.data()), head.size());
    sum = crc32_z(sum, static_cast<const Bytef*>(tensor.raw()), tensor.bytes());
    e.checksum = static_cast<std::uint32_t>(sum);
    offset += zip_local_header(e).size() + e.size;
    if (offset > kMost || entries.size() == 0xfffe) {
      fail(path,
           "NPZ files of 4 GB and more, or of more than 65,534 arrays, "
           "can't be written; write safetensors");
    }
    entries.push_back(std::move(e));
  }
  const std::string directory = zip_directory(entries, offset);
  if (offset + directory.size() > kMost)
    fail(path, "its directory is too long");
  io::TemporaryFile file(path);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Tensor& tensor = tensors[i].second;
    const std::string head = zip_local_header(entries[i]) + npy_header(tensor);
    file.write(head.data(), head.size());
    file.write(tensor.raw(), tensor.bytes());
  }
  file.write(directory.data(), directory.size());
  file.commit();
}

}  // namespace weft::data
