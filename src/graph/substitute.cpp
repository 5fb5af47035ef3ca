#include "weft/substitute.h"

#include <string>

#include "weft/error.h"
#include "weft/graph.h"

namespace weft {

namespace {

std::size_t at_index(std::int32_t i) { return static_cast<std::size_t>(i); }

/// The values that stand for those of a graph after a substitution; empty for
/// nodes that it does not touch.
class Copies {
 public:
  Copies(Graph& graph, Source at) : graph_(graph), at_(at) {}

  /// The value of this graph for one of a graph around it.
  Value own(Value v) const {
    try {
      return graph_.local(v);
    } catch (const GraphError& e) {
      throw GraphError("[substitute] " + std::string(e.what()) + at_line(at_));
    }
  }

  /// Replaces values, and copies what depends on them and is needed for ys.
  void add(const std::vector<Value>& ys,
           const std::vector<Substitution>& pairs) {
    const std::size_t known = graph_.size();
    now_.resize(known);
    for (const auto& [from, to] : pairs) replace(from, to);
    std::vector<bool> needed(known), changed(known);
    for (std::size_t i = 0; i < known; ++i) {
      changed[i] = !now_[i].empty();
      for (const Port& p : node(i).inputs) {
        changed[i] = changed[i] || changed[at_index(p.node)];
      }
    }
    auto need = [&](Port p) {
      if (!at(p)) needed[at_index(p.node)] = true;
    };
    for (const Value& y : ys) need({y.node(), y.output()});
    for (std::size_t i = known; i-- > 0;) {
      if (!needed[i] || !changed[i]) continue;
      for (const Port& p : node(i).inputs) need(p);
    }
    for (std::size_t i = 0; i < known; ++i) {
      if (needed[i] && changed[i]) copy(i);
    }
  }

  Value of(Value v) const {
    const Value copy = at({v.node(), v.output()});
    return copy ? copy : v;
  }

 private:
  const Node& node(std::size_t i) const {
    return graph_.node(static_cast<std::int32_t>(i));
  }
  Value at(Port p) const {
    const std::vector<Value>& outputs = now_[at_index(p.node)];
    return outputs.empty() ? Value() : outputs[at_index(p.output)];
  }

  void replace(Value from, Value to) {
    if (from.type() != to.type()) {
      const std::string text = "[substitute] " + graph_.describe(from.node()) +
                               " is " + to_string(from.type()) +
                               ", what takes its place is " +
                               to_string(to.type()) + at_line(at_);
      if (from.dtype() != to.dtype()) throw TypeError(text);
      throw ShapeError(text);
    }
    std::vector<Value>& outputs = now_[at_index(from.node())];
    outputs.resize(graph_.node(from).outputs.size());
    Value& place = outputs[at_index(from.output())];
    if (place) {
      throw GraphError("[substitute] " + graph_.describe(from.node()) +
                       " is replaced twice" + at_line(at_));
    }
    place = to;
  }

  void copy(std::size_t i) {
    const auto index = static_cast<std::int32_t>(i);
    std::vector<Value> inputs, made;
    bool changed = false;
    for (const Port& p : node(i).inputs) {
      const Value v = at(p);
      changed = changed || v;
      inputs.push_back(v ? v : Value(&graph_, p.node, p.output));
    }
    if (!changed) return;  // another output of it is replaced
    if (node(i).kind == Node::Kind::assign) {
      throw GraphError("[substitute] the result of " + graph_.describe(index) +
                       " depends on what is replaced; a state gets one value "
                       "at a step" +
                       at_line(at_));
    }
    const SourceScope source(graph_, index);
    made = graph_.add(node(i).op, inputs, at_);
    std::vector<Value>& outputs = now_[i];
    outputs.resize(made.size());
    for (std::size_t k = 0; k < made.size(); ++k) {
      if (!outputs[k]) outputs[k] = made[k];
    }
  }

  Graph& graph_;
  Source at_;
  std::vector<std::vector<Value>> now_;
};

}  // namespace

std::vector<Value> substitute(const std::vector<Value>& ys,
                              const std::vector<Substitution>& pairs,
                              Source at) {
  if (ys.empty()) return {};
  Graph& graph = ys.front().graph();
  Copies copies(graph, at);
  std::vector<Value> found;
  for (const Value& y : ys) found.push_back(copies.own(y));
  std::vector<Substitution> own;
  for (const auto& [from, to] : pairs) own.emplace_back(copies.own(from), to);
  copies.add(found, own);
  for (Value& y : found) y = copies.of(y);
  return found;
}

Value substitute(Value y, const std::vector<Substitution>& pairs, Source at) {
  return substitute(std::vector<Value>{y}, pairs, at).front();
}

}  // namespace weft
