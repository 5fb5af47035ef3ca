#include <atomic>
#include <cstring>

#include "src/core/printable.h"
#include "src/runtime/evaluate.h"
#include "weft/error.h"
#include "weft/program.h"

namespace weft {

namespace {

std::uint64_t new_layout() {
  static std::atomic<std::uint64_t> next{1};
  return next++;
}

[[noreturn]] void throw_unknown(std::string_view path) {
  throw GraphError("[state] there is no entry '" + std::string(path) + "'");
}

}  // namespace

State::State() : layout_(new_layout()) {}

const Tensor& State::at(std::string_view path) const {
  const auto at = by_path_.find(path);
  if (at == by_path_.end()) throw_unknown(path);
  return entries_[at->second].tensor;
}

Tensor& State::at(std::string_view path) {
  const auto at = by_path_.find(path);
  if (at == by_path_.end()) throw_unknown(path);
  return entries_[at->second].tensor;
}

bool State::contains(std::string_view path) const {
  return by_path_.find(path) != by_path_.end();
}

void State::set(std::string_view path, const Tensor& tensor) {
  Tensor& into = at(path);
  if (into.dtype() != tensor.dtype()) {
    throw TypeError("[state] '" + std::string(path) + "' is " +
                    to_string(into.type()) + ", the tensor is " +
                    to_string(tensor.type()) + "; convert with to()");
  }
  if (into.shape() != tensor.shape()) {
    throw ShapeError("[state] '" + std::string(path) + "' is " +
                     to_string(into.type()) + ", the tensor is " +
                     to_string(tensor.type()));
  }
  if (into.size() > 0) {
    std::memmove(into.raw(), tensor.raw(), into.bytes());
  }
}

void State::add(Entry entry) {
  if (!by_path_.emplace(entry.path, entries_.size()).second) {
    throw GraphError("[state] the path '" + detail::printable(entry.path) +
                     "' is taken");
  }
  entries_.push_back(std::move(entry));
  layout_ = new_layout();
}

State State::clone() const {
  State copy = *this;
  for (Entry& e : copy.entries_) e.tensor = e.tensor.clone();
  return copy;
}

void State::copy_from(const State& other) {
  if (entries_.size() != other.entries_.size()) {
    throw GraphError("[state] has " + std::to_string(entries_.size()) +
                     " entries, the other " +
                     std::to_string(other.entries_.size()));
  }
  for (const Entry& e : entries_) {  // all are checked before any is written
    if (other.at(e.path).type() != e.tensor.type()) {
      throw ShapeError("[state] '" + e.path + "' is " +
                       to_string(e.tensor.type()) + ", in the other " +
                       to_string(other.at(e.path).type()));
    }
  }
  for (const Entry& e : other.entries_) set(e.path, e.tensor);
  seed = other.seed;
  step = other.step;
}

void initialize_missing(const Graph& graph, State& state) {
  for (const Value& v : graph.state()) {
    const Node& node = graph.node(v);
    if (state.contains(node.name)) continue;
    Tensor t = runtime::run_initializer(*node.op, node.outputs[0], state.seed,
                                        node.name);
    state.add({node.name, std::move(t), node.kind == Node::Kind::parameter});
  }
}

State initialize(const Graph& graph, Seed seed) {
  State state;
  state.seed = seed;
  initialize_missing(graph, state);
  return state;
}

}  // namespace weft
