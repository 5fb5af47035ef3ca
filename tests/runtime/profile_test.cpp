#include "weft/profile.h"

#include <set>

#include "catch.h"
#include "src/runtime/program_impl.h"
#include "src/runtime/simulate.h"
#include "weft/weft.h"

using namespace weft;

namespace {

/// Independent towers of products, large enough to be worth two threads.
struct Towers {
  Graph g;
  Value x;
  Program program;
  State state;
  Tensor in{DType::f32, {64, 256}};

  explicit Towers(int count) {
    x = g.input("x", {kBatch, 256});
    std::vector<Value> sums;
    for (int t = 0; t < count; ++t) {
      const Scope scope(g, "tower" + std::to_string(t));
      Value h = x;
      for (int i = 0; i < 3; ++i) {
        h = tanh(dense(h, 256, {.name = "fc" + std::to_string(i)}));
      }
      sums.push_back(sum(h));
    }
    program = compile(g, {.outputs = sums});
    state = initialize(g, {1});
  }
};

}  // namespace

TEST_CASE("a profile accounts for every kernel and task") {
  Towers towers(4);
  const std::vector<Feed> feeds{{towers.x, towers.in}};
  const Profile p =
      profile(towers.program, towers.state, feeds, {.runs = 5, .threads = 2});
  CHECK(p.threads == 2);
  CHECK(p.parallel);
  REQUIRE(p.kernels.size() == 12);
  double sum = 0, flops = 0;
  std::int64_t parts = 0;
  for (const KernelProfile& k : p.kernels) {
    CHECK(k.ns > 0);
    CHECK(k.name.find("matmul + add, tanh") == 0);
    CHECK(k.place.find("tower") != std::string::npos);
    CHECK(k.place.find("profile_test.cpp") != std::string::npos);
    sum += k.ns;
    flops += k.flops;
    parts += k.parts;
  }
  CHECK(sum <= p.serial_ns * 1.001);
  CHECK(flops >= 12 * 2.0 * 64 * 256 * 256);
  CHECK(p.critical_ns < sum);
  // Each part once, and the joins of the four sums.
  CHECK(static_cast<std::int64_t>(p.tasks.size()) == parts + 4);
  std::set<std::pair<std::int32_t, std::int64_t>> seen;
  for (const TaskRecord& t : p.tasks) {
    CHECK(seen.emplace(t.kernel, t.part).second);
    CHECK(t.end >= t.begin);
    CHECK(t.thread >= 0);
    CHECK(t.thread < 2);
  }
  CHECK(p.idle >= 0);
  CHECK(p.idle < 1);
  REQUIRE(p.forecasts.size() == 7);
  CHECK(p.forecasts[0].speedup == 1);
  CHECK(p.forecasts[1].speedup > 1.5);
  CHECK(p.forecasts[6].ns >= p.critical_ns / 4);
  CHECK(p.table().find("matmul") != std::string::npos);
  CHECK(p.plan().find("critical path") != std::string::npos);
  CHECK(p.trace_json().find("\"traceEvents\"") != std::string::npos);
}

TEST_CASE("a profile leaves the state as it was, and small programs serial") {
  Graph g;
  const Value x = g.input("x", {kBatch, 4});
  const Value loss = mean(square(dense(x, 2)));
  const Program p = compile(
      g, {.outputs = {loss}, .updates = minimize(loss, Adam{}).updates});
  State state = initialize(g, {1});
  const State before = state.clone();
  const Tensor in(DType::f32, {3, 4});
  const std::vector<Feed> feeds{{x, in}};
  const Profile found = profile(p, state, feeds, {.runs = 3, .threads = 4});
  CHECK_FALSE(found.parallel);
  CHECK(found.forecasts.back().speedup == 1);
  CHECK(state.step == before.step);
  for (std::size_t i = 0; i < before.entries().size(); ++i) {
    CHECK(state.entries()[i].tensor.bits_equal(before.entries()[i].tensor));
  }
  CHECK_THROWS_AS(profile(p, state, feeds, {.runs = 0}), GraphError);
  CHECK_THROWS_AS(profile(Program(), state, feeds, {}), GraphError);
}

TEST_CASE("the simulation keeps the order of steps and counts threads") {
  Towers towers(4);
  SymbolSizes sizes;
  sizes.sizes[0] = 64;
  const runtime::Loan instance(towers.program.impl(), sizes);
  runtime::StepCosts costs;
  double total = 0;
  for (const runtime::Step& s : instance->steps) {
    costs.parts.push_back(1e6 / static_cast<double>(s.parts));
    costs.finish.push_back(0);
    total += 1e6;
  }
  CHECK(simulate(*instance, costs, 1) == Approx(total));
  // Four equal chains: four threads take one chain each, or share parts.
  CHECK(simulate(*instance, costs, 2) == Approx(total / 2).epsilon(0.02));
  CHECK(simulate(*instance, costs, 4) == Approx(total / 4).epsilon(0.02));
}
