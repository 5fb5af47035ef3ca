#pragma once

#include "indices.h"
#include "structure.h"

// What the rules of structure.cpp and sums.cpp share.

namespace random_graphs {

using Arrays = std::vector<Array>;
using Axes = std::vector<std::int64_t>;

/// An op's attributes by name.
class Attributes {
 public:
  explicit Attributes(const weft::Op& op) : all_(op.attributes()) {}
  template <class T>
  T get(std::string_view name) const {
    for (const weft::Attribute& a : all_) {
      if (a.name == name) return std::get<T>(a.value);
    }
    return {};
  }
  /// An axis, which may count from the end, of so many.
  std::size_t axis(int rank) const {
    const auto a = get<std::int64_t>("axis");
    return static_cast<std::size_t>(a < 0 ? a + rank : a);
  }

 private:
  std::vector<weft::Attribute> all_;
};

using Rule = void (*)(const Attributes&, const Arrays& in, Arrays& out);

inline Number& at(Array& a, const Index& i) {
  return a.values.at(place(i, a.type.shape));
}
inline Number at(const Array& a, const Index& i) {
  return a.values.at(place(i, a.type.shape));
}

/// Calls f for the lines along an axis: their places in order.
template <class F>
void each_line(const weft::Shape& shape, std::size_t axis, F f) {
  weft::Shape others = shape;
  others[static_cast<int>(axis)] = 1;
  each_place(others, [&](Index i) {
    std::vector<std::size_t> line;
    for (i[axis] = 0; i[axis] < shape.dim(static_cast<int>(axis)); ++i[axis]) {
      line.push_back(place(i, shape));
    }
    i[axis] = 0;
    f(line);
  });
}

inline std::int64_t integer(Number x) { return static_cast<std::int64_t>(x); }

/// The rule for an op that sums, multiplies or sorts; null for others.
Rule rule_of_sums(std::string_view op);
/// The rule for an op that multiplies or runs along an axis; null for others.
Rule rule_of_running(std::string_view op);

}  // namespace random_graphs
