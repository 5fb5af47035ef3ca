#pragma once

// Which of Weft's functions an operation of the reference is.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "cases.h"
#include "weft/graph.h"
#include "weft/ops.h"

namespace reference {

using weft::Operand;
using weft::Value;
using Axes = std::vector<std::int64_t>;
using Results = std::vector<Value>;

/// The inputs of a case in a graph, and its attributes.
class Arguments {
 public:
  Arguments(weft::Graph& g, const Case& c, std::vector<Value> inputs)
      : graph(g), case_(c), inputs_(std::move(inputs)) {}

  weft::Graph& graph;

  std::size_t size() const { return inputs_.size(); }
  /// Input i; empty if it is absent.
  Value operator[](std::size_t i) const {
    return i < inputs_.size() ? inputs_[i] : Value();
  }
  const std::vector<Value>& inputs() const { return inputs_; }

  /// An attribute; the second form where it may be missing or null.
  template <class T>
  T get(const char* name) const {
    return case_.attributes.at(name).get<T>();
  }
  template <class T>
  T get(const char* name, T otherwise) const {
    return given(name) ? get<T>(name) : otherwise;
  }
  std::int64_t integer(const char* name) const {
    return get<std::int64_t>(name);
  }
  std::int64_t integer(const char* name, std::int64_t otherwise) const {
    return get<std::int64_t>(name, otherwise);
  }
  double number(const char* name, double otherwise) const {
    return get<double>(name, otherwise);
  }
  bool given(const char* name) const {
    return case_.attributes.contains(name) &&
           !case_.attributes.at(name).is_null();
  }
  const nlohmann::json& json(const char* name) const {
    return case_.attributes.at(name);
  }
  /// A number or a list of numbers; a number stands for `count` of them.
  Axes integers(const char* name, std::size_t count = 1) const;
  Axes integers(const char* name, Axes otherwise) const {
    return given(name) ? integers(name) : otherwise;
  }

 private:
  const Case& case_;
  std::vector<Value> inputs_;
};

using Build = std::function<Results(const Arguments&)>;
using Table = std::map<std::string, Build>;

/// Every operation that is known.
const Table& table();

void add_costs(Table& t);
void add_elementwise(Table& t);
void add_reductions(Table& t);
void add_shapes(Table& t);
void add_indices(Table& t);
void add_images(Table& t);
void add_matrices(Table& t);
void add_sequences(Table& t);
void add_programs(Table& t);

}  // namespace reference
