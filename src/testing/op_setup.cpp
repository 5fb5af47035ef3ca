#include "src/testing/op_setup.h"

#include <algorithm>
#include <cmath>

#include "weft/initializers.h"
#include "weft/ops.h"

namespace weft::testing {

namespace {

/// A random element of a sample input, off its kinks.
double draw(const SampleInput& in, RandomSequence& draws) {
  for (;;) {
    const double v = in.low + (in.high - in.low) * draws.uniform();
    const bool off =
        std::all_of(in.kinks.begin(), in.kinks.end(),
                    [&](double k) { return std::abs(v - k) >= in.keep_off; });
    if (off) return v;
  }
}

}  // namespace

Tensor draw_tensor(const SampleInput& in, DType fallback,
                   RandomSequence& draws) {
  const DType t = in.dtype.value_or(fallback);
  Tensor values(DType::f64, in.shape);
  for (double& v : values.values<double>()) {
    v = draw(in, draws);
    if (!is_floating(t)) v = std::floor(v);
  }
  return values.to(t);
}

void build(Setup& s, const OpPtr& op, const std::vector<Tensor>& tensors) {
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const Type& t = tensors[i].type();
    s.inputs.push_back(s.graph.buffer("x" + std::to_string(i), t.shape,
                                      initializers::zeros()(t.shape, t.dtype),
                                      t.dtype));
  }
  s.outputs = s.graph.add(op, s.inputs, Source{});
  s.state = initialize(s.graph, {7});
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    s.state.set("x" + std::to_string(i), tensors[i]);
  }
}

std::vector<Tensor> values(Setup& s, const std::vector<Value>& of,
                           int threads) {
  const Program p = compile(s.graph, {.outputs = of, .parallel_from = 0});
  Executor run({.threads = threads});
  return run(p, s.state, std::span<const Feed>{});
}

Value weighted_sum(Graph& g, const std::vector<Value>& ys) {
  Value total;
  int k = 0;
  for (const Value& y : ys) {
    if (!is_floating(y.dtype())) continue;
    Tensor c(DType::f64, y.shape());
    for (double& v : c.values<double>()) v = 0.3 + std::sin(1.7 * ++k);
    const Value term = sum(y * g.constant(c.to(y.dtype())));
    total = total ? total + term : term;
  }
  return total;
}

}  // namespace weft::testing
