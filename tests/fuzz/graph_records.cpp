#include "graph_records.h"

#include <algorithm>
#include <limits>
#include <random>

#include "src/core/check_size.h"
#include "src/graph/body.h"
#include "weft/registry.h"

namespace weft::fuzz {

Records read_records(const std::string& bytes) {
  Records r;
  io::RecordReader in(bytes);
  std::vector<Type> types;
  r.graph = io::get_graph(in, types, r.constants);
  for (Value& v : r.network) v = io::get_port(in, *r.graph);
  r.trained = in.get<bool>();
  if (r.trained) {
    in.list(8, [&] { r.updates.push_back(io::get_port(in, *r.graph)); });
  }
  if (in.left() > 0) io::RecordReader::fail("something follows");
  return r;
}

std::string write_records(const Records& r) {
  io::RecordWriter out;
  std::vector<Tensor> constants;
  io::put_graph(out, *r.graph, constants);
  for (const Value& v : r.network) io::put_port(out, v);
  out.put(r.trained);
  if (r.trained) {
    out.put_list(r.updates, [&](Value v) { io::put_port(out, v); });
  }
  return out.bytes();
}

namespace {

class Mutation {
 public:
  explicit Mutation(unsigned seed) : random_(seed) {}

  /// Changes one of the nodes.
  void change(std::vector<Node>& nodes) {
    if (nodes.empty()) return;
    const std::size_t at = below(nodes.size());
    Node& n = nodes[at];
    switch (below(9)) {
      case 0:
        if (n.inputs.empty()) return;
        n.inputs[below(n.inputs.size())] = {
            static_cast<std::int32_t>(below(nodes.size() + 1)) - (one_in(20)),
            one_in(8) ? 1 : 0};
        return;
      case 1:
        if (!n.outputs.empty()) change(n.outputs[below(n.outputs.size())]);
        return;
      case 2:
        n.inputs.push_back({static_cast<std::int32_t>(at) - 1, 0});
        return;
      case 3:
        if (!n.inputs.empty()) n.inputs.pop_back();
        return;
      case 4: nodes.push_back(n); return;
      case 5:
        if (at + 1 == nodes.size()) nodes.pop_back();
        return;
      case 6: another_op(n); return;
      default: change_attribute(n);
    }
  }

  /// Makes the types of outputs what the ops say.
  static void infer(std::vector<Node>& nodes) {
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      Node& n = nodes[i];
      std::vector<Type> types;
      for (const Port& p : n.inputs) {
        const bool known =
            p.node >= 0 && static_cast<std::size_t>(p.node) < i &&
            p.output >= 0 &&
            static_cast<std::size_t>(p.output) <
                nodes[static_cast<std::size_t>(p.node)].outputs.size();
        if (!known) break;
        types.push_back(nodes[static_cast<std::size_t>(p.node)]
                            .outputs[static_cast<std::size_t>(p.output)]);
      }
      if (types.size() != n.inputs.size()) continue;
      try {
        for (const Type& t : types) check_size(t.shape);
        if (n.op) n.outputs = n.op->infer(types);
        if (n.kind == Node::Kind::assign) n.outputs = {types.at(0)};
      } catch (const std::exception&) {
        continue;
      }
    }
  }

  std::size_t below(std::size_t n) { return n == 0 ? 0 : random_() % n; }
  bool one_in(std::size_t n) { return below(n) == 0; }

