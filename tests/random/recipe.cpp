#include "recipe.h"

#include <cmath>
#include <sstream>

namespace random_graphs {

namespace {

std::string name_of_step(std::size_t i) { return "x" + std::to_string(i); }

bool is_leaf(const Step& s) { return s.kind != Node::Kind::op; }

/// A leaf's elements, of its own stream.
Tensor elements(const Recipe& recipe, std::size_t i) {
  const Step& s = recipe.steps[i];
  if (s.fixed) return *s.fixed;
  SymbolSizes sizes;
  sizes.sizes[0] = recipe.batch;
  const Type& type = s.outputs.front();
  Tensor values(DType::f64, type.shape.resolve(sizes));
  RandomSequence draws(Philox({recipe.seed}, i + 1, 0));
  for (double& v : values.values<double>()) {
    v = s.low + (s.high - s.low) * draws.uniform();
    if (!is_floating(type.dtype)) v = std::floor(v);
  }
  return values.to(type.dtype);
}

Value add_leaf(Graph& g, const Step& s, std::size_t i, const Tensor& values) {
  const Type& t = s.outputs.front();
  switch (s.kind) {
    case Node::Kind::input: return g.input(name_of_step(i), t.shape, t.dtype);
    case Node::Kind::parameter:
      return g.parameter(name_of_step(i), t.shape,
                         initializers::zeros()(t.shape, t.dtype), t.dtype);
    case Node::Kind::buffer:
      return g.buffer(name_of_step(i), t.shape,
                      initializers::zeros()(t.shape, t.dtype), t.dtype);
    default: return g.constant(values);
  }
}

/// A scalar that all floating-point outputs have a share in.
Value loss_of(const std::vector<Value>& outputs) {
  Value total;
  for (const Value& y : outputs) {
    if (!is_floating(y.dtype())) continue;
    const Value term = sum(cast(tanh(y), DType::f64));
    total = total ? total + term : term;
  }
  return total;
}

void add_gradients(Built& b, int orders) {
  std::vector<Value> xs;
  for (const Value& p : b.graph->parameters()) {
    if (is_floating(p.dtype())) xs.push_back(p);
  }
  Value y = b.loss;
  for (int order = 0; order < orders && y && !xs.empty(); ++order) {
    Value next;
    std::vector<Value> found;
    try {
      found = gradients(y, xs);
    } catch (const GraphError&) {
      return;  // CTC, whose derivatives end with the second
    }
    for (const Value& gradient : found) {
      b.outputs.push_back(gradient);
      const Value term = sum(cast(sin(gradient), DType::f64));
      next = next ? next + term : term;
    }
    if (order == 0) b.of_gradients = next;
    y = next;
  }
}

}  // namespace

const std::vector<std::pair<std::string, Optimizer>>& optimizers() {
  static const std::vector<std::pair<std::string, Optimizer>> all = {
      {"Sgd{}", Sgd{}},
      {"Momentum{.nesterov = true}", Momentum{.nesterov = true}},
      {"Adam{}", Adam{}},
      {"AdamW{}", AdamW{}},
      {"RmsProp{}", RmsProp{}},
      {"Adagrad{}", Adagrad{}},
      {"Adadelta{}", Adadelta{}},
      {"Rprop{}", Rprop{}},
      {"AmsGrad{}", AmsGrad{}}};
  return all;
}

Built build(const Recipe& recipe) {
  Built b;
  b.graph = std::make_shared<Graph>();
  Graph& g = *b.graph;
  std::vector<std::vector<Value>> values;
  std::vector<std::pair<std::string, Tensor>> entries;
  for (std::size_t i = 0; i < recipe.steps.size(); ++i) {
    const Step& s = recipe.steps[i];
    if (!is_leaf(s)) {
      std::vector<Value> inputs;
      for (const Port& p : s.inputs) {
        inputs.push_back(values[static_cast<std::size_t>(p.node)]
                               [static_cast<std::size_t>(p.output)]);
      }
      values.push_back(g.add(s.op, inputs, Source{}));
      continue;
    }
    const Tensor content = elements(recipe, i);
    values.push_back({add_leaf(g, s, i, content)});
    if (s.kind == Node::Kind::input) {
      b.feeds.emplace_back(values.back().front(), content);
    } else if (s.kind != Node::Kind::constant) {
      entries.emplace_back(name_of_step(i), content);
    }
  }
  for (const Port& p : recipe.outputs) {
    b.outputs.push_back(values[static_cast<std::size_t>(p.node)]
                              [static_cast<std::size_t>(p.output)]);
  }
  b.loss = loss_of(b.outputs);
  if (b.loss && recipe.optimizer >= 0 && !g.parameters().empty()) {
    b.updates =
        minimize(
            b.loss,
            optimizers()[static_cast<std::size_t>(recipe.optimizer)].second)
            .updates;
  }
  add_gradients(b, recipe.derivatives);
  // From which sizes are known that nothing else tells.
  for (const Feed& f : b.feeds) b.outputs.push_back(f.first);
  b.state = initialize(g, Seed{recipe.seed});
  for (const auto& [path, tensor] : entries) b.state.set(path, tensor);
  return b;
}

}  // namespace random_graphs
