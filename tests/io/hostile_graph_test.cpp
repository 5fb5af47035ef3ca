// Files whose checksums are right and whose graphs no user could have built:
// each is a FormatError that names the file, the node and what is wrong.
#include <cstdio>
#include <functional>

#include "catch.h"
#include "core/error_text.h"
#include "src/io/file/graph_records.h"
#include "src/train/training_file.h"
#include "weft/weft.h"

using namespace weft;
using Catch::Matchers::Contains;

namespace {

const std::string kFile = "hostile_graph_test.weft";
using Nodes = std::vector<Node>;

/// 0 x (batch, 3), 1 w (3, 4), 2 matmul, 3 sum over axis 1, 4 a constant (2),
/// 5 an assignment of w to w.
Nodes sound() {
  Graph g;
  const Value x = g.input("x", {kBatch, 3});
  const Value w =
      g.parameter("w", {3, 4}, initializers::zeros()({3, 4}, DType::f32));
  sum(matmul(x, w), {1});
  g.constant(Tensor(DType::f32, {2}));
  g.assign(w, w);
  Nodes nodes;
  for (int i = 0; i < 6; ++i) nodes.push_back(g.node(i));
  return nodes;
}

/// Writes these nodes as the graph for evaluation.
void write(const Nodes& nodes) {
  Graph g;
  for (const Node& n : nodes) g.restore(n);
  SavedGraphs saved;
  io::RecordWriter out;
  out.put(false);
  io::put_graph(out, g, saved.constants);
  for (const int node : {0, -1, 3, -1}) {
    out.put(static_cast<std::int32_t>(node));
    out.put(std::int32_t{0});
  }
  out.put(false);
  saved.records = out.bytes();
  // Two nodes of one name have no place in a graph, only in a file.
  const std::size_t other = saved.records.find("another x");
  if (other != std::string::npos) {
    saved.records.replace(other, 9, "the one x");
  }
  State state;
  state.add({"w", Tensor(DType::f32, {3, 4}), true});
  write_training(saved, {state, {}, {}, {}, {}, {}}, kFile);
}

std::string refusal(const std::function<void(Nodes&)>& change) {
  Nodes nodes = sound();
  change(nodes);
  write(nodes);
  const std::string text = error_text<FormatError>([] { load(kFile, 1); });
  std::remove(kFile.c_str());
  return text;
}

/// The op with one attribute changed.
OpPtr with(const OpPtr& op, const std::string& name, AttributeValue value) {
  std::vector<Attribute> all = op->attributes();
  for (Attribute& a : all) {
    if (a.name == name) a.value = value;
  }
  return registry().make_op_by_name(op->name(), all);
}

std::string at(int node, const std::string& what) {
  return kFile + ": node " + std::to_string(node) + ": " + what;
}

}  // namespace

TEST_CASE("the graph that the others are made of loads") {
  CHECK(refusal([](Nodes&) {}) == "threw nothing");
}

TEST_CASE("inputs of a node must be outputs of earlier nodes") {
  for (const int node : {2, 3, 5, 6, 1 << 30, -1, -2}) {
    CAPTURE(node);
    CHECK(refusal([&](Nodes& n) { n[2].inputs[0].node = node; }) ==
          at(2, "an input that is no earlier node"));
  }
  for (const int output : {1, -1, 1 << 30}) {
    CAPTURE(output);
    CHECK(refusal([&](Nodes& n) { n[2].inputs[0].output = output; }) ==
          at(2, "an input that its node has not"));
  }
}

TEST_CASE("types must be what the ops make of their inputs") {
  CHECK(refusal([](Nodes& n) { n[2].outputs[0].dtype = DType::i32; }) ==
        at(2, "outputs that its op does not have"));
  CHECK(refusal([](Nodes& n) {
          n[2].outputs[0].shape = {kBatch, 5};
        }) == at(2, "outputs that its op does not have"));
  CHECK(refusal([](Nodes& n) { n[2].outputs.clear(); }) ==
        at(2, "outputs that its op does not have"));
  CHECK_THAT(refusal([](Nodes& n) {
               n[0].outputs[0].shape = {kBatch, 2};
             }),
             Contains("node 2: [matmul]"));
  CHECK_THAT(refusal([](Nodes& n) { n[0].outputs[0].dtype = DType::i64; }),
             Contains("node 2: [matmul]"));
  CHECK_THAT(refusal([](Nodes& n) { n[2].inputs.pop_back(); }),
             Contains("node 2: [matmul] takes 2 inputs, got 1"));
}

