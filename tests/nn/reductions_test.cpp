// Statistics of rows, and values that are reduced at their places: derivatives
// of both orders.

#include "finite_differences.h"
#include "known_values.h"

using namespace weft;

TEST_CASE("statistics of rows have right derivatives") {
  const Shape kMatrix{3, 4};
  const std::vector<Composition> all{
      {"covariance",
       {kMatrix},
       [](const Values& x) { return covariance(x[0]); }},
      {"correlation",
       {Shape{2, 5}},
       [](const Values& x) { return correlation(x[0]); }},
      {"trapezoid",
       {kMatrix, Shape{3}},
       [](const Values& x) { return trapezoid(x[0], x[1], 0); }},
      {"renorm",
       {SampleInput(kMatrix, 1, 2)},
       [](const Values& x) { return renorm(x[0], 3, 1, 1.5); }},
      {"mode", {kMatrix}, [](const Values& x) { return mode(x[0]).values; }},
  };
  for (const Composition& c : all) check_derivatives(c);
}

TEST_CASE("values reduced at their places have right derivatives") {
  for (Reduce how : {Reduce::sum, Reduce::mean, Reduce::max, Reduce::min}) {
    for (bool include : {true, false}) {
      check_derivatives(
          {"reduce_along", {Shape{3, 2}, Shape{4, 2}}, [=](const Values& x) {
             const Value at =
                 x[0].graph().constant(i32({0, 2, 2, 2, 0, 1, 0, 2}, {4, 2}));
             return reduce_along(x[0], at, x[1], 0, how, include);
           }});
    }
  }
  Graph g;
  const Value x = g.constant(f64({1, 1, 1}, {3}));
  const Value at = g.constant(i32({0, 0, 5}, {3}));
  CHECK_THROWS_AS(eval(reduce_along(x, at, x, 0, Reduce::max)), DataError);
}

TEST_CASE("bags of rows have right derivatives") {
  for (Bag how : {Bag::sum, Bag::mean, Bag::max}) {
    for (std::int64_t padding : {-1, 1}) {
      check_derivatives(
          {"embedding_bag", {Shape{4, 2}}, [=](const Values& x) {
             const Value bags =
                 x[0].graph().constant(i32({0, 1, 3, 3, 1, 1}, {2, 3}));
             return embedding_bag(x[0], bags, {.how = how, .padding = padding});
           }});
    }
  }
  Graph g;
  const Value table = g.constant(f64({1, 2}, {2, 1}));
  const Value bags = g.constant(i32({1, 1}, {1, 2}));
  CHECK(
      eval(embedding_bag(table, bags, {.how = Bag::max, .padding = 1})).at(0) ==
      0);
}
