// A comparison and the choices that alone read it become one instruction, with
// the same results, whatever else decides a choice.

#include <cmath>

#include "catch.h"
#include "weft/weft.h"

using namespace weft;

namespace {

void check_both(Value y, const std::vector<Feed>& feeds) {
  Graph& g = y.graph();
  Executor run({.threads = 1});
  State state = initialize(g, {1}), same = initialize(g, {1});
  const Tensor joined = run(compile(g, {.outputs = {y}}), state, feeds)[0];
  const Tensor apart =
      run(compile(g, {.outputs = {y}, .disabled_passes = {"contract"}}), same,
          feeds)[0];
  for (std::int64_t i = 0; i < joined.size(); ++i) {
    const double a = joined.at(i), b = apart.at(i);
    CHECK((a == b || (std::isnan(a) && std::isnan(b))));
  }
}

}  // namespace

TEST_CASE("choices have the results of booleans") {
  Graph g;
  const Value x = g.input("x", {7}, DType::f64),
              y = g.input("y", {7}, DType::f64);
  const double inf = HUGE_VAL;
  const Tensor a = Tensor::from<double>({1, -1, 0, NAN, inf, -inf, inf}, {7});
  const Tensor b = Tensor::from<double>({1, 2, -0.0, 3, inf, inf, NAN}, {7});
  const std::vector<Feed> feeds{{x, a}, {y, b}};
  for (auto relation :
       {less, less_equal, greater, greater_equal, equal, not_equal}) {
    const Value holds = relation(x, y);
    check_both(where(holds, x, 2 * y), feeds);
    check_both(where(holds, x, 0) + where(holds, -1, y), feeds);
    check_both(where(logical_not(holds), x, y), feeds);
    check_both(where(holds, x, y) + cast(holds, DType::f64), feeds);
  }
}

TEST_CASE("choices by what is no comparison of numbers stay as they are") {
  Graph g;
  const Value x = g.input("x", {4});
  const std::vector<Feed> feeds{{x, Tensor::from<float>({0, 1, -2, 3}, {4})}};
  const Value whole = cast(x, DType::i32);
  check_both(where(cast(x, DType::boolean), x, 5), feeds);
  check_both(where(equal(whole, 1), x, 5), feeds);
  check_both(where(less(random_uniform(g, {4}), 0.5), x, 5), feeds);
  check_both(where(fill(g, {4}, 1, DType::boolean), x, 5), feeds);
}
