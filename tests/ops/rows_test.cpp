// Rows by number: values written down or counted another way.

#include <map>

#include "core/error_text.h"
#include "expect_values.h"

using namespace weft;

namespace {

Value rows_of(Graph& g, const std::vector<std::int32_t>& rows, Shape shape) {
  return g.constant(Tensor::from<std::int32_t>(rows, shape));
}

double identity(double k) { return k; }

}  // namespace

TEST_CASE("rows that are not there are zero when taken and left out when put") {
  Graph g;
  const Value x = numbered(g, {3, 2}, identity);
  expect_values(take_rows(x, rows_of(g, {2, -1, 0, 3}, {2, 2})), {2, 2, 2},
                {5, 6, 0, 0, 1, 2, 0, 0});
  const Value values = numbered(g, {4, 2}, [](double k) { return 10 * k; });
  expect_values(put_rows(x, rows_of(g, {1, -1, 3, 1}, {4}), values), {3, 2},
                {1, 2, 70, 80, 5, 6});
  expect_values(put_rows(x, rows_of(g, {}, {0}), numbered(g, {0, 2}, identity)),
                {3, 2}, {1, 2, 3, 4, 5, 6});
  // A row may be a number.
  const Value v = numbered(g, {3}, identity);
  expect_values(put_rows(v, rows_of(g, {2}, {1}), numbered(g, {1}, identity)),
                {3}, {1, 2, 1});
}

TEST_CASE("values of equal index are summed, in ascending order") {
  Graph g;
  const Value x = numbered(g, {2, 3, 2}, identity);
  const auto s = sum_by_index(x, rows_of(g, {7, 2, 7, -1, 9, 2}, {2, 3}), 9);
  expect_values(cast(s.indices, DType::f64), {2, 3}, {2, 7, -1, -1, -1, -1});
  expect_values(s.sums, {2, 3, 2}, {14, 16, 6, 8, 0, 0, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("many indices are sorted and summed like a map does it") {
  for (const std::int64_t count : {1, 200, 256, 257, 70'000, 2'000'000'000}) {
    RandomSequence draws(Philox({5}, 1, 0));
    std::vector<std::int32_t> indices;
    std::map<std::int32_t, float> expected;
    Tensor values(DType::f32, {5000});
    const auto limit = static_cast<std::uint64_t>(count);
    for (float& v : values.values<float>()) {
      // Half of them anywhere, half among the last hundred.
      const std::uint64_t last = std::min<std::uint64_t>(limit, 100);
      const auto i = static_cast<std::int32_t>(
          draws.below(2) == 0 ? draws.below(limit)
                              : limit - 1 - draws.below(last));
      indices.push_back(i);
      v = static_cast<float>(draws.normal());
      expected[i] += v;
    }
    Graph g;
    const auto s =
        sum_by_index(g.constant(values), rows_of(g, indices, {5000}), count);
    const Tensor found = eval(s.indices), sums = eval(s.sums);
    std::int64_t row = 0;
    bool same = true;
    for (const auto& [index, sum] : expected) {
      same = same && found.data<std::int32_t>()[row] == index &&
             sums.data<float>()[row] == sum;
      ++row;
    }
    for (; row < 5000; ++row) {
      same = same && found.data<std::int32_t>()[row] == -1 &&
             sums.data<float>()[row] == 0;
    }
    INFO(count);
    CHECK(same);
  }
}

TEST_CASE(
    "rows are put in place only where nothing else reads what they hide") {
  // All of these are values of one expression, so that they may share memory.
  Graph g;
  const Value a = g.input("a", {3, 2});
  const Value turned = rows_of(g, {2, 0, 1}, {3});
  const Value x = a * 2;
  const Value y = put_rows(x, turned, x);
  const Value flat = reshape(x, {6});
  const Value z = put_rows(flat, rows_of(g, {5, 4, 3, 2, 1, 0}, {2, 3}),
                           reshape(x, {2, 3}));
  const Tensor in = Tensor::from<float>({1, 2, 3, 4, 5, 6}, {3, 2});
  State s;
  Executor run({.threads = 1});
  const Program p = compile(g, {.outputs = {y}});
  CHECK(run(p, s, {{a, in}})[0].bits_equal(
      Tensor::from<float>({6, 8, 10, 12, 2, 4}, {3, 2})));
  const Program q = compile(g, {.outputs = {z}});
  CHECK(run(q, s, {{a, in}})[0].bits_equal(
      Tensor::from<float>({12, 10, 8, 6, 4, 2}, {6})));
}

TEST_CASE("rows and tables that do not fit are refused") {
  Graph g;
  const Value x = g.input("x", {3, 2}), i = g.input("i", {4}, DType::i32);
  auto text = [](auto f) {
    const std::string full = error_text<ShapeError>(f);
    return full.substr(0, full.rfind(" ("));
  };
  CHECK(text([&] { put_rows(x, i, x); }) ==
        "[put_rows] the values must have the shape (4, 2) for rows (4) of "
        "(3, 2), not (3, 2)");
  CHECK(text([&] { sum_by_index(x, i, 3); }) ==
        "[sum_by_index] the values must have a row for each of the indices "
        "(4), their shape is (3, 2)");
  CHECK(text([&] {
          sum_by_index(x, g.input("j", {3}, DType::i32), 1LL << 31);
        }) ==
        "[sum_by_index] the number of rows must be 0 to 2147483647, not "
        "2147483648");
  const Value open = g.input("open", {kBatch, 2});
  CHECK(text([&] { lookup(open, i); }) ==
        "[lookup] the first axis of a table must be a number, the shape is "
        "(batch, 2)");
  CHECK(error_text<TypeError>([&] {
          take_rows(x, x);
        }).rfind("[take_rows]", 0) == 0);
}
