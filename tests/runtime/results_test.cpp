// Large results are made in the caller's tensors; small ones are copied there.

#include "catch.h"
#include "weft/weft.h"

using namespace weft;

namespace {

Tensor counted(std::int64_t n, float first) {
  Tensor t(DType::f32, {Dim(n)});
  float v = first;
  for (float& e : t.values<float>()) e = v++;
  return t;
}

std::vector<float> elements(const Tensor& t) {
  const auto v = t.values<float>();
  return {v.begin(), v.end()};
}

}  // namespace

TEST_CASE("results may be wanted in a tensor that is fed") {
  for (std::int64_t n : {5, 5000}) {
    INFO(n);
    Graph g;
    const Value x = g.input("x", {Dim(n)});
    const Value y = 2 * x + 1, z = sum(x) + 0 * x;
    const Program p = compile(g, {.outputs = {y, z}});
    Executor run({.threads = 1});
    State s = initialize(g);
    Tensor fed = counted(n, 1);
    const auto before = elements(fed);
    std::vector<Tensor> results{fed, Tensor()};
    const Feed feeds[] = {{x, fed}};
    run.run(p, s, feeds, results);
    CHECK(results[0].raw() == fed.raw());
    const auto total = static_cast<float>(n * (n + 1) / 2);
    for (std::size_t i = 0; i < before.size(); ++i) {
      REQUIRE(elements(results[0])[i] == 2 * before[i] + 1);
      REQUIRE(elements(results[1])[i] == Approx(total).epsilon(1e-5));
    }
  }
}

TEST_CASE("one value may be wanted several times, also reshaped") {
  Graph g;
  const Value x = g.input("x", {4096});
  const Value y = exp(0 * x) + x;
  const Program p = compile(g, {.outputs = {y, reshape(y, {64, 64}), y, x}});
  Executor run({.threads = 2});
  State s = initialize(g);
  const Tensor fed = counted(4096, -3);
  const auto results = run(p, s, {{x, fed}});
  for (const Tensor& r : results) CHECK(r.raw() != fed.raw());
  CHECK(elements(results[0]) == elements(results[1]));
  CHECK(elements(results[0]) == elements(results[2]));
  CHECK(elements(results[3]) == elements(fed));
  CHECK(elements(results[0])[10] == 8);
}

TEST_CASE("a result that is also a new state leaves the state its own") {
  Graph g;
  const Value w =
      g.buffer("w", {3000}, initializers::zeros()({3000}, DType::f32));
  const Value x = g.input("x", {3000});
  const Value next = w + x;
  const Program p =
      compile(g, {.outputs = {next, w}, .updates = {g.assign(w, next)}});
  Executor run({.threads = 1});
  State s = initialize(g);
  std::vector<Tensor> results(2);
  const Tensor fed = counted(3000, 1);
  const Feed feeds[] = {{x, fed}};
  run.run(p, s, feeds, results);
  run.run(p, s, feeds, results);
  CHECK(elements(results[0])[7] == 16);
  CHECK(elements(results[1])[7] == 8);
  results[0].values<float>()[7] = 0;
  CHECK(elements(s.at("w"))[7] == 16);
}

TEST_CASE("the caller's tensor may be one of the state") {
  Graph g;
  const Value w =
      g.buffer("w", {3000}, initializers::ones()({3000}, DType::f32));
  const Value y = 3 * flip(w) + w;
  const Program p = compile(g, {.outputs = {y}});
  Executor run({.threads = 1});
  State s = initialize(g);
  std::vector<Tensor> results{s.at("w")};
  run.run(p, s, {}, results);
  CHECK(elements(s.at("w")) == std::vector<float>(3000, 4));
}
