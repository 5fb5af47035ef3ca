#include "tools/weft/cases.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace weft::cli {

namespace {

constexpr std::int64_t kPixels = 784;

Tensor random_pixels(std::int64_t rows) {
  Tensor x(DType::f32, {Dim(rows), Dim(kPixels)});
  RandomSequence draws(Philox({1}, 0, 0));
  for (float& v : x.values<float>()) v = static_cast<float>(draws.uniform());
  return x;
}

Tensor random_labels(std::int64_t rows) {
  Tensor y(DType::i32, {Dim(rows)});
  RandomSequence draws(Philox({2}, 0, 0));
  for (auto& v : y.values<std::int32_t>()) {
    v = static_cast<std::int32_t>(draws.below(10));
  }
  return y;
}

/// Fills in everything but the program.
BenchCase begin(std::int64_t rows, std::string what) {
  BenchCase c;
  c.what = std::move(what);
  c.graph = std::make_unique<Graph>();
  const Value x = c.graph->input("pixels", {kBatch, kPixels});
  c.feeds.emplace_back(x, random_pixels(rows));
  c.sizes.sizes[0] = rows;
  c.units = static_cast<double>(rows);
  return c;
}

Value add_labels(BenchCase& c) {
  const Value y = c.graph->input("label", {kBatch}, DType::i32);
  c.feeds.emplace_back(y, random_labels(static_cast<std::int64_t>(c.units)));
  return y;
}

using Activation = Value (*)(Operand);

Value perceptron(Value x, const std::vector<std::int64_t>& widths,
                 Activation act, const std::string& prefix = "fc") {
  for (std::size_t i = 0; i < widths.size(); ++i) {
    x = dense(x, widths[i], {.name = prefix + std::to_string(i + 1)});
    if (i + 1 < widths.size()) x = act(x);
  }
  return x;
}

BenchCase training(std::int64_t rows, const std::vector<std::int64_t>& widths,
                   Activation act, const Optimizer& optimizer,
                   std::string what) {
  BenchCase c = begin(rows, std::move(what));
  const Value y = add_labels(c);
  const Value logits = perceptron(c.feeds[0].first, widths, act);
  const Value loss = mean(softmax_cross_entropy(logits, y));
  const auto step = minimize(loss, optimizer);
  c.program = compile(*c.graph, {.outputs = {loss}, .updates = step.updates});
  return c;
}

BenchCase b1() {
  BenchCase c = begin(10, "784-30-10 sigmoid, batch 10, squared error, SGD");
  const Value y = add_labels(c);
  const Value a = sigmoid(perceptron(c.feeds[0].first, {30, 10}, &sigmoid));
  const Value loss = mean_squared_error(a, one_hot(y, 10));
  const auto step = minimize(loss, Sgd{.learning_rate = 0.5});
  c.program = compile(*c.graph, {.outputs = {loss}, .updates = step.updates});
  return c;
}

BenchCase b7(bool fuse) {
  constexpr int kNodes = 10'000;
  BenchCase c;
  c.what = "10,000 elementwise nodes on 16-vectors and their gradients";
  c.graph = std::make_unique<Graph>();
  Graph& g = *c.graph;
  auto vector = [&](const char* name, double value) {
    return g.parameter(name, {16},
                       initializers::constant(value)({16}, DType::f32));
  };
  Value x = g.input("x", {16});
  c.feeds.emplace_back(x,
                       Tensor::from<float>(std::vector<float>(16, 0.5F), {16}));
  const Value w = vector("w", 0.999), b = vector("b", 0.01);
  const Value d = vector("c", 0.005);
  for (int i = 0; i < kNodes; ++i) {
    switch (i % 4) {
      case 0: x = x * w; break;
      case 1: x = x + b; break;
      case 2: x = relu(x); break;
      default: x = x - d;
    }
  }
  CompileOptions options;
  options.outputs = gradients(sum(x), {w, b});
  options.outputs.push_back(x);
  if (!fuse) options.disabled_passes = {"fuse"};
  c.program = compile(g, options);
  c.units = kNodes;
  c.unit = "nodes";
  return c;
}

BenchCase b8() {
  BenchCase c = begin(1, "one sample through 784-300-100-10 ReLU");
  const Value out = perceptron(c.feeds[0].first, {300, 100, 10}, &relu);
  c.program = compile(*c.graph, {.outputs = {out}});
  return c;
}

BenchCase b9() {
  BenchCase c =
      begin(32, "8 towers 98-256-256-256-256 ReLU, joined, batch 32, momentum");
  const Value y = add_labels(c);
  std::vector<Value> towers;
  for (int t = 0; t < 8; ++t) {
    const Value part = slice(c.feeds[0].first, 1, t * 98, (t + 1) * 98);
    towers.push_back(relu(perceptron(part, {256, 256, 256, 256}, &relu,
                                     "tower" + std::to_string(t) + "/fc")));
  }
  const Value logits = dense(concat(towers, 1), 10, {.name = "out"});
  const Value loss = mean(softmax_cross_entropy(logits, y));
  const auto step = minimize(loss, Momentum{});
  c.program = compile(*c.graph, {.outputs = {loss}, .updates = step.updates});
  return c;
}

BenchCase b10() {
  BenchCase c = begin(5000, "784-25-10 sigmoid, 5,000 rows, loss and gradient");
  const Value y = add_labels(c);
  const Value logits = perceptron(c.feeds[0].first, {25, 10}, &sigmoid);
  const Value loss = mean(softmax_cross_entropy(logits, y));
  CompileOptions options;
  options.outputs = gradients(loss, c.graph->parameters());
  options.outputs.push_back(loss);
  c.program = compile(*c.graph, options);
  return c;
}

using Make = std::function<BenchCase()>;

const std::vector<std::pair<std::string, Make>>& all() {
  static const std::vector<std::pair<std::string, Make>> cases = {
      {"B1", b1},
      {"B2-sgdm",
       [] {
         return training(64, {300, 100, 10}, &relu, Momentum{},
                         "784-300-100-10 ReLU, batch 64, momentum");
       }},
      {"B2-adam",
       [] {
         return training(64, {300, 100, 10}, &relu, Adam{},
                         "784-300-100-10 ReLU, batch 64, Adam");
       }},
      {"B3",
       [] {
         return training(256, {1024, 1024, 10}, &relu, Adam{},
                         "784-1024-1024-10 ReLU, batch 256, Adam");
       }},
      {"B7", [] { return b7(true); }},
      {"B7-unfused", [] { return b7(false); }},
      {"B8", b8},
      {"B9", b9},
      {"B10", b10}};
  return cases;
}

}  // namespace

std::vector<std::string> bench_case_names() {
  std::vector<std::string> names;
  for (const auto& [name, make] : all()) names.push_back(name);
  return names;
}

BenchCase make_bench_case(const std::string& name) {
  std::string known;
  for (const auto& [candidate, make] : all()) {
    if (candidate == name) {
      BenchCase c = make();
      c.name = name;
      c.state = initialize(*c.graph, Seed{1});
      return c;
    }
    known += (known.empty() ? "" : ", ") + candidate;
  }
  throw GraphError("[plan] there is no case '" + name + "'; cases are " +
                   known);
}

}  // namespace weft::cli
