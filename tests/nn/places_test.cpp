#include "weft/places.h"

#include <cmath>
#include <limits>

#include "catch.h"
#include "nn/finite_differences.h"
#include "weft/weft.h"

using namespace weft;
using Catch::Matchers::Contains;

namespace {

template <class T>
Value constant(Graph& g, std::vector<T> numbers, Shape shape) {
  return g.constant(Tensor::from<T>(numbers, shape));
}

void check(Value v, const std::vector<double>& expected) {
  const Tensor t = eval(v);
  REQUIRE(t.size() == static_cast<std::int64_t>(expected.size()));
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(t.at(static_cast<std::int64_t>(i)) == expected[i]);
  }
}

}  // namespace

TEST_CASE("values are added to and put at places of several axes") {
  Graph g;
  const Value x = constant<double>(g, {1, 2, 3, 4, 5, 6}, {2, 3});
  const Value rows = constant<std::int32_t>(g, {0, 1, 0, -2}, {4});
  const Value columns = constant<std::int32_t>(g, {2, 0, 2, -1}, {4});
  const Value v = constant<double>(g, {10, 20, 30, 40}, {4});
  check(add_at(x, {rows, columns}, v), {1, 2, 83, 24, 5, 6});
  check(put_at(x, {rows, columns}, v), {1, 2, 40, 20, 5, 6});
  // Whole rows, with places of any shape and 64 bits.
  const Value at = constant<std::int64_t>(g, {1, 1}, {2, 1});
  const Value two = constant<double>(g, {1, 1, 1, 2, 2, 2}, {2, 1, 3});
  check(add_at(x, {at}, two), {1, 2, 3, 7, 8, 9});
  check(put_at(x, {at}, two), {1, 2, 3, 2, 2, 2});
  const Value none = constant<std::int32_t>(g, {}, {0});
  check(add_at(x, {none}, constant<double>(g, {}, {0, 3})), {1, 2, 3, 4, 5, 6});
  CHECK_THROWS_WITH(put_at(x, {rows, columns}, two),
                    Contains("[put_at] the values are (2, 1, 3) and must be "
                             "(4) for places of (2, 3)"));
  CHECK_THROWS_WITH(add_at(x, {}, v), Contains("[add_at] 0 indices"));
  const Value far = constant<std::int32_t>(g, {2}, {1});
  CHECK_THROWS_AS(
      eval(add_at(x, {far}, constant<double>(g, {1, 1, 1}, {1, 3}))),
      DataError);
  // A column beyond its row is no column of the next row.
  const Value first = constant<std::int32_t>(g, {0}, {1});
  for (const std::int32_t column : {3, 5, -4}) {
    const Value beyond = constant<std::int32_t>(g, {column}, {1});
    const Value one = constant<double>(g, {1}, {1});
    CHECK_THROWS_AS(eval(add_at(x, {first, beyond}, one)), DataError);
  }
}

TEST_CASE("indices of 64 bits beyond 32 are out of range") {
  Graph g;
  const Value x = constant<double>(g, {1, 2, 3, 4, 5, 6}, {2, 3});
  const Value v = constant<double>(g, {1}, {1, 1});
  for (const std::int64_t far :
       {std::int64_t{1} << 32, -(std::int64_t{1} << 32),
        std::numeric_limits<std::int64_t>::max(),
        std::numeric_limits<std::int64_t>::min()}) {
    const Value at = constant<std::int64_t>(g, {far}, {1});
    const Value along = constant<std::int64_t>(g, {far}, {1, 1});
    CHECK_THROWS_AS(eval(gather(x, at)), DataError);
    CHECK_THROWS_AS(eval(lookup(x, at)), DataError);
    CHECK_THROWS_AS(eval(take_along(x, along, 1)), DataError);
    CHECK_THROWS_AS(eval(put_along(x, along, v, 1)), DataError);
    CHECK_THROWS_AS(
        eval(add_at(x, {at}, constant<double>(g, {1, 1, 1}, {1, 3}))),
        DataError);
  }
}

TEST_CASE("the elements that a mask names come first, in order") {
  Graph g;
  const Value x = constant<double>(g, {1, 2, 3, 4, 5, 6}, {2, 3});
  const Value mask = greater(remainder(x, 3.0), 0.5);
  const Selected two = masked_select(x, mask, 2);
  check(two.values, {1, 2});
  check(two.indices, {0, 1});
  check(two.count, {4});
  const Selected many = masked_select(x, mask, 8);
  check(many.values, {1, 2, 4, 5, 0, 0, 0, 0});
  check(many.indices, {0, 1, 3, 4, -1, -1, -1, -1});
  check(masked_select(x, mask, 0).values, {});
  check(gradient(sum(square(masked_select(x, mask, 3).values)), x),
        {2, 4, 0, 8, 0, 0});
  CHECK_THROWS_WITH(masked_select(x, mask, -1),
                    Contains("at most -1 of (2, 3)"));
  CHECK_THROWS_WITH(masked_select(x, constant<double>(g, {1}, {1}), 1),
                    Contains("by a mask (1)"));
  CHECK_THROWS_AS(masked_select(x, x, 1), TypeError);
}

TEST_CASE("rows are summed, averaged and compared by segment") {
  Graph g;
  const Value x = constant<double>(g, {1, -2, 3, 4, 5, 6, 7, -8}, {4, 2});
  const Value s = constant<std::int32_t>(g, {2, 0, 2, 0}, {4});
  check(segment_sum(x, s, 3), {10, -4, 0, 0, 6, 4});
  check(segment_mean(x, s, 3), {5, -2, 0, 0, 3, 2});
  check(segment_max(x, s, 3), {7, 4, -HUGE_VAL, -HUGE_VAL, 5, 6});
  check(segment_min(x, s, 3), {3, -8, HUGE_VAL, HUGE_VAL, 1, -2});
  // Of the least integer there is no negative.
  using Limits = std::numeric_limits<std::int32_t>;
  const Value whole =
      constant<std::int32_t>(g, {Limits::min(), 5, Limits::max()}, {3});
  const Value two = constant<std::int32_t>(g, {0, 0, 2}, {3});
  check(cast(segment_min(whole, two, 3), DType::f64),
        {Limits::min(), Limits::max(), Limits::max()});
  check(cast(segment_max(whole, two, 3), DType::f64),
        {5, Limits::min(), Limits::max()});
  check(cast(reduce_along(whole, two, zeros_like(whole), 0, Reduce::min),
             DType::f64),
        {Limits::min(), 5, 0});
  // Equal elements share the gradient.
  const Value same = constant<double>(g, {4, 4, 1, 4}, {4});
  const Value one = constant<std::int64_t>(g, {0, 0, 0, 1}, {4});
  check(gradient(sum(segment_max(same, one, 2)), same), {0.5, 0.5, 0, 1});
  const Value pairs =
      constant<std::int32_t>(g, {1, 0, 0, 1, 1, 1, 0, 0}, {4, 2});
  check(segment_sum(x, pairs, 2), {-2 + 3 + 7 - 8, 1 + 4 + 5 + 6});
  CHECK_THROWS_WITH(segment_sum(x, one, -1),
                    Contains("[segment_sum] rows (4, 2) into -1 segments (4)"));
  CHECK_THROWS_WITH(segment_max(x, constant<std::int32_t>(g, {0}, {1}), 2),
                    Contains("[segment_max] rows (4, 2) into 2 segments (1)"));
  CHECK_THROWS_WITH(eval(segment_max(x, s, 2)),
                    Contains("[segment_max] the segment 2 is outside 0 to 1"));
}
