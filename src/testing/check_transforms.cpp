#include <algorithm>
#include <cmath>
#include <cstddef>

#include "src/testing/op_setup.h"
#include "weft/autodiff.h"
#include "weft/ops.h"
#include "weft/vmap.h"

namespace weft::testing {

namespace {

constexpr std::int64_t kExamples = 3;

/// The largest relative difference; infinite where one is NaN alone, or
/// integers differ.
double difference(const Tensor& a, const Tensor& b) {
  if (a.type() != b.type()) return HUGE_VAL;
  if (!is_floating(a.dtype())) return a.bits_equal(b) ? 0 : HUGE_VAL;
  double worst = 0;
  for (std::int64_t i = 0; i < a.size(); ++i) {
    const double x = a.at(i), y = b.at(i);
    if (x == y || (std::isnan(x) && std::isnan(y))) continue;
    const double error = std::abs(x - y) / (1 + std::abs(y));
    worst = std::isnan(error) ? HUGE_VAL : std::max(worst, error);
  }
  return worst;
}

Shape with_examples(const Shape& one, Dim count) {
  Shape shape{count};
  for (const Dim d : one) shape.push_back(d);
  return shape;
}

/// Examples as rows of one tensor.
Tensor stacked(const std::vector<Tensor>& examples) {
  Tensor all(examples[0].dtype(),
             with_examples(examples[0].shape(),
                           static_cast<std::int64_t>(examples.size())));
  auto* to = static_cast<std::byte*>(all.raw());
  for (const Tensor& t : examples) {
    to = std::copy_n(static_cast<const std::byte*>(t.raw()), t.bytes(), to);
  }
  return all;
}

/// The op on inputs of a graph, and the same mapped.
struct Mapping {
  const OpPtr& op;
  std::vector<std::vector<Tensor>> examples;  ///< by example and input

  std::vector<Tensor> one(const std::vector<Tensor>& tensors) const {
    Graph g;
    std::vector<Value> xs;
    std::vector<Feed> feeds;
    for (const Tensor& t : tensors) {
      xs.push_back(
          g.input("x" + std::to_string(xs.size()), t.shape(), t.dtype()));
      feeds.push_back({xs.back(), t});
    }
    return run(g, g.add(op, xs, Source{}), feeds);
  }

  /// With a symbolic number of examples, if there is an input to tell it.
  std::vector<Tensor> all(const std::vector<bool>& mapped) const {
    Graph g;
    const Dim count = mapped.empty() ? Dim(kExamples) : kBatch;
    std::vector<Value> xs{g.input("example", {count}, DType::f32)};
    std::vector<Feed> feeds{{xs[0], Tensor(DType::f32, {kExamples})}};
    VmapOptions options{{0}};
    for (std::size_t i = 0; i < mapped.size(); ++i) {
      std::vector<Tensor> rows;
      for (const auto& e : examples) rows.push_back(e[i]);
      const Shape& s = rows[0].shape();
      xs.push_back(g.input("x" + std::to_string(i),
                           mapped[i] ? with_examples(s, count) : s,
                           rows[0].dtype()));
      feeds.push_back({xs.back(), mapped[i] ? stacked(rows) : rows[0]});
      options.axes.emplace_back();
      if (mapped[i]) options.axes.back() = 0;
    }
    auto f = [&](const std::vector<Value>& x) {
      return g.add(op, std::span(x).subspan(1), Source{});
    };
    return run(g, vmap(f, xs, options), feeds);
  }

