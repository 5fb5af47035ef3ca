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
