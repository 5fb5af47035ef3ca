#include <optional>

#include "container.h"
#include "target.h"
#include "use_model.h"
#include "weft/io.h"

using namespace weft;

namespace {

std::optional<Trainer> loaded(const std::string& path,
                              const LoadOptions& options) {
  std::optional<Trainer> t;
  fuzz::accepted(path, [&] { t.emplace(load(path, options)); });
  return t;
}

}  // namespace

/// A file that loads in one way loads in every way.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  static fuzz::MemoryFile file;
  file.set(data, size);
  const std::string& path = file.path();
  const bool inspected = fuzz::accepted(path, [&] { inspect(path); });
  // Checksums of tensors lie within a section, so that a mutation leaves them
  // wrong: without them more is reached.
  auto t = loaded(path, {.threads = 1, .verify = false});
  fuzz::require(inspected || !t, "what can't be inspected was loaded");
  const auto sound = loaded(path, {.threads = 1});
  fuzz::require(t.has_value() || !sound, "checksums made it loadable");
  for (const bool map : {false, true}) {
    auto model = loaded(
        path, {.threads = 1, .inference = true, .map = map, .verify = false});
    fuzz::require(model.has_value() || !t, "it loads, but not for inference");
    if (model) fuzz::use_model(*model);
  }
  if (t) fuzz::use_model(*t);
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data,
                                               std::size_t size,
                                               std::size_t most,
                                               unsigned seed) {
  return fuzz::mutate_container(data, size, most, seed);
}