 private:
  std::int64_t integer() {
    constexpr std::int64_t kOdd[] = {-1,
                                     0,
                                     1,
                                     2,
                                     3,
                                     4,
                                     5,
                                     7,
                                     8,
                                     16,
                                     64,
                                     255,
                                     256,
                                     1 << 20,
                                     -2,
                                     -3,
                                     -8,
                                     0x7fffffff,
                                     -0x7fffffff - 1LL,
                                     0x80000000,
                                     1LL << 32,
                                     1LL << 40,
                                     1LL << 58,
                                     INT64_MAX,
                                     INT64_MIN};
    return kOdd[below(one_in(3) ? std::size(kOdd) : 8)];
  }
  double number() {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
    constexpr double kOdd[] = {0,    1,     -1,   0.5,       2,    1e-300,
                               1e30, 1e300, -0.0, kInfinity, kNan, -1e9};
    return kOdd[below(std::size(kOdd))];
  }
  void change(Type& t) {
    if (one_in(4)) {
      t.dtype = static_cast<DType>(below(5));
    } else if (t.shape.rank() == 0 || one_in(4)) {
      if (t.shape.rank() < Shape::kMaxRank) t.shape.push_back(dim());
    } else {
      t.shape[static_cast<int>(
          below(static_cast<std::size_t>(t.shape.rank())))] = dim();
    }
  }
  Dim dim() {
    return one_in(4) ? (one_in(2) ? kBatch : kTime) : Dim::from_bits(integer());
  }
  void another_op(Node& n) {
    if (n.kind != Node::Kind::op) return;
    static const std::vector<std::string> names = registry().names();
    const OpPtr op = registry().prototype(names[below(names.size())]);
    const Samples samples = op->samples();
    n.op = op;
    if (!samples.empty() && one_in(2)) {
      const Sample& s = samples[below(samples.size())];
      if (s.op) n.op = s.op;
    }
  }
  void change_attribute(Node& n) {
    if (!n.op) return;
    std::vector<Attribute> all = n.op->attributes();
    if (all.empty()) return;
    AttributeValue& v = all[below(all.size())].value;
    std::visit([this](auto& value) { change(value); }, v);
    n.op = registry().make_op_by_name(n.op->name(), all);
  }
  void change(bool& v) { v = !v; }
  void change(std::int64_t& v) { v = integer(); }
  void change(double& v) { v = number(); }
  void change(std::string& v) { v += 'x'; }
  void change(DType& v) { v = static_cast<DType>(below(5)); }
  void change(Shape& v) {
    Type t{DType::i32, v};
    change(t);
    v = t.shape;
  }
  template <class T>
  void change(std::vector<T>& v) {
    if (v.empty() || one_in(4)) {
      v.emplace_back();
    } else if (one_in(4)) {
      v.pop_back();
    }
    if (!v.empty()) change(v[below(v.size())]);
  }
  void change(Body& v) {
    if (!v) return;
    std::vector<Node> nodes;
    for (std::size_t i = 0; i < v->graph->size(); ++i) {
      nodes.push_back(v->graph->node(static_cast<std::int32_t>(i)));
    }
    change(nodes);
    infer(nodes);
    auto content = std::make_shared<BodyContent>(*v);
    auto graph = std::make_shared<Graph>();
    for (Node& n : nodes) graph->restore(std::move(n));
    content->graph = graph;
    // Ops read the types of a body's inputs and outputs; that there are none is
    // for the reader to find, in what is changed as bytes.
    if (!has_ports(*content)) return;
    if (one_in(8) && !content->outputs.empty()) {
      content->outputs.push_back(content->outputs[0]);
    }
    v = Body(content);
  }

  static bool has_ports(const BodyContent& body) {
    const auto has = [&](std::int32_t node, std::int32_t output) {
      return static_cast<std::size_t>(node) < body.graph->size() &&
             static_cast<std::size_t>(output) <
                 body.graph->node(node).outputs.size();
    };
    return std::all_of(body.inputs.begin(), body.inputs.end(),
                       [&](std::int32_t node) { return has(node, 0); }) &&
           std::all_of(body.outputs.begin(), body.outputs.end(),
                       [&](const Port& p) { return has(p.node, p.output); });
  }

  std::minstd_rand random_;
};

}  // namespace

std::string mutate_records(const Records& from, unsigned seed) {
  Mutation mutation(seed);
  std::vector<Node> nodes;
  for (std::size_t i = 0; i < from.graph->size(); ++i) {
    nodes.push_back(from.graph->node(static_cast<std::int32_t>(i)));
  }
  for (std::size_t n = 1 + mutation.below(3); n > 0; --n) {
    mutation.change(nodes);
  }
  if (!mutation.one_in(5)) Mutation::infer(nodes);
  Records to;
  to.graph = std::make_shared<Graph>();
  to.graph->restore_stream(from.graph->stream_count());
  for (Node& n : nodes) to.graph->restore(std::move(n));
  const auto moved = [&](Value v) {
    if (!v) return v;
    const bool last = mutation.one_in(6);
    return Value(
        to.graph.get(),
        last ? static_cast<std::int32_t>(to.graph->size()) - 1 : v.node(),
        last ? 0 : v.output());
  };
  for (std::size_t i = 0; i < 4; ++i) to.network[i] = moved(from.network[i]);
  to.trained = mutation.one_in(20) ? !from.trained : from.trained;
  for (const Value& v : from.updates) to.updates.push_back(moved(v));
  return write_records(to);
}

}  // namespace weft::fuzz
