#include "catch.h"
#include "weft/weft.h"

using namespace weft;

namespace {

struct Deep {
  Graph g;
  Value x, y, loss;
  std::vector<Value> updates;
  SymbolSizes sizes;
  Tensor in{DType::f32, {64, 96}}, labels{DType::i32, {64}};

  Deep() {
    x = g.input("x", {kBatch, 96});
    y = g.input("y", {kBatch}, DType::i32);
    Value h = x;
    for (int i = 0; i < 12; ++i) {
      h = dense(h, 96, {.name = "fc" + std::to_string(i)});
      h = dropout(gelu(layer_norm(h, {.name = "norm" + std::to_string(i)})),
                  0.1, Mode::train);
    }
    loss = mean(softmax_cross_entropy(dense(h, 10, {.name = "out"}), y));
    updates = minimize(loss, Adam{}).updates;
    sizes.sizes[0] = 64;
    RandomSequence draws(Philox({5}, 0, 0));
    for (float& v : in.values<float>()) v = static_cast<float>(draws.normal());
    for (auto& v : labels.values<std::int32_t>()) {
      v = static_cast<std::int32_t>(draws.below(10));
    }
  }

  CompileOptions options(std::int64_t budget) const {
    CompileOptions o;
    o.outputs = {loss};
    o.updates = updates;
    o.memory_budget = budget;
    o.budget_sizes = sizes;
    return o;
  }
};

}  // namespace

TEST_CASE("a memory budget is met, with the same results") {
  Deep deep;
  const Program plain = compile(deep.g, deep.options(0));
  const std::int64_t all = plain.planned_bytes(deep.sizes);
  Tensor expected;
  State trained = initialize(deep.g, {1});
  for (double share : {1.0, 0.8, 0.7}) {
    INFO(share);
    const auto budget = static_cast<std::int64_t>(share * double(all));
    const Program p = compile(deep.g, deep.options(budget));
    CHECK(p.planned_bytes(deep.sizes) <= budget);
    for (int threads : {1, 3}) {
      State s = initialize(deep.g, {1});
      Executor run({.threads = threads});
      Tensor loss;
      for (int i = 0; i < 3; ++i) {
        loss = run(p, s, {{deep.x, deep.in}, {deep.y, deep.labels}})[0];
      }
      if (expected.size() == 0 || expected.rank() != loss.rank()) {
        expected = loss;
        trained = s;
      }
      CHECK(loss.bits_equal(expected));
      for (std::size_t i = 0; i < s.entries().size(); ++i) {
        CHECK(s.entries()[i].tensor.bits_equal(trained.entries()[i].tensor));
      }
    }
  }
}

TEST_CASE("a budget that can't be met says what can") {
  Deep deep;
  try {
    compile(deep.g, deep.options(1000));
    FAIL("no error");
  } catch (const GraphError& e) {
    CHECK(std::string(e.what()).find("1000 bytes; it takes at least") !=
          std::string::npos);
  }
}
