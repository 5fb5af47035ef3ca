#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "weft/graph.h"
#include "weft/ops.h"

namespace weft {

/// The inputs of an op in a function that vmap() maps, for an op's rule:
///
///   Value vmap(const Batched& in) const { return sum(in[0], in.axes(axes)); }
///
/// It returns the outputs for all examples, which are rows along a new first
/// axis, by other ops or by the op itself with other attributes. An op without
/// a rule, or whose rule returns nothing, runs in a loop over the examples;
/// an elementwise op needs none. No input is mapped where the op is random.
class Batched {
 public:
  Batched(Graph& graph, Dim count, std::vector<Value> inputs,
          std::vector<bool> mapped)
      : graph_(&graph),
        count_(count),
        inputs_(std::move(inputs)),
        mapped_(std::move(mapped)) {}

  Graph& graph() const { return *graph_; }
  /// The number of examples.
  Dim count() const { return count_; }
  std::size_t size() const { return inputs_.size(); }
  /// True if each example has its own input i; else all share it.
  bool mapped(std::size_t i) const { return mapped_[i]; }
  /// Input i of all examples, along axis 0: repeated if they share it.
  Value operator[](std::size_t i) const {
    return mapped_[i] ? inputs_[i] : repeat(inputs_[i]);
  }
  /// Input i as it is: without a first axis of examples if they share it.
  Value shared(std::size_t i) const { return inputs_[i]; }
  /// All inputs of all examples.
  std::vector<Value> all() const {
    std::vector<Value> values;
    for (std::size_t i = 0; i < size(); ++i) values.push_back((*this)[i]);
    return values;
  }
  /// Input i as it is, but for axes of size 1 behind that of the examples, so
  /// that it broadcasts with those of which one example has `rank` axes.
  Value aligned(std::size_t i, int rank) const {
    const Shape from = one(i);
    if (!mapped_[i] || from.rank() >= rank) return inputs_[i];
    Shape to{count_};
    for (int k = from.rank(); k < rank; ++k) to.push_back(1);
    for (const Dim d : from) to.push_back(d);
    return reshape(inputs_[i], to);
  }
  /// A value that examples share, once for each of them.
  Value repeat(Value v) const { return expand(v, shape(v.shape())); }

  /// The shape of input i of one example.
  Shape one(std::size_t i) const {
    const Shape s = inputs_[i].shape();
    return mapped_[i] ? Shape(std::span(s.begin() + 1, s.end())) : s;
  }
  /// `one` with the examples in front.
  Shape shape(const Shape& one) const {
    Shape s{count_};
    for (const Dim d : one) s.push_back(d);
    return s;
  }
  /// Axis `a` of one example in a batch; from the end it stays where it is.
  static std::int64_t axis(std::int64_t a) { return a < 0 ? a : a + 1; }
  static std::vector<std::int64_t> axes(std::vector<std::int64_t> of) {
    for (std::int64_t& a : of) a = axis(a);
    return of;
  }

 private:
  Graph* graph_;
  Dim count_;
  std::vector<Value> inputs_;
  std::vector<bool> mapped_;
};

}  // namespace weft
