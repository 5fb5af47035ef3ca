#include "container.h"
#include "target.h"
#include "weft/minimizers.h"

using namespace weft;

/// A state that is read is written, and then is the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  static fuzz::MemoryFile file;
  static const std::string again = fuzz::scratch_path("again.weft");
  file.set(data, size);
  State state;
  if (!fuzz::accepted(file.path(), [&] { state = load_state(file.path()); })) {
    return 0;
  }
  save_state(state, again);
  const State same = load_state(again);
  fuzz::require(same.step == state.step &&
                    same.seed.value == state.seed.value &&
                    same.entries().size() == state.entries().size(),
                "another state");
  for (const State::Entry& e : state.entries()) {
    fuzz::require(same.at(e.path).bits_equal(e.tensor), "another tensor");
  }
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data,
                                               std::size_t size,
                                               std::size_t most,
                                               unsigned seed) {
  return fuzz::mutate_container(data, size, most, seed);
}
