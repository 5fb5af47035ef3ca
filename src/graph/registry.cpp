#include "weft/registry.h"

#include "src/core/cpu.h"
#include "src/core/printable.h"
#include "weft/error.h"

namespace weft {

namespace ops {
void register_all(Registry& registry);  // made by the build from ops/*.cpp
}

namespace {

/// A number may be too large for the field of the op's struct.
void check_kept(const Op& op, std::span<const Attribute> given) {
  for (const Attribute& kept : op.attributes()) {
    const auto* number = std::get_if<std::int64_t>(&kept.value);
    for (const Attribute& a : given) {
      if (!number || a.name != kept.name || a.value == kept.value) continue;
      throw FormatError("[" + std::string(op.name()) + "] the attribute '" +
                        a.name + "' can't be " + to_string(a.value) +
                        ": it is out of range");
    }
  }
}

}  // namespace

Registry& registry() {
  require_cpu();  // the list of ops is compiled for the kernels' processor
  static Registry& all = *[] {
    auto* r = new Registry;  // never destroyed: usable during exit
    ops::register_all(*r);
    return r;
  }();
  return all;
}

void Registry::add_entry(Entry entry) {
  const std::lock_guard lock(mutex_);
  auto [at, added] = entries_.try_emplace(entry.name, entry);
  if (!added && at->second.make != entry.make) {
    throw GraphError("[registry] two ops have the name '" + entry.name +
                     "'; rename one of them");
  }
}

OpPtr Registry::make_op_by_name(std::string_view name,
                                std::span<const Attribute> attributes) const {
  Maker make = nullptr;
  {
    const std::lock_guard lock(mutex_);
    const auto at = entries_.find(name);
    if (at != entries_.end()) make = at->second.make;
  }
  if (!make) {
    throw FormatError("the op '" + detail::printable(name) +
                      "' is not registered; call weft::registry().add<...>() "
                      "with its struct before loading");
  }
  OpPtr op = make(attributes);
  check_kept(*op, attributes);
  return op;
}

bool Registry::contains(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  return entries_.find(name) != entries_.end();
}

std::vector<std::string> Registry::names() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> all;
  for (const auto& [name, entry] : entries_) all.push_back(name);
  return all;
}

OpPtr Registry::prototype(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(name);
  if (at == entries_.end()) {
    throw GraphError("[registry] there is no op '" + std::string(name) + "'");
  }
  return at->second.prototype;
}

TransformRules Registry::rules(const Op& op) const {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(op.name());
  if (at == entries_.end() || *at->second.type != typeid(op)) return {};
  return at->second.rules;
}

void Registry::check_attributes(std::string_view op,
                                const std::vector<Attribute>& expected,
                                std::span<const Attribute> found) {
  auto has = [](auto&& list, const std::string& name) {
    for (const Attribute& a : list) {
      if (a.name == name) return true;
    }
    return false;
  };
  for (const Attribute& a : found) {
    if (!has(expected, a.name)) {
      throw FormatError("[" + std::string(op) + "] has no attribute '" +
                        detail::printable(a.name) + "'");
    }
  }
  for (const Attribute& a : expected) {
    if (!has(found, a.name)) {
      throw FormatError("[" + std::string(op) + "] the attribute '" + a.name +
                        "' is missing");
    }
  }
}

}  // namespace weft
