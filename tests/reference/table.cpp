#include "table.h"

#include <cstdlib>

namespace reference {

Axes Arguments::integers(const char* name, std::size_t count) const {
  const nlohmann::json& value = json(name);
  if (value.is_array()) return value.get<Axes>();
  return Axes(count, value.get<std::int64_t>());
}

Axes Arguments::values_of(std::size_t i) const {
  const weft::Tensor& t = case_.inputs.at(i).tensor;
  Axes values;
  for (std::int64_t k = 0; k < t.size(); ++k) {
    values.push_back(static_cast<std::int64_t>(t.at(k)));
  }
  return values;
}

Arguments Arguments::of(std::vector<Value> inputs) const {
  Arguments other = *this;
  other.inputs_ = std::move(inputs);
  return other;
}

Arguments Arguments::with(std::size_t i, Value x) const {
  std::vector<Value> inputs = inputs_;
  inputs.at(i) = x;
  return of(std::move(inputs));
}

double Arguments::number(const char* name) const {
  const nlohmann::json& value = json(name);
  // What JSON has no number for is a word.
  if (value.is_string()) return std::strtod(text(name, "").c_str(), nullptr);
  return value.get<double>();
}

bool Arguments::flag(const char* name, bool otherwise) const {
  if (!given(name)) return otherwise;
  const nlohmann::json& value = json(name);
  return value.is_boolean() ? value.get<bool>() : value.get<double>() != 0;
}

std::string Arguments::unread() const {
  std::string names;
  for (const auto& [name, value] : case_.attributes.items()) {
    if (!read_->contains(name)) names += (names.empty() ? "" : ", ") + name;
  }
  return names;
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
    add_comparisons(t);
    add_special(t);
    add_statistics(t);
    add_layouts(t);
    add_margins(t);
    add_samples(t);
    add_transforms(t);
    add_reduced(t);
    return t;
  }();
  return all;
}

}  // namespace reference
