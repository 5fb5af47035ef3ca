#include <zlib.h>

#include <cstring>

#include "src/data/zip.h"
#include "target.h"
#include "weft/npz.h"

using namespace weft;

/// Arrays that are read are written, and then are the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  static fuzz::MemoryFile file;
  static const std::string again = fuzz::scratch_path("again.npz");
  file.set(data, size);
  NamedTensors tensors;
  if (!fuzz::accepted(file.path(),
                      [&] { tensors = data::read_npz(file.path()); })) {
    return 0;
  }
  // A name may be empty, or so long that there is no room for an ending.
  for (const auto& [name, t] : tensors) {
    if (name.empty() || name.size() > 65531) return 0;
  }
  data::write_npz(again, tensors);
  const NamedTensors same = data::read_npz(again);
  fuzz::require(same.size() == tensors.size(), "another number of arrays");
  for (std::size_t i = 0; i < same.size(); ++i) {
    fuzz::require(same[i].second.bits_equal(tensors[i].second),
                  "another array");
  }
  return 0;
}

namespace {

/// Puts the checksums of stored entries right, where there are such.
void repair(std::string& file) {
  std::vector<data::ZipEntry> entries;
  try {
    entries = data::read_zip_directory("", file);
  } catch (const Error&) {
    return;
  }
  for (const data::ZipEntry& e : entries) {
    const std::uint64_t begin = e.header + 30 + e.name.size();
    if (e.method != 0 || begin > file.size() || e.size > file.size() - begin) {
      continue;
    }
    const auto sum = static_cast<std::uint32_t>(::crc32_z(
        0, reinterpret_cast<const Bytef*>(file.data() + begin), e.size));
    // The entry's record is the one with its old checksum and sizes.
    std::string old(12, '\0'), now = old;
    const std::uint32_t before[] = {e.checksum,
                                    static_cast<std::uint32_t>(e.packed),
                                    static_cast<std::uint32_t>(e.size)};
    std::memcpy(old.data(), before, 12);
    now = old;
    std::memcpy(now.data(), &sum, 4);
    for (std::size_t at = 0; (at = file.find(old, at)) != file.npos; at += 12) {
      file.replace(at, 12, now);
    }
  }
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data,
                                               std::size_t size,
                                               std::size_t most,
                                               unsigned seed) {
  size = LLVMFuzzerMutate(data, size, most);
  if (seed % 4 == 0) return size;
  std::string file(reinterpret_cast<const char*>(data), size);
  repair(file);
  std::memcpy(data, file.data(), size);
  return size;
}
