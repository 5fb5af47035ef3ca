// Single ops of Weft, forward and with gradients; the same as
// peers/torch_ops.cpp. See peers/op_cases.h for arguments and output.
//
//   ops_bench --list        the cases
//   ops_bench --missing     ops of the registry that no case runs

#include <set>

#include "tools/bench/op_functions.h"
#include "tools/bench/peers/op_cases.h"
#include "tools/bench/peers/rig.h"

namespace {

using weft::Feed;
using weft::Tensor;
using weft::Value;

struct Prepared {
  std::shared_ptr<weft::Graph> graph = std::make_shared<weft::Graph>();
  std::vector<Value> inputs, gradients;
  Value y, seed;
  std::vector<Feed> feeds;
};

Tensor tensor_of(const bench::InputSpec& spec, long size, unsigned seed) {
  const auto numbers = bench::elements_of(spec, size, seed);
  weft::Shape shape;
  for (long d : bench::shape_at(spec, size)) shape.push_back(d);
  if (spec.integers) {
    return Tensor::from<std::int64_t>({numbers.begin(), numbers.end()}, shape);
  }
  return Tensor::from<float>({numbers.begin(), numbers.end()}, shape);
}

Prepared prepare(const bench::OpCase& c, long size) {
  Prepared p;
  for (std::size_t i = 0; i < c.inputs.size(); ++i) {
    Tensor t = tensor_of(c.inputs[i], size, static_cast<unsigned>(i));
    p.inputs.push_back(
        p.graph->input("x" + std::to_string(i), t.shape(), t.dtype()));
    p.feeds.push_back({p.inputs.back(), std::move(t)});
  }
  p.y = bench::op_functions().at(c.name)(p.inputs);
  if (!c.backward) return p;
  std::vector<Value> of = p.graph->parameters();
  for (const Value& x : p.inputs) {
    if (weft::is_floating(x.dtype())) of.push_back(x);
  }
  p.seed = p.graph->input("seed", p.y.shape(), p.y.dtype());
  p.gradients = weft::gradients(p.y, of, p.seed);
  Tensor ones(p.y.dtype(), p.y.shape());
  if (p.y.dtype() == weft::DType::f32) {
    for (float& v : ones.values<float>()) v = 1;
  } else {
    for (double& v : ones.values<double>()) v = 1;
  }
  p.feeds.push_back({p.seed, std::move(ones)});
  return p;
}

void time_part(const bench::Arguments& a, Prepared& p, bool both) {
  std::vector<Value> outputs{p.y};
  if (both) {
    outputs.insert(outputs.end(), p.gradients.begin(), p.gradients.end());
  }
  const weft::Program program = weft::compile(*p.graph, {.outputs = outputs});
  weft::State state = weft::initialize(*p.graph, {1});
  weft::Executor executor({.threads = a.threads});
  std::vector<Tensor> results(outputs.size());
  bench::measure(a, [&] { executor.run(program, state, p.feeds, results); });
}

int list() {
  for (const auto& c : bench::op_cases()) std::printf("%s\n", c.name.c_str());
  return 0;
}

int missing() {
  std::set<std::string_view> seen;
  for (const auto& c : bench::op_cases()) {
    const Prepared p = prepare(c, c.sizes[0]);
    for (std::size_t i = 0; i < p.graph->size(); ++i) {
      const weft::Node& n = p.graph->node(static_cast<std::int32_t>(i));
      if (n.op) seen.insert(n.op->name());
    }
  }
  for (std::string_view name : weft::registry().names()) {
    if (!seen.count(name)) std::printf("%s\n", std::string(name).c_str());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  const std::string first = argc > 1 ? argv[1] : "";
  if (first == "--list") return list();
  if (first == "--missing") return missing();
  const bench::Arguments a = bench::parse(argc, argv);
  for (const auto& c : bench::op_cases()) {
    if (c.name != a.name) continue;
    for (long size : c.sizes) {
      Prepared p = prepare(c, size);
      std::printf("part %ld forward\n", size);
      time_part(a, p, false);
      if (!c.backward) continue;
      std::printf("part %ld both\n", size);
      time_part(a, p, true);
    }
    return 0;
  }
  return bench::no_such_case(a);
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
