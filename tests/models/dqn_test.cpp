#include "weft/models/dqn.h"

#include <cmath>

#include "catch.h"
#include "weft/weft.h"

using namespace weft;

namespace {

models::Transitions transitions(Graph& g) {
  return {g.input("state", {kBatch, 2}),
          g.input("action", {kBatch}, DType::i32), g.input("reward", {kBatch}),
          g.input("next", {kBatch, 2}), g.input("ended", {kBatch})};
}

struct Found {
  double loss;
  Tensor q, gradient;
};

/// Q = sW and Q' = sV of two actions; two transitions.
Found find(bool double_q) {
  Graph g;
  const auto seen = transitions(g);
  const auto made =
      models::dqn(seen, {.hidden = {}, .discount = 0.5, .double_q = double_q});
  State state = initialize(g, {1});
  state.set("q/weight", Tensor::from<float>({1, 2, 0, -1}, {2, 2}));
  state.set("target/q/weight", Tensor::from<float>({4, 1, 1, 1}, {2, 2}));
  const Value w = g.find("q/weight");
  const Program p =
      compile(g, {.outputs = {made.loss, made.q, gradient(made.loss, w)}});
  Executor run({.threads = 1});
  const auto r = run(p, state,
                     {{seen.state, Tensor::from<float>({1, 0, 0, 1}, {2, 2})},
                      {seen.action, Tensor::from<std::int32_t>({1, 0}, {2})},
                      {seen.reward, Tensor::from<float>({1, 0.5}, {2})},
                      {seen.next, Tensor::from<float>({1, 0, 1, 1}, {2, 2})},
                      {seen.ended, Tensor::from<float>({0, 1}, {2})}});
  return {r[0].item(), r[1], r[2]};
}

}  // namespace

TEST_CASE("the loss of deep Q-learning, worked out by hand") {
  // First row: Q(s) = (1, 2), action 1, so 2. Q(next) = (1, 2), Q'(next) =
  // (4, 1). Double: 1 + 0.5·1 = 1.5, d = 0.5, ½d² = 0.125, slope d = 0.5.
  // Second: Q(s) = (0, −1), action 0, so 0; it ended: 0.5, ½d² = 0.125, d =
  // −0.5.
  const Found both = find(true);
  CHECK(both.loss == Approx(0.125));
  CHECK(both.q.at(1) == 2);
  CHECK(both.q.at(3) == -1);
  CHECK(both.gradient.at(0) == 0);
  CHECK(both.gradient.at(1) == Approx(0.25));   // s0 of row 1, halved
  CHECK(both.gradient.at(2) == Approx(-0.25));  // s1 of row 2
  CHECK(both.gradient.at(3) == 0);
  // With one network to choose and judge: 1 + 0.5·4 = 3, d = −1, ½.
  const Found one = find(false);
  CHECK(one.loss == Approx((0.5 + 0.125) / 2));
  CHECK(one.gradient.at(1) == Approx(-0.5));
}

TEST_CASE("a target network is no parameter, and follows by a copy") {
  Graph g;
  const auto seen = transitions(g);
  const auto made = models::dqn(seen, {.hidden = {3}, .actions = 2});
  CHECK(g.parameters().size() == 4);
  CHECK(made.copies.size() == 4);
  State state = initialize(g, {1});
  CHECK(!state.at("fc1/weight").bits_equal(state.at("target/fc1/weight")));
  Executor run({.threads = 1});
  run(compile(g, {.updates = made.copies}), state, {});
  for (const Value& w : g.parameters()) {
    CHECK(state.at(w.path()).bits_equal(state.at("target/" + w.path())));
  }
  // What acts needs the state alone.
  const Program act = compile(g, {.outputs = {made.q}});
  CHECK(
      run(act, state, {{seen.state, Tensor(DType::f32, {1, 2})}})[0].shape() ==
      Shape{1, 2});
}