  static std::vector<Tensor> run(Graph& g, const std::vector<Value>& of,
                                 const std::vector<Feed>& feeds) {
    const Program p = compile(g, {.outputs = of});
    State state = initialize(g, {7});
    Executor executor({.threads = 1});
    return executor(p, state, feeds);
  }
};

}  // namespace

std::vector<std::string> forward_mode_failures(const OpPtr& op,
                                               const Sample& sample,
                                               DType dtype) {
  if (!op->differentiable() || op->traits().random) return {};
  RandomSequence draws(Philox({12}, 1, 1));
  std::vector<Tensor> tensors;
  for (const SampleInput& in : sample.inputs) {
    tensors.push_back(draw_tensor(in, dtype, draws));
  }
  Setup s;
  build(s, op, tensors);
  std::vector<Value> xs, vs, ys;
  for (const Value& x : s.inputs) {
    if (!is_floating(x.dtype())) continue;
    xs.push_back(x);
    const SampleInput any(x.shape());
    vs.push_back(s.graph.constant(draw_tensor(any, x.dtype(), draws)));
  }
  for (const Value& y : s.outputs) {
    if (is_floating(y.dtype())) ys.push_back(y);
  }
  if (xs.empty() || ys.empty()) return {};
  const auto grads = gradients(weighted_sum(s.graph, ys), xs);
  Value backward;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    const Value term = dot(grads[i], vs[i]);
    backward = backward ? backward + term : term;
  }
  const std::vector<Value> pushed = jvp(ys, xs, vs);
  std::vector<std::string> failures;
  for (std::size_t k = 0; k < ys.size(); ++k) {
    if (pushed[k].type() == ys[k].type()) continue;
    failures.push_back("the tangent of output " + std::to_string(k) + " is " +
                       to_string(pushed[k].type()) + ", not " +
                       to_string(ys[k].type()));
  }
  if (!failures.empty()) return failures;
  const auto found = values(s, {weighted_sum(s.graph, pushed), backward});
  const double error = difference(found[0], found[1]);
  constexpr double kTolerance = 1e-10;
  if (!(error < (dtype == DType::f64 ? kTolerance : 1e-4))) {
    failures.push_back("forward mode gives " + std::to_string(found[0].item()) +
                       " along a direction, " + "reverse mode " +
                       std::to_string(found[1].item()));
  }
  return failures;
}

std::vector<std::string> mapping_failures(const OpPtr& op, const Sample& sample,
                                          DType dtype) {
  Mapping mapping{op, {}};
  RandomSequence draws(Philox({13}, 1, 1));
  for (std::int64_t e = 0; e < kExamples; ++e) {
    mapping.examples.emplace_back();
    for (const SampleInput& in : sample.inputs) {
      mapping.examples.back().push_back(draw_tensor(in, dtype, draws));
    }
  }
  const std::size_t n = sample.inputs.size();
  std::vector<std::vector<bool>> patterns{std::vector<bool>(n, true)};
  for (std::size_t i = 0; n > 1 && i < n; ++i) {
    patterns.emplace_back(n);
    patterns.back()[i] = true;
  }
  std::vector<std::string> failures;
  for (const std::vector<bool>& mapped : patterns) {
    std::vector<std::vector<Tensor>> expected;
    for (const auto& own : mapping.examples) {
      std::vector<Tensor> tensors = mapping.examples[0];
      for (std::size_t i = 0; i < n; ++i) {
        if (mapped[i]) tensors[i] = own[i];
      }
      expected.push_back(mapping.one(tensors));
    }
    const std::vector<Tensor> found = mapping.all(mapped);
    for (std::size_t k = 0; k < found.size(); ++k) {
      std::vector<Tensor> rows;
      for (const auto& outputs : expected) rows.push_back(outputs[k]);
      const Tensor all = stacked(rows);
      const bool random = op->traits().random;
      constexpr double kTolerance = 1e-12;
      if (random ? all.type() == found[k].type()
                 : difference(found[k], all) < kTolerance) {
        continue;
      }
      std::string which;
      for (const bool m : mapped) which += m ? "m" : "s";
      failures.push_back("vmap of inputs " + which +
                         " (mapped, shared): output " + std::to_string(k) +
                         " is not that of the examples");
    }
  }
  return failures;
}

}  // namespace weft::testing
