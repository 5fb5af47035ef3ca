#include "src/io/file/graph_records.h"

#include <cstring>

#include "src/core/check_size.h"
#include "src/graph/body.h"
#include "weft/registry.h"

namespace weft::io {

namespace {

void put_shape(RecordWriter& out, const Shape& shape) {
  out.put(static_cast<std::uint8_t>(shape.rank()));
  for (Dim d : shape) out.put(d.bits());
}

Shape get_shape(RecordReader& in) {
  const auto rank = in.get<std::uint8_t>();
  if (rank > Shape::kMaxRank) {
    RecordReader::fail("a shape of rank " + std::to_string(rank));
  }
  Shape shape;
  for (int i = 0; i < rank; ++i) {
    const Dim d = Dim::from_bits(in.get<std::int64_t>());
    const bool symbol = d.is_symbolic() && d != kInfer;
    if (symbol && (d.multiple() == 0 || d.offset() < -Dim::kMaxOffset)) {
      RecordReader::fail("the dimension " + std::to_string(d.bits()) +
                         " is no number and no symbol");
    }
    shape.push_back(d);
  }
  return shape;
}

DType get_dtype(RecordReader& in) {
  const auto t = in.get<std::uint8_t>();
  if (t > static_cast<std::uint8_t>(DType::boolean)) {
    RecordReader::fail("the dtype " + std::to_string(t));
  }
  return static_cast<DType>(t);
}

void put_body(RecordWriter& out, const Body& body);
Body get_body(RecordReader& in);

struct PutAttribute {
  RecordWriter& out;
  void operator()(bool v) const { out.put(v); }
  void operator()(std::int64_t v) const { out.put(v); }
  void operator()(double v) const { out.put(v); }
  void operator()(const std::string& v) const { out.put(v); }
  void operator()(DType v) const { out.put(static_cast<std::uint8_t>(v)); }
  void operator()(const Shape& v) const { put_shape(out, v); }
  void operator()(const Body& v) const { put_body(out, v); }
  template <class T>
  void operator()(const std::vector<T>& v) const {
    out.put_list(v, [&](T x) { out.put(x); });
  }
};

template <class T>
std::vector<T> get_numbers(RecordReader& in) {
  std::vector<T> v;
  in.list(sizeof(T), [&] { v.push_back(in.get<T>()); });
  return v;
}

AttributeValue get_attribute(RecordReader& in) {
  switch (in.get<std::uint8_t>()) {
    case 0: return in.get<bool>();
    case 1: return in.get<std::int64_t>();
    case 2: return in.get<double>();
    case 3: return in.text();
    case 4: return get_dtype(in);
    case 5: return get_shape(in);
    case 6: return get_numbers<std::int64_t>(in);
    case 7: return get_numbers<double>(in);
    case 8: return get_body(in);
    default: RecordReader::fail("an attribute of unknown kind");
  }
}

void put_op(RecordWriter& out, const Op& op) {
  out.put(std::string(op.name()));
  out.put_list(op.attributes(), [&](const Attribute& a) {
    out.put(a.name);
    out.put(static_cast<std::uint8_t>(a.value.index()));
    std::visit(PutAttribute{out}, a.value);
  });
}

OpPtr get_op(RecordReader& in) {
  const std::string name = in.text();
  std::vector<Attribute> attributes;
  in.list(9, [&] {
    std::string attribute = in.text();
    attributes.push_back({std::move(attribute), get_attribute(in)});
  });
  return registry().make_op_by_name(name, attributes);
}

void put_node(RecordWriter& out, const Node& n,
              std::vector<Tensor>& constants) {
  out.put(static_cast<std::uint8_t>(n.kind));
  out.put(n.name);
  const std::size_t slash = n.file.rfind('/');
  out.put(slash == std::string::npos ? n.file : n.file.substr(slash + 1));
  out.put(n.line);
  out.put(n.op != nullptr);
  if (n.op) put_op(out, *n.op);
  out.put_list(n.inputs, [&](Port p) {
    out.put(p.node);
    out.put(p.output);
  });
  out.put_list(n.outputs, [&](const Type& t) { put_type(out, t); });
  if (n.kind == Node::Kind::constant) constants.push_back(n.constant);
}

/// Runs f, which reads the next node; its Error names the node.
template <class F>
void at_node(const Graph& graph, F f) {
  try {
    f();
  } catch (const Error& e) {
    RecordReader::fail("node " + std::to_string(graph.size()) + ": " +
                       e.what());
  }
}

/// What `Graph::add` and its like check when a user builds a node.
void check_node(const Graph& graph, const Node& n) {
  auto require = [](bool ok, const char* what) {
    if (!ok) RecordReader::fail(what);
  };
  std::vector<Type> types;
  for (const Port& p : n.inputs) {
    require(p.node >= 0 && static_cast<std::size_t>(p.node) < graph.size(),
            "an input that is no earlier node");
    const auto& outputs = graph.node(p.node).outputs;
    require(
        p.output >= 0 && static_cast<std::size_t>(p.output) < outputs.size(),
        "an input that its node has not");
    types.push_back(outputs[static_cast<std::size_t>(p.output)]);
  }
  for (const Type& t : n.outputs) check_size(t.shape);
  if (n.kind == Node::Kind::op) {
    require(n.op != nullptr, "an op without a name");
    require(n.op->infer(types) == n.outputs,
            "outputs that its op does not have");
    for (const Type& t : n.outputs) {
      for (Dim d : t.shape) require(d != kInfer, "a dimension of -1");
    }
    return;
  }
  require(n.outputs.size() == 1, "must have one output");
  const bool state =
      n.kind == Node::Kind::parameter || n.kind == Node::Kind::buffer;
  require(state || !n.op, "an op where there is none");
  if (n.kind == Node::Kind::assign) {
    require(
        types.size() == 2 && types[0] == types[1] && types[0] == n.outputs[0],
        "an assignment of another type");
    const Node::Kind to = graph.node(n.inputs[0].node).kind;
    require(to == Node::Kind::parameter || to == Node::Kind::buffer,
            "an assignment to what is no state");
    return;
  }
  require(types.empty(), "must have no inputs");
  for (Dim d : n.outputs[0].shape) require(d != kInfer, "a dimension of -1");
  if (n.kind == Node::Kind::input) {
    require(!n.name.empty(), "an input without a name");
    return;
  }
  require(n.outputs[0].shape.is_concrete(), "a symbolic shape");
  if (state) {
    require(n.op && !n.name.empty() && n.op->infer({}) == n.outputs,
            "an initializer of another type");
  }
}

Node get_node(RecordReader& in) {
  Node n;
  const auto kind = in.get<std::uint8_t>();
  if (kind > static_cast<std::uint8_t>(Node::Kind::assign)) {
    RecordReader::fail("a node of unknown kind");
  }
  n.kind = static_cast<Node::Kind>(kind);
  n.name = in.text();
  n.file = in.text();
  n.line = in.get<std::uint32_t>();
  if (in.get<bool>()) n.op = get_op(in);
  in.list(8, n.inputs, [&] {
    Port p;
    p.node = in.get<std::int32_t>();
    p.output = in.get<std::int32_t>();
    return p;
  });
  in.list(2, n.outputs, [&] { return get_type(in); });
  return n;
}

/// Bodies within bodies; a hostile file must not use up the stack.
constexpr int kMostNested = 16;

/// The elements of a constant, which stand right behind its node.
void put_elements(RecordWriter& out, const Tensor& t) {
  out.put(std::string(static_cast<const char*>(t.raw()), t.bytes()));
}
Tensor get_elements(RecordReader& in, const Type& type) {
  const std::string bytes = in.text();
  const auto size = static_cast<std::uint64_t>(type.shape.elements());
  if (bytes.size() / size_of(type.dtype) != size ||
      bytes.size() % size_of(type.dtype) != 0) {
    RecordReader::fail("a constant " + to_string(type) + " of " +
                       std::to_string(bytes.size()) + " bytes");
  }
  Tensor t(type.dtype, type.shape);
  if (!bytes.empty()) std::memcpy(t.raw(), bytes.data(), bytes.size());
  for (const char c : bytes) {
    if (type.dtype == DType::boolean && c != 0 && c != 1) {
      RecordReader::fail("a constant that is not boolean");
    }
  }
  return t;
}

void put_body(RecordWriter& out, const Body& body) {
  out.put(static_cast<bool>(body));
  if (!body) return;
  if (++out.nesting > kMostNested) {
    throw GraphError("bodies nested deeper than " +
                     std::to_string(kMostNested) + " can't be saved");
  }
  const Graph& graph = *body->graph;
  out.put(static_cast<std::uint64_t>(graph.size()));
  std::vector<Tensor> constants;
  for (std::size_t i = 0; i < graph.size(); ++i) {
    const Node& n = graph.node(static_cast<std::int32_t>(i));
    put_node(out, n, constants);
    if (n.kind == Node::Kind::constant) put_elements(out, n.constant);
  }
  out.put_list(body->inputs, [&](std::int32_t n) { out.put(n); });
  out.put_list(body->outputs, [&](Port p) {
    out.put(p.node);
    out.put(p.output);
  });
  --out.nesting;
}

Body get_body(RecordReader& in) {
  if (!in.get<bool>()) return {};
  if (++in.nesting > kMostNested) {
    RecordReader::fail("bodies nested deeper than " +
                       std::to_string(kMostNested));
  }
  auto content = std::make_shared<BodyContent>();
  auto graph = std::make_shared<Graph>();
  std::size_t inputs = 0;
  const auto node = [&] {
    Node n = get_node(in);
    check_node(*graph, n);
    if (n.kind == Node::Kind::constant) {
      n.constant = get_elements(in, n.outputs[0]);
    } else if (n.kind == Node::Kind::input) {
      ++inputs;
    } else if (n.kind != Node::Kind::op) {
      RecordReader::fail("a state in a body");
    }
    graph->restore(std::move(n));
  };
  in.list(30, [&] { at_node(*graph, node); });
  std::vector<bool> seen(graph->size());
  in.list(4, [&] {
    const auto n = in.get<std::int32_t>();
    if (n < 0 || static_cast<std::size_t>(n) >= seen.size() ||
        seen[static_cast<std::size_t>(n)] ||
        graph->node(n).kind != Node::Kind::input) {
      RecordReader::fail("a body's input that its graph has not");
    }
    seen[static_cast<std::size_t>(n)] = true;
    content->inputs.push_back(n);
  });
  if (content->inputs.size() != inputs) {
    RecordReader::fail("a body that does not list its inputs");
  }
  in.list(8, [&] {
    const Value v = get_port(in, *graph);
    if (!v) RecordReader::fail("an empty output of a body");
    content->outputs.push_back({v.node(), v.output()});
  });
  content->graph = std::move(graph);
  --in.nesting;
  return Body(std::move(content));
}

}  // namespace

void put_type(RecordWriter& out, const Type& type) {
  out.put(static_cast<std::uint8_t>(type.dtype));
  put_shape(out, type.shape);
}

Type get_type(RecordReader& in) {
  const DType dtype = get_dtype(in);
  return {dtype, get_shape(in)};
}

void put_port(RecordWriter& out, Value v) {
  out.put(v ? v.node() : -1);
  out.put(v.output());
}

Value get_port(RecordReader& in, Graph& graph) {
  const auto node = in.get<std::int32_t>();
  const auto output = in.get<std::int32_t>();
  if (node == -1) return {};
  if (node < 0 || static_cast<std::size_t>(node) >= graph.size() ||
      output < 0 ||
      static_cast<std::size_t>(output) >= graph.node(node).outputs.size()) {
    RecordReader::fail("a value that the graph has not");
  }
  return Value(&graph, node, output);
}

void put_graph(RecordWriter& out, const Graph& graph,
               std::vector<Tensor>& constants) {
  out.put(graph.stream_count());
  out.put(static_cast<std::uint64_t>(graph.size()));
  for (std::size_t i = 0; i < graph.size(); ++i) {
    put_node(out, graph.node(static_cast<std::int32_t>(i)), constants);
  }
}

std::shared_ptr<Graph> get_graph(RecordReader& in,
                                 std::vector<Type>& constant_types,
                                 std::vector<std::int32_t>& constant_nodes) {
  auto graph = std::make_shared<Graph>();
  graph->restore_stream(in.get<std::int64_t>());
  const auto node = [&] {
    Node n = get_node(in);
    check_node(*graph, n);
    if (n.kind == Node::Kind::constant) {
      constant_types.push_back(n.outputs[0]);
      constant_nodes.push_back(static_cast<std::int32_t>(graph->size()));
    }
    graph->restore(std::move(n));
  };
  in.list(30, [&] { at_node(*graph, node); });
  return graph;
}

}  // namespace weft::io
