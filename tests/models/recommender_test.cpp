// Recommenders beside values worked out by hand.

#include <cmath>

#include "catch.h"
#include "weft/models/matrix_factorisation.h"
#include "weft/models/two_tower.h"
#include "weft/weft.h"

using namespace weft;

TEST_CASE("a rating is a mean, two biases and a product of factors") {
  Graph g;
  const Value pairs = g.input("pairs", {kBatch, 2}, DType::i32);
  const Value rating = models::matrix_factorisation(
      pairs, {.users = 3, .items = 2, .factors = 2, .mean = 3.5});
  State s = initialize(g, {1});
  s.set("users/table", Tensor::from<float>({1, 2, 3, 4, 5, 6}, {3, 2}));
  s.set("items/table", Tensor::from<float>({10, 20, 30, 40}, {2, 2}));
  s.set("user_bias/table", Tensor::from<float>({0.5, 0, -0.5}, {3, 1}));
  s.set("item_bias/table", Tensor::from<float>({0, 0.25}, {2, 1}));
  const Tensor found = eval(
      rating, s, {{{pairs, Tensor::from<std::int32_t>({0, 1, 2, 0}, {2, 2})}}});
  REQUIRE(found.shape() == Shape{2});
  CHECK(found.at(0) == 3.5 + 0.5 + 0.25 + 1 * 30 + 2 * 40);
  CHECK(found.at(1) == 3.5 - 0.5 + 5 * 10 + 6 * 20);
}

TEST_CASE("the tables of recommenders are trained by rows") {
  Graph g;
  const Value pairs = g.input("pairs", {kBatch, 2}, DType::i32);
  const Value rating =
      models::matrix_factorisation(pairs, {.users = 100, .items = 50});
  const Value user = models::tower(select(pairs, 1, 0), "user", {.count = 100});
  const Value item = models::tower(select(pairs, 1, 1), "item", {.count = 50});
  const auto step = minimize(mean(square(rating)) + mean(user * item), Adam{});
  CHECK(g.warnings().empty());
  const Program p = compile(g, {.updates = step.updates});
  State s = initialize(g, {1});
  const State before = s.clone();
  Executor run({.threads = 1});
  run(p, s, {{pairs, Tensor::from<std::int32_t>({7, 49, 7, 3}, {2, 2})}});
  for (const char* path :
       {"users/table", "items/table", "user_bias/table", "item_bias/table",
        "user/rows/table", "item/rows/table"}) {
    INFO(path);
    const Tensor &then = before.at(path), &now = s.at(path);
    const bool of_users = then.dim(0) == 100;
    const std::int64_t width = then.dim(1);
    for (std::int64_t row = 0; row < then.dim(0); ++row) {
      bool changed = false;
      for (std::int64_t k = row * width; k < (row + 1) * width; ++k) {
        changed = changed || then.at(k) != now.at(k);
      }
      CHECK(changed == (of_users ? row == 7 : row == 49 || row == 3));
    }
  }
}

TEST_CASE("the softmax in a batch is corrected by the items' shares") {
  Graph g;
  const Value users = g.constant(Tensor::from<double>({1, 0, 0, 2}, {2, 2}));
  const Value items = g.constant(Tensor::from<double>({1, 1, 3, -1}, {2, 2}));
  const double a = std::log(0.3), b = std::log(0.1);
  const Value shares = g.constant(Tensor::from<double>({a, b}, {2}));
  // Scores: user 0 has 1 and 3, user 1 has 2 and -2.
  const double first = std::log(std::exp(1 - a) + std::exp(3 - b)) - (1 - a);
  const double second = std::log(std::exp(2 - a) + std::exp(-2 - b)) - (-2 - b);
  const Tensor found = eval(models::in_batch_softmax(users, items, shares));
  CHECK(std::abs(found.item() - (first + second) / 2) < 1e-12);
}
