#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "weft/shape.h"
#include "weft/source.h"

namespace weft {

class Graph;

/// A handle to one output of a node of a graph. Cheap to copy; valid as long as
/// its graph lives (moving the graph keeps it valid). A default-constructed
/// value is empty: "no value", "no gradient".
class Value {
 public:
  Value() = default;
  Value(Graph* graph, std::int32_t node, std::int32_t output)
      : graph_(graph), node_(node), output_(output) {}

  explicit operator bool() const { return graph_ != nullptr; }
  /// The graph. Throws GraphError if the value is empty.
  Graph& graph() const;
  std::int32_t node() const { return node_; }
  std::int32_t output() const { return output_; }
  const Type& type() const;
  const Shape& shape() const { return type().shape; }
  DType dtype() const { return type().dtype; }
  int rank() const { return type().shape.rank(); }
  /// The node's path, such as "encoder/fc1/weight".
  std::string path() const;

  friend bool operator==(const Value&, const Value&) = default;

 private:
  Graph* graph_ = nullptr;
  std::int32_t node_ = -1;
  std::int32_t output_ = 0;
};

/// An argument of an op: a value or a plain number, with the line of the user's
/// call. A number takes graph and dtype from its partner.
struct Operand {
  Operand(Value v, Source s = Source::current()) : value(v), at(s) {}  // NOLINT
  Operand(double n, Source s = Source::current())
      : number(n), at(s) {}  // NOLINT

  Value value;
  double number = 0;
  Source at;
};

/// The gradients of an op's N inputs; an empty value where there is none.
template <std::size_t N>
using Grads = std::array<Value, N>;

}  // namespace weft
