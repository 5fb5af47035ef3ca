#include "target.h"
#include "weft/manifest.h"

using namespace weft;

namespace {

constexpr std::int64_t kSmall = 64, kLayers = 8;

bool is_small(const Manifest& m) {
  std::int64_t units = m.inputs + m.outputs;
  for (std::int64_t n : m.hidden) units += n;
  return units <= kSmall &&
         m.hidden.size() <= static_cast<std::size_t>(kLayers);
}

data::Dataset examples(const Manifest& m) {
  const std::int64_t columns = m.inputs > 0 ? m.inputs : 3, rows = 4;
  data::Dataset d;
  d.row = {Dim(columns)};
  d.inputs = Tensor(DType::f32, {Dim(rows), Dim(columns)});
  if (m.task != "class") {
    d.targets =
        Tensor(DType::f32, {Dim(rows), Dim(m.outputs > 0 ? m.outputs : 1)});
    return d;
  }
  d.targets = Tensor::from<std::int32_t>({0, 1, 0, 1}, {Dim(rows)});
  d.class_names = {"a", "b"};
  return d;
}

}  // namespace

/// A manifest that is read is written, and then is the same; and a small one
/// makes a network.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Manifest m;
  if (!fuzz::accepted("it.yaml",
                      [&] { m = parse_manifest(text, "it.yaml"); })) {
    return 0;
  }
  fuzz::require(parse_manifest(to_yaml(m)) == m, "another manifest");
  if (!is_small(m)) return 0;
  fuzz::worked([&] {
    const data::Dataset d = examples(m);
    make_trainer(m, d, 1).predict(d.inputs);
  });
  return 0;
}
