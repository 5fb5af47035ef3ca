#include "target.h"
#include "weft/data.h"

using namespace weft;

/// An array that is read is written, and then is the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  static fuzz::MemoryFile file, again;
  file.set(data, size);
  Tensor t;
  if (!fuzz::accepted(file.path(), [&] { t = data::read_npy(file.path()); })) {
    return 0;
  }
  data::write_npy(again.path(), t);
  fuzz::require(data::read_npy(again.path()).bits_equal(t), "another array");
  return 0;
}
