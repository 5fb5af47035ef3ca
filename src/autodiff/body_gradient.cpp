#include "src/autodiff/body_gradient.h"

#include "ops/bodies.h"
#include "src/autodiff/adjoints.h"
#include "weft/ops.h"

namespace weft {

BodyGradient::BodyGradient(const Body& body)
    : graph(std::make_shared<Graph>()) {
  std::vector<std::vector<Value>> now(body->graph->size());
  for (std::size_t i = 0; i < now.size(); ++i) {
    copy_node(*graph, *body->graph, static_cast<std::int32_t>(i), now);
  }
  for (std::int32_t n : body->inputs) {
    inputs.push_back(now[static_cast<std::size_t>(n)].front());
  }
  std::vector<Value> ys, dys, xs;
  for (const Port& p : body->outputs) {
    outputs.push_back(now[static_cast<std::size_t>(p.node)]
                         [static_cast<std::size_t>(p.output)]);
    seeds.emplace_back();
    if (!is_floating(outputs.back().dtype())) continue;
    seeds.back() = graph->input("dy" + std::to_string(seeds.size()),
                                outputs.back().shape(), outputs.back().dtype());
    ys.push_back(outputs.back());
    dys.push_back(seeds.back());
  }
  forward_nodes = graph->size();
  for (const Value& x : inputs) {
    if (is_floating(x.dtype())) xs.push_back(x);
  }
  const auto found = pull_back(*graph, ys, dys, xs);
  gradients.resize(inputs.size());
  for (std::size_t i = 0, k = 0; i < inputs.size(); ++i) {
    if (is_floating(inputs[i].dtype())) gradients[i] = found[k++];
  }
}

std::vector<Value> floating(std::span<const Value> values) {
  std::vector<Value> found;
  for (const Value& v : values) {
    if (is_floating(v.dtype())) found.push_back(v);
  }
  return found;
}

Body gradient_body(const Body& body, const char* op) {
  BodyGradient g(body);
  std::vector<Value> in = g.inputs, out;
  for (const Value& v : g.seeds) {
    if (v) in.push_back(v);
  }
  for (std::size_t i = 0; i < g.inputs.size(); ++i) {
    if (!is_floating(g.inputs[i].dtype())) continue;
    out.push_back(g.gradients[i] ? g.gradients[i] : zeros_like(g.inputs[i]));
  }
  return make_body(*g.graph, in, out, op);
}

std::vector<Value> Checkpoint::vjp(std::span<const Value> in,
                                   std::span<const Value>,
                                   std::span<const Value> grads) const {
  std::vector<Value> inputs(in.begin(), in.end());
  const std::vector<Value> seeds = floating(grads);
  inputs.insert(inputs.end(), seeds.begin(), seeds.end());
  const Checkpoint backward{gradient_body(body, "checkpoint"),
                            static_cast<std::int64_t>(seeds.size())};
  const auto found =
      in.front().graph().add(make_op(backward), inputs, Source{});
  std::vector<Value> result(in.size());
  for (std::size_t i = 0, k = 0; i < in.size(); ++i) {
    if (is_floating(in[i].dtype())) result[i] = found[k++];
  }
  return result;
}

}  // namespace weft
