#include "weft/dot.h"

namespace weft {

namespace {

std::string escaped(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

std::string to_dot(const Graph& graph) {
  std::string out = "digraph weft {\n  rankdir=TB;\n  node [shape=box];\n";
  for (std::size_t i = 0; i < graph.size(); ++i) {
    const Node& n = graph.node(static_cast<std::int32_t>(i));
    std::string label = n.kind == Node::Kind::op ? to_string(*n.op)
                        : n.name.empty()         ? "constant"
                                                 : n.name;
    for (const Type& t : n.outputs) label += "\n" + to_string(t);
    std::string quoted;
    for (char c : escaped(label)) {
      quoted += c == '\n' ? std::string("\\n") : std::string(1, c);
    }
    const bool stored = n.kind != Node::Kind::op;
    out += "  n" + std::to_string(i) + " [label=\"" + quoted + "\"" +
           (stored ? ", style=filled" : "") + "];\n";
    for (const Port& p : n.inputs) {
      out +=
          "  n" + std::to_string(p.node) + " -> n" + std::to_string(i) + ";\n";
    }
  }
  return out + "}\n";
}

}  // namespace weft
