#include "example.h"

#include <cstdlib>
#include <fstream>
#include <numeric>
#include <set>
#include <sstream>

namespace snippets {

namespace {

/// The ops that examples use, for the reference: a line for each example in the
/// file that WEFT_SNIPPET_OPS names.
void record(const std::string& example, const Graph& graph) {
  const char* path = std::getenv("WEFT_SNIPPET_OPS");
  if (path == nullptr) return;
  std::set<std::string> ops;
  for (std::size_t i = 0; i < graph.size(); ++i) {
    const Node& node = graph.node(static_cast<std::int32_t>(i));
    if (node.op != nullptr) ops.emplace(node.op->name());
  }
  std::ofstream out(path, std::ios::app);
  out << example;
  for (const std::string& op : ops) out << " " << op;
  out << "\n";
}

Shape filled(Shape shape, std::size_t size) {
  return shape == Shape{-1} ? Shape{static_cast<std::int64_t>(size)} : shape;
}

}  // namespace

Example::~Example() {
  record(Catch::getResultCapture().getCurrentTestName(), g);
}

Value Example::numbers(std::initializer_list<double> elements, Shape shape) {
  return g.constant(Tensor::from(elements, filled(shape, elements.size())));
}

Value Example::integers(std::initializer_list<std::int32_t> elements,
                        Shape shape) {
  return g.constant(Tensor::from(elements, filled(shape, elements.size())));
}

Value Example::range(const Shape& shape) {
  Tensor tensor(DType::f64, shape);
  double i = 0;
  for (double& x : tensor.values<double>()) {
    x = ++i / static_cast<double>(tensor.size());
  }
  return g.constant(tensor);
}

void Example::show_draw(const Initializer& initializer,
                        const std::string& text) {
  const Value w = g.parameter("w", {2, 3}, initializer({2, 3}, DType::f32));
  show(to_string(*g.node(w).op), text);
}

void show(const std::string& result, const std::string& text) {
  CHECK(result == text);
}
void show(const Tensor& tensor, const std::string& text) {
  show(to_string(tensor), text);
}
void show(Value value, const std::string& text) { show(eval(value), text); }
void show(const Shape& shape, const std::string& text) {
  show(to_string(shape), text);
}

void show_steps(const Optimizer& optimizer, const std::string& text) {
  Graph g;
  const Value w =
      g.parameter("w", {}, initializers::ones()({}, DType::f64), DType::f64);
  const Minimization step = minimize(square(w), optimizer);
  const Program program = compile(g, {.outputs = {w}, .updates = step.updates});
  State state = initialize(g, Seed{1});
  Executor run({.threads = 1});
  std::ostringstream out;
  for (int i = 0; i < 3; ++i) {
    run(program, state, {});
    out << (i > 0 ? " " : "") << state.at("w").item();
  }
  show(out.str(), text);
}

}  // namespace snippets
