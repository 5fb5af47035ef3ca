#include "ops/bodies.h"
#include "weft/error.h"
#include "weft/ops.h"
#include "weft/registry.h"
#include "weft/subgraph.h"

namespace weft {

namespace {

void check_branches(const std::vector<Value>& a, const std::vector<Value>& b,
                    const Source& at) {
  if (a.size() != b.size() || a.empty()) {
    throw GraphError("[cond] one function returns " + std::to_string(a.size()) +
                     " values, the other " + std::to_string(b.size()) +
                     at_line(at));
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!a[i] || !b[i] || a[i].type() == b[i].type()) continue;
    const std::string text = "[cond] result " + std::to_string(i) +
                             " of one function is " + to_string(a[i].type()) +
                             ", of the other " + to_string(b[i].type()) +
                             at_line(at);
    if (a[i].dtype() != b[i].dtype()) throw TypeError(text);
    throw ShapeError(text);
  }
}

}  // namespace

std::vector<Type> Cond::infer(std::span<const Type> in) const {
  if (in.empty() || in[0] != Type{DType::boolean, {}}) {
    throw TypeError("[cond] the condition must be " +
                    to_string(Type{DType::boolean, {}}) + ", not " +
                    (in.empty() ? "missing" : to_string(in[0])));
  }
  const std::vector<Type> a = infer_body(name, then, in.subspan(1));
  const std::vector<Type> b = infer_body(name, otherwise, in.subspan(1));
  if (a != b) {
    throw ShapeError("[cond] its bodies give results of different types");
  }
  return a;
}

Samples Cond::samples() {
  const std::vector<Type> types{{DType::f64, {2, 3}}, {DType::f64, {3}}};
  auto body = [&](bool first) {
    Graph g;
    BodyBuilder builder(g, "cond");
    const Value x = builder.input(types[0]), y = builder.input(types[1]);
    return builder.finish(first ? std::vector{exp(x) * y, sum(square(y))}
                                : std::vector{x * sin(y), sum(x)});
  };
  const Cond op{body(true), body(false)};
  std::vector<SampleInput> inputs{SampleInput::booleans({})};
  for (const Type& t : types) {
    inputs.emplace_back(t.shape, -1, 1);
    inputs.back().dtype = t.dtype;
  }
  return {sample(op, inputs), sample(Cond{op.otherwise, op.then}, inputs)};
}

std::vector<Value> cond(Value condition, const Function& then,
                        const Function& otherwise,
                        const std::vector<Value>& operands, Source at) {
  Graph& graph = condition.graph();
  std::vector<Value> inputs{condition}, made[2];
  inputs.insert(inputs.end(), operands.begin(), operands.end());
  Body bodies[2];
  std::vector<std::size_t> place[2];
  for (int k = 0; k < 2; ++k) {
    BodyBuilder builder(graph, "cond");
    made[k] = (k == 0 ? then : otherwise)(builder.inputs(operands));
    if (k == 1) check_branches(made[0], made[1], at);
    bodies[k] = builder.finish(made[k]);
    for (std::size_t i = 0; i < operands.size(); ++i) place[k].push_back(i);
    for (const Value& v : builder.captured()) {
      place[k].push_back(inputs.size() - 1);
      inputs.push_back(v);
    }
  }
  std::vector<Type> types;
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    types.push_back(inputs[i].type());
  }
  const Cond op{with_inputs(bodies[0], types, place[0]),
                with_inputs(bodies[1], types, place[1])};
  return graph.add(make_op(op), inputs, at);
}

namespace ops {
void register_cond(Registry& r) { r.add<Cond>(); }
}  // namespace ops
}  // namespace weft
