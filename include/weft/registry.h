#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <typeinfo>
#include <vector>

#include "weft/op.h"

namespace weft {

class Batched;

/// What the struct of an op has for the transforms besides `vjp`; null where it
/// has nothing, and they do without.
struct TransformRules {
  /// `jvp(inputs, outputs, tangents)`: the tangents of the outputs from those
  /// of the inputs, empty where there is none. Without it jvp() transposes vjp.
  std::vector<Value> (*jvp)(const void* op, std::span<const Value> inputs,
                            std::span<const Value> outputs,
                            std::span<const Value> tangents) = nullptr;
  /// `vmap(const Batched&)`: the outputs for a batch (weft/batched.h); empty,
  /// or without it: vmap() loops, unless the op is elementwise.
  std::vector<Value> (*vmap)(const void* op, const Batched& inputs) = nullptr;
};

/// The ops that files may contain, by name. Weft's own are there from the
/// first use; a program adds its own with `registry().add<MyOp>()`.
class Registry {
 public:
  /// Adds an op; adding the same type again changes nothing. Throws GraphError
  /// if another type has that name.
  template <class T>
  void add() {
    add_entry({std::string(T::name), &make<T>, make_op(T{}), rules_of<T>(),
               &typeid(detail::OpModel<T>)});
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
  /// The rules of an op's struct; none if that is not registered.
  TransformRules rules(const Op& op) const;

 private:
  using Maker = OpPtr (*)(std::span<const Attribute>);
  struct Entry {
    std::string name;
    Maker make;
    OpPtr prototype;
    TransformRules rules;
    const std::type_info* type;
  };

  template <class T>
  static OpPtr make(std::span<const Attribute> attributes) {
    T op{};
    check_attributes(T::name, detail::attributes_of(op), attributes);
    for (const Attribute& a : attributes) detail::set_attribute(op, a);
    return make_op(std::move(op));
  }
  template <class T>
  static TransformRules rules_of() {
    using Values = std::span<const Value>;
    TransformRules rules;
    if constexpr (requires(const T& op, Values v) { op.jvp(v, v, v); }) {
      rules.jvp = [](const void* op, Values in, Values out, Values tangents) {
        return detail::to_values(
            static_cast<const T*>(op)->jvp(in, out, tangents));
      };
    }
    if constexpr (requires(const T& op, const Batched& in) { op.vmap(in); }) {
      rules.vmap = [](const void* op, const Batched& in) {
        return detail::to_values(static_cast<const T*>(op)->vmap(in));
      };
    }
    return rules;
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