TEST_CASE("attributes must be in range") {
  for (const std::int64_t axis : {std::int64_t{2}, std::int64_t{-1} << 40}) {
    CHECK_THAT(refusal([&](Nodes& n) {
                 n[3].op =
                     with(n[3].op, "axes", std::vector<std::int64_t>{axis});
               }),
               Contains("node 3: [sum]"));
  }
  CHECK_THAT(refusal([](Nodes& n) {
               n[3].op = with(n[3].op, "axes", std::vector<std::int64_t>{1, 1});
             }),
             Contains("node 3: [sum]"));
  for (const std::int64_t order : {std::int64_t{-1}, std::int64_t{102}}) {
    CHECK_THAT(refusal([&](Nodes& n) {
                 const std::vector<Attribute> attributes{{"n", order}};
                 n[3].op = registry().make_op_by_name("polygamma", attributes);
               }),
               Contains("node 3: [polygamma] the order must be 0 to 100"));
  }
}

TEST_CASE("dimensions must be sizes or symbols") {
  const auto with_dim = [](std::int64_t bits) {
    return refusal([bits](Nodes& n) {
      n[0].outputs[0].shape = {Dim::from_bits(bits), 3};
    });
  };
  CHECK(with_dim(-1) == at(0, "a dimension of -1"));
  // The symbol 0, 0 times.
  CHECK_THAT(with_dim(INT64_MIN),
             Contains("node 0: the dimension -9223372036854775808"));
  CHECK_THAT(refusal([](Nodes& n) {
               n[1].outputs[0].shape = {3, Dim(std::int64_t{1} << 40)};
             }),
             Contains("node 1: an initializer of another type"));
  const Dim half(std::int64_t{1} << 32);
  CHECK(refusal([&](Nodes& n) {
          n[0].outputs[0].shape = {half, half, 0};
        }) == at(0,
                 "the shape (4294967296, 4294967296, 0) has "
                 "more than 2^58 elements"));
  CHECK_THAT(refusal([](Nodes& n) { n[4].outputs[0].shape = {kBatch}; }),
             Contains("node 4: a symbolic shape"));
}

TEST_CASE("states must be states") {
  CHECK(refusal([](Nodes& n) { n[5].inputs[0].node = 0; }) ==
        at(5, "an assignment of another type"));
  CHECK(refusal([](Nodes& n) {
          n[5].inputs = {{4, 0}, {4, 0}}, n[5].outputs = n[4].outputs;
        }) == at(5, "an assignment to what is no state"));
  CHECK(refusal([](Nodes& n) { n[5].inputs.clear(); }) ==
        at(5, "an assignment of another type"));
  CHECK(refusal([](Nodes& n) { n[1].op = nullptr; }) ==
        at(1, "an initializer of another type"));
  CHECK(refusal([](Nodes& n) { n[1].name = "v"; }) ==
        kFile + ": the tensor 'v' of type f32(3, 4) is missing");
  CHECK(refusal([](Nodes& n) { n[0].name = ""; }) ==
        at(0, "an input without a name"));
  CHECK(refusal([](Nodes& n) { n[0].op = n[3].op; }) ==
        at(0, "an op where there is none"));
  CHECK(refusal([](Nodes& n) { n[2].op = nullptr; }) ==
        at(2, "an op without a name"));
}

TEST_CASE("names must be different") {
  CHECK(refusal([](Nodes& n) {
          n[0].name = "the one x";
          n[4] = n[0];
          n[4].name = "another x";
        }) == at(4, "two nodes have the name 'the one x'"));
}
