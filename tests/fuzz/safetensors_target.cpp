#include <cstring>

#include "target.h"
#include "weft/safetensors.h"

using namespace weft;

namespace {

void require_same(const NamedTensors& a, const NamedTensors& b) {
  std::map<std::string, const Tensor*> known;
  for (const auto& [name, t] : b) known[name] = &t;
  fuzz::require(a.size() == known.size(), "another number of tensors");
  for (const auto& [name, t] : a) {
    fuzz::require(known.count(name) == 1 && known[name]->bits_equal(t),
                  "another tensor");
  }
}

}  // namespace

/// Tensors that are read are written, and then are the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  static fuzz::MemoryFile file;
  static const std::string again = fuzz::scratch_path("again.safetensors");
  file.set(data, size);
  NamedTensors tensors;
  std::map<std::string, std::string> metadata, metadata_again;
  if (!fuzz::accepted(file.path(), [&] {
        tensors = read_safetensors(file.path(), &metadata);
      })) {
    return 0;
  }
  write_safetensors(again, tensors, metadata);
  require_same(tensors, read_safetensors(again, &metadata_again));
  fuzz::require(metadata == metadata_again, "other metadata");
  return 0;
}

/// Makes the length of the header fit after most mutations: up to the last
/// brace.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data,
                                               std::size_t size,
                                               std::size_t most,
                                               unsigned seed) {
  size = LLVMFuzzerMutate(data, size, most);
  if (seed % 4 == 0 || size < 8) return size;
  const std::string_view text(reinterpret_cast<const char*>(data) + 8,
                              size - 8);
  const std::size_t brace = text.rfind('}');
  if (brace == text.npos) return size;
  const std::uint64_t length = brace + 1;
  std::memcpy(data, &length, sizeof length);
  return size;
}
