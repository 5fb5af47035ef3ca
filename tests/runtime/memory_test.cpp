// Planned memory beside the least that the order of kernels needs, for the
// networks that the benchmarks run.

#include "catch.h"
#include "weft/weft.h"

using namespace weft;

namespace {

Value perceptron(Value x, const std::vector<std::int64_t>& widths,
                 std::string_view act) {
  for (std::size_t i = 0; i < widths.size(); ++i) {
    x = dense(x, widths[i], {.name = "fc" + std::to_string(i)});
    if (i + 1 < widths.size()) x = activation(x, act);
  }
  return x;
}

Value towers(Value x) {
  std::vector<Value> all;
  for (int t = 0; t < 8; ++t) {
    const Scope scope(x.graph(), "tower" + std::to_string(t));
    all.push_back(relu(perceptron(slice(x, 1, t * 98, t * 98 + 98),
                                  {256, 256, 256, 256}, "relu")));
  }
  return dense(concat(all, 1), 10, {.name = "out"});
}

double planned_by_least(std::int64_t batch, const Optimizer& optimizer,
                        Value (*model)(Value), double parallel_from) {
  Graph g;
  const Value x = g.input("x", {kBatch, 784});
  const Value y = g.input("y", {kBatch}, DType::i32);
  const Value loss = mean(softmax_cross_entropy(model(x), y));
  CompileOptions options;
  options.outputs = {loss};
  options.updates = minimize(loss, optimizer).updates;
  options.parallel_from = parallel_from;
  const Program p = compile(g, options);
  SymbolSizes sizes;
  sizes.sizes[0] = batch;
  return static_cast<double>(p.planned_bytes(sizes)) /
         static_cast<double>(p.least_bytes(sizes));
}

}  // namespace

TEST_CASE("planned memory is near the least") {
  const auto small = [](Value x) { return perceptron(x, {30, 10}, "sigmoid"); };
  const auto middle = [](Value x) {
    return perceptron(x, {300, 100, 10}, "relu");
  };
  const auto wide = [](Value x) {
    return perceptron(x, {1024, 1024, 10}, "relu");
  };
  const auto full = [](Value x) { return perceptron(x, {25, 10}, "sigmoid"); };
  constexpr double kSerial = 1e30, kDefault = 40'000;
  for (double from : {kSerial, kDefault}) {
    INFO(from);
    CHECK(planned_by_least(10, Sgd{}, small, from) <= 1.1);
    CHECK(planned_by_least(64, Momentum{}, middle, from) <= 1.1);
    CHECK(planned_by_least(64, Adam{}, middle, from) <= 1.1);
    CHECK(planned_by_least(256, Adam{}, wide, from) <= 1.1);
    CHECK(planned_by_least(5000, Sgd{}, full, from) <= 1.1);
  }
  CHECK(planned_by_least(32, Momentum{}, &towers, kSerial) <= 1.1);
  // Eight towers that may run in any order can need more at one time than one
  // after the other.
  CHECK(planned_by_least(32, Momentum{}, &towers, kDefault) <= 1.2);
}
