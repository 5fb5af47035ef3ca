#pragma once

// Which of Weft's functions an operation of the reference is.

#include <functional>
#include <map>
#include <memory>
#include <set>
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
  /// The same with other inputs, or another input i.
  Arguments of(std::vector<Value> inputs) const;
  Arguments with(std::size_t i, Value x) const;

  /// The whole numbers that input i is.
  Axes values_of(std::size_t i) const;

  /// An attribute; the second form where it may be missing or null.
  template <class T>
  T get(const char* name) const {
    return json(name).get<T>();
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
  double number(const char* name) const;
  double number(const char* name, double otherwise) const {
    return given(name) ? number(name) : otherwise;
  }
  std::string text(const char* name, const char* otherwise) const {
    return get<std::string>(name, otherwise);
  }
  bool flag(const char* name, bool otherwise = false) const;
  bool given(const char* name) const {
    read_->insert(name);
    return case_.attributes.contains(name) &&
           !case_.attributes.at(name).is_null();
  }
  const nlohmann::json& json(const char* name) const {
    read_->insert(name);
    return case_.attributes.at(name);
  }
  /// The attributes that nothing has asked for.
  std::string unread() const;
  /// A number or a list of numbers; a number stands for `count` of them.
  Axes integers(const char* name, std::size_t count = 1) const;
  Axes integers(const char* name, Axes otherwise) const {
    return given(name) ? integers(name) : otherwise;
  }

 private:
  const Case& case_;
  std::vector<Value> inputs_;
  // Shared with the arguments made from these.
  std::shared_ptr<std::set<std::string>> read_ =
      std::make_shared<std::set<std::string>>();
};

using Build = std::function<Results(const Arguments&)>;
using Table = std::map<std::string, Build>;

/// Every operation that is known.
const Table& table();
/// What a name stands for, by other spellings and endings too ("cat" is
/// "concat", "det_of_spd" is det(x·xᵀ + n·1)); empty if it is unknown.
Build find(const std::string& name);
/// The spelling of a name that the table has.
std::string known_name(const std::string& name);

void add_costs(Table& t);
void add_elementwise(Table& t);
void add_reductions(Table& t);
void add_shapes(Table& t);
void add_indices(Table& t);
void add_images(Table& t);
void add_matrices(Table& t);
void add_sequences(Table& t);
void add_programs(Table& t);
void add_comparisons(Table& t);
void add_special(Table& t);
void add_statistics(Table& t);
void add_layouts(Table& t);
void add_margins(Table& t);
void add_samples(Table& t);
void add_transforms(Table& t);
void add_reduced(Table& t);

/// x·xᵀ + n·1, which is positive definite.
Value positive_definite(Value x);
/// The last two axes are swapped.
Value swap_last(Value x);

}  // namespace reference
