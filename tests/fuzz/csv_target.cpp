#include <string>

#include "target.h"
#include "weft/data.h"

using namespace weft;

namespace {

/// A table that is read is written, and then has the same numbers.
void read(const std::string& path, const data::CsvOptions& options) {
  static const std::string again = fuzz::scratch_path("again.csv");
  data::Dataset d;
  if (!fuzz::accepted(path, [&] { d = data::read_csv(path, options); })) return;
  d.check();
  if (d.targets.size() == 0 || d.size() == 0) return;
  if (!fuzz::worked([&] { data::write_csv(again, d); })) return;
  const data::Dataset same =
      data::read_csv(again, {.classes = options.classes,
                             .separator = ',',
                             .header = data::CsvOptions::Header::yes});
  fuzz::require(same.inputs.bits_equal(d.inputs), "other inputs");
  fuzz::require(same.targets.bits_equal(d.targets), "other targets");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using Header = data::CsvOptions::Header;
  static fuzz::MemoryFile file;
  file.set(data, size);
  read(file.path(), {});
  read(file.path(), {.target = "", .classes = false, .header = Header::no});
  read(file.path(), {.target = "b",
                     .classes = false,
                     .separator = ';',
                     .header = Header::yes});
  return 0;
}
