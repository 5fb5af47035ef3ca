#include "table.h"

namespace reference {

Axes Arguments::integers(const char* name, std::size_t count) const {
  const nlohmann::json& value = json(name);
  if (value.is_array()) return value.get<Axes>();
  return Axes(count, value.get<std::int64_t>());
}

const Table& table() {
  static const Table all = [] {
    Table t;
    add_costs(t);
    add_elementwise(t);
    add_reductions(t);
    add_shapes(t);
    add_indices(t);
    add_images(t);
    add_matrices(t);
    add_sequences(t);
    add_programs(t);
    return t;
  }();
  return all;
}

}  // namespace reference
