#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "src/io/common/temporary_file.h"
#include "src/io/safetensors/elements.h"
#include "weft/error.h"
#include "weft/safetensors.h"

namespace weft {

namespace {

/// Wide elements first, so that all are aligned; then by name.
std::vector<const NamedTensors::value_type*> in_order(
    const std::string& path, const NamedTensors& tensors) {
  std::vector<const NamedTensors::value_type*> order;
  std::set<std::string_view> names;
  for (const auto& t : tensors) {
    if (t.first == "__metadata__" || !names.insert(t.first).second) {
      throw DataError(
          path + ": a tensor can't be named '" + t.first + "': the name is " +
          (t.first == "__metadata__" ? "the format's own" : "there twice"));
    }
    order.push_back(&t);
  }
  std::sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    const std::size_t m = size_of(a->second.dtype());
    const std::size_t n = size_of(b->second.dtype());
    return m != n ? m > n : a->first < b->first;
  });
  return order;
}

}  // namespace

void write_safetensors(const std::string& path, const NamedTensors& tensors,
                       const std::map<std::string, std::string>& metadata) {
  const auto order = in_order(path, tensors);
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::uint64_t offset = 0;
  for (const auto* t : order) {
    std::vector<std::int64_t> shape;
    for (Dim d : t->second.shape()) shape.push_back(d.size());
    header[t->first] = {{"dtype", io::stored_name(t->second.dtype())},
                        {"shape", shape},
                        {"data_offsets", {offset, offset + t->second.bytes()}}};
    offset += t->second.bytes();
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const nlohmann::json::exception& e) {
    throw DataError(path + ": a name is not UTF-8: " + e.what());
  }
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const std::uint64_t length = text.size();
  io::TemporaryFile file(path);
  file.write(&length, sizeof length);
  file.write(text.data(), text.size());
  for (const auto* t : order) file.write(t->second.raw(), t->second.bytes());
  file.commit();
}

}  // namespace weft
