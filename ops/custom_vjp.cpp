#include "ops/bodies.h"
#include "weft/error.h"
#include "weft/ops.h"
#include "weft/registry.h"
#include "weft/subgraph.h"

namespace weft {

namespace {

void check_gradients(const std::vector<Value>& xs,
                     const std::vector<Value>& found, const Source& at) {
  if (found.size() != xs.size()) {
    throw GraphError("[custom_vjp] the backward function gives " +
                     std::to_string(found.size()) + " gradients of " +
                     std::to_string(xs.size()) + " arguments" + at_line(at));
  }
  for (std::size_t i = 0; i < xs.size(); ++i) {
    if (!found[i] || found[i].type() == xs[i].type()) continue;
    const std::string text = "[custom_vjp] argument " + std::to_string(i) +
                             " is " + to_string(xs[i].type()) +
                             ", its gradient is " + to_string(found[i].type()) +
                             at_line(at);
    if (found[i].dtype() != xs[i].dtype()) throw TypeError(text);
    throw ShapeError(text);
  }
}

}  // namespace

std::vector<Type> CustomVjp::infer(std::span<const Type> in) const {
  const std::size_t own = body ? body->inputs.size() : 0;
  if (arguments < 0 || static_cast<std::size_t>(arguments) > own ||
      own > in.size()) {
    throw GraphError("[custom_vjp] its body takes " + std::to_string(own) +
                     " inputs, got " + std::to_string(in.size()));
  }
  const std::vector<Type> types = infer_body(name, body, in.first(own));
  const auto n = static_cast<std::size_t>(arguments);
  std::vector<Type> expected(in.begin(),
                             in.begin() + static_cast<std::ptrdiff_t>(n));
  for (int twice = 0; twice < 2; ++twice) {
    expected.insert(expected.end(), types.begin(), types.end());
  }
  expected.insert(expected.end(), in.begin() + static_cast<std::ptrdiff_t>(own),
                  in.end());
  const std::vector<Type> grads = infer_body(name, backward, expected);
  if (grads.size() != n) {
    throw GraphError("[custom_vjp] " + std::to_string(grads.size()) +
                     " gradients of " + std::to_string(n) + " arguments");
  }
  for (std::size_t i = 0; i < n; ++i) {
    if (grads[i] == in[i]) continue;
    throw ShapeError("[custom_vjp] argument " + std::to_string(i) + " is " +
                     to_string(in[i]) + ", its gradient is " +
                     to_string(grads[i]));
  }
  return types;
}

std::vector<Value> CustomVjp::vjp(std::span<const Value> in,
                                  std::span<const Value> out,
                                  std::span<const Value> grads) const {
  const auto own = static_cast<std::ptrdiff_t>(body->inputs.size());
  std::vector<Value> arguments_of(in.begin(), in.begin() + arguments);
  arguments_of.insert(arguments_of.end(), out.begin(), out.end());
  arguments_of.insert(arguments_of.end(), grads.begin(), grads.end());
  arguments_of.insert(arguments_of.end(), in.begin() + own, in.end());
  return add_body(in.front().graph(), backward, arguments_of);
}

Samples CustomVjp::samples() {
  Graph g;
  BodyBuilder forward(g, "custom_vjp");
  const Value x = forward.input({DType::f64, {2, 3}});
  const Body body = forward.finish(std::vector{exp(x)});
  BodyBuilder builder(g, "custom_vjp");
  builder.input({DType::f64, {2, 3}});
  const Value y = builder.input({DType::f64, {2, 3}});
  const Value dy = builder.input({DType::f64, {2, 3}});
  const Body backward = builder.finish(std::vector{dy * y});
  SampleInput a(Shape{2, 3});
  a.dtype = DType::f64;
  return {sample(CustomVjp{body, backward, 1}, {a})};
}

std::vector<Value> custom_vjp(const Function& f, const Backward& backward,
                              const std::vector<Value>& xs, Source at) {
  if (xs.empty()) {
    throw GraphError("[custom_vjp] needs at least one value" + at_line(at));
  }
  Graph& graph = xs.front().graph();
  CustomVjp op;
  op.arguments = static_cast<std::int64_t>(xs.size());
  BodyBuilder forward(graph, "custom_vjp");
  op.body =
      forward.finish(f(forward.inputs(xs)), BodyBuilder::Constants::fixed);
  BodyBuilder builder(graph, "custom_vjp");
  const std::vector<Value> arguments = builder.inputs(xs);
  std::vector<Value> ys, dys;
  for (auto* list : {&ys, &dys}) {
    for (std::size_t i = 0; i < op.body->outputs.size(); ++i) {
      list->push_back(builder.input(op.body->output(i)));
    }
  }
  std::vector<Value> grads = backward(arguments, ys, dys);
  check_gradients(xs, grads, at);
  for (std::size_t i = 0; i < xs.size(); ++i) {
    if (!grads[i]) grads[i] = zeros_like(arguments[i]);
  }
  op.backward = builder.finish(grads, BodyBuilder::Constants::fixed);
  std::vector<Value> inputs = xs;
  for (const BodyBuilder* b : {&forward, &builder}) {
    for (const Value& v : b->captured()) inputs.push_back(v);
  }
  return graph.add(make_op(op), inputs, at);
}

namespace ops {
void register_custom_vjp(Registry& r) { r.add<CustomVjp>(); }
}  // namespace ops
}  // namespace weft
