#include "ops/bodies.h"
#include "weft/error.h"
#include "weft/ops.h"
#include "weft/registry.h"
#include "weft/subgraph.h"

namespace weft {

void throw_not_compiled(std::string_view op) {
  throw GraphError("[" + std::string(op) +
                   "] has no kernel of its own; compile its graph");
}

std::vector<Type> infer_body(std::string_view op, const Body& body,
                             std::span<const Type> inputs) {
  check_arguments(op, body, inputs);
  std::vector<Type> types;
  for (std::size_t i = 0; i < body->outputs.size(); ++i) {
    types.push_back(body->output(i));
  }
  return types;
}

std::vector<Type> Checkpoint::infer(std::span<const Type> in) const {
  if (waits < 0 || static_cast<std::size_t>(waits) > in.size()) {
    throw GraphError("[checkpoint] can't wait for " + std::to_string(waits) +
                     " of " + std::to_string(in.size()) + " inputs");
  }
  return infer_body(name, body, in);
}

Samples Checkpoint::samples() {
  Graph g;
  BodyBuilder builder(g, "checkpoint");
  const Value x = builder.input({DType::f64, {2, 3}});
  const Value w = builder.input({DType::f64, {3}});
  const Value y = tanh(x * w);
  const Body body = builder.finish(std::vector{y * exp(w), sum(y)});
  SampleInput a(Shape{2, 3}), b(Shape{3});
  a.dtype = b.dtype = DType::f64;
  return {sample(Checkpoint{body, 0}, {a, b})};
}

std::vector<Value> checkpoint(const Function& f, const std::vector<Value>& xs,
                              Source at) {
  if (xs.empty()) {
    throw GraphError("[checkpoint] needs at least one value" + at_line(at));
  }
  Graph& graph = xs.front().graph();
  BodyBuilder builder(graph, "checkpoint");
  const Body body = builder.finish(f(builder.inputs(xs)));
  std::vector<Value> inputs = xs;
  for (const Value& v : builder.captured()) inputs.push_back(v);
  return graph.add(make_op(Checkpoint{body, 0}), inputs, at);
}

Value checkpoint(const std::function<Value(Value)>& f, Value x, Source at) {
  return checkpoint(
             [&](const std::vector<Value>& xs) {
               return std::vector{f(xs.front())};
             },
             {x}, at)
      .front();
}

namespace ops {
void register_checkpoint(Registry& r) { r.add<Checkpoint>(); }
}  // namespace ops
}  // namespace weft
