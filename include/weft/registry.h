#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "weft/op.h"

namespace weft {

/// The ops that files may contain, by name. Weft's own are there from the
/// first use; a program adds its own with `registry().add<MyOp>()`.
class Registry {
 public:
  /// Adds an op; adding the same type again changes nothing. Throws GraphError
  /// if another type has that name.
  template <class T>
  void add() {
    add_entry({std::string(T::name), &make<T>, make_op(T{})});
  }

  /// The op with these attributes. Throws FormatError if the name is not
  /// registered, or an attribute is unknown, missing or of another type.
  OpPtr make_op_by_name(std::string_view name,
                        std::span<const Attribute> attributes) const;
  bool contains(std::string_view name) const;
  /// All names, sorted.
  std::vector<std::string> names() const;
  /// The op with its default attributes. Throws GraphError if unknown.
  OpPtr prototype(std::string_view name) const;

 private:
  using Maker = OpPtr (*)(std::span<const Attribute>);
  struct Entry {
    std::string name;
    Maker make;
    OpPtr prototype;
  };

  template <class T>
  static OpPtr make(std::span<const Attribute> attributes) {
    T op{};
    check_attributes(T::name, detail::attributes_of(op), attributes);
    for (const Attribute& a : attributes) detail::set_attribute(op, a);
    return make_op(std::move(op));
  }
  static void check_attributes(std::string_view op,
                               const std::vector<Attribute>& expected,
                               std::span<const Attribute> found);
  void add_entry(Entry entry);

  mutable std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
};

/// The registry of this program.
Registry& registry();

}  // namespace weft
