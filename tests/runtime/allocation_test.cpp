#include <cmath>

#include "catch.h"
#include "count_allocations.h"
#include "weft/weft.h"

using namespace weft;

TEST_CASE("a steady-state step does not touch the heap") {
  Graph g;
  const Value x = g.input("x", {kBatch, 30});
  const Value y = g.input("y", {kBatch}, DType::i32);
  const Value h = dropout(relu(dense(x, 40, {.name = "a"})), 0.1);
  const Value loss = mean(softmax_cross_entropy(dense(h, 7, {.name = "b"}), y));
  const auto step = minimize(loss, Adam{});
  const Program p = compile(g, {.outputs = {loss}, .updates = step.updates});
  State s = initialize(g, {1});
  Executor run({.threads = 1});
  const Feed feeds[] = {{x, Tensor(DType::f32, {16, 30})},
                        {y, Tensor(DType::i32, {16})}};
  std::vector<Tensor> out(1);
  for (int i = 0; i < 3; ++i) run.run(p, s, feeds, out);
  counting = true;
  for (int i = 0; i < 100; ++i) run.run(p, s, feeds, out);
  counting = false;
  CHECK(allocations == 0);
  CHECK(std::isfinite(out[0].item()));
}

namespace {

/// Numbers in the sample's range; those of matrices are near the unit matrix.
Tensor example(const SampleInput& in, DType dtype) {
  const DType t = in.dtype.value_or(dtype);
  Tensor values(DType::f64, in.shape);
  double k = 0;
  for (double& v : values.values<double>()) {
    v = in.low + (in.high - in.low) * (0.5 + 0.4 * std::sin(1.7 * ++k));
    if (!is_floating(t)) v = std::floor(v);
  }
  return values.to(t);
}

long allocations_of(const OpPtr& op, const Sample& sample) {
  Graph g;
  std::vector<Value> inputs;
  std::vector<Feed> feeds;
  for (std::size_t i = 0; i < sample.inputs.size(); ++i) {
    const Tensor t = example(sample.inputs[i], DType::f32);
    inputs.push_back(g.input("x" + std::to_string(i), t.shape(), t.dtype()));
    feeds.emplace_back(inputs.back(), t);
  }
  const std::vector<Value> outputs = g.add(op, inputs, Source{});
  const Program p = compile(g, {.outputs = outputs});
  State s = initialize(g, {1});
  Executor run({.threads = 1});
  std::vector<Tensor> out(outputs.size());
  for (int i = 0; i < 2; ++i) run.run(p, s, feeds, out);
  allocations = 0;
  counting = true;
  run.run(p, s, feeds, out);
  counting = false;
  return allocations;
}

}  // namespace

TEST_CASE("no op touches the heap in a steady state") {
  for (const std::string& name : registry().names()) {
    INFO(name);
    const OpPtr prototype = registry().prototype(name);
    for (const Sample& sample : prototype->samples()) {
      const OpPtr op = sample.op ? sample.op : prototype;
      try {
        CHECK(allocations_of(op, sample) == 0);
      } catch (const Error& e) {
        counting = false;  // numbers that the op does not take
        UNSCOPED_INFO(e.what());
      }
    }
  }
}

TEST_CASE(
    "a step over tables that are trained by rows does not touch the heap") {
  Graph g;
  const Value i = g.input("i", {kBatch, 2}, DType::i32);
  const Value x = embedding(i, 1000, 8, {.sparse = true});
  const Value z = lookup(g.find("embedding/table"), select(i, 1, 0));
  const Value loss = mean(square(dense(x, 1, {.name = "out"}))) + mean(z);
  const auto step = minimize(loss, Adam{});
  const Program p = compile(g, {.outputs = {loss}, .updates = step.updates});
  State s = initialize(g, {1});
  Executor run({.threads = 1});
  Tensor indices(DType::i32, {40, 2});
  std::int32_t k = 0;
  for (auto& v : indices.values<std::int32_t>()) v = (k += 37) % 1000;
  const Feed feeds[] = {{i, indices}};
  std::vector<Tensor> out(1);
  for (int n = 0; n < 3; ++n) run.run(p, s, feeds, out);
  allocations = 0;
  counting = true;
  for (int n = 0; n < 100; ++n) run.run(p, s, feeds, out);
  counting = false;
  CHECK(allocations == 0);
}
