// Ops that move elements, where they take whole runs or vectors of them.

#include <functional>
#include <string>

#include "expect_values.h"
#include "weft/indexing.h"
#include "weft/spatial.h"

using namespace weft;

namespace {

using Movement = std::function<Value(Value)>;

double identity(double k) { return k; }

/// The element of x at a place.
double element(const Tensor& x, const std::vector<std::int64_t>& place) {
  std::int64_t at = 0;
  for (int i = 0; i < x.shape().rank(); ++i) {
    at = at * x.shape().dim(i) + place[static_cast<std::size_t>(i)];
  }
  return x.at(at);
}

/// y[place] == x[from(place)] for every place.
template <class F>
void expect_moved(const Tensor& y, const Tensor& x, F from) {
  std::vector<std::int64_t> place(static_cast<std::size_t>(y.shape().rank()));
  std::int64_t wrong = 0;
  for (std::int64_t i = 0; i < y.size(); ++i) {
    std::int64_t rest = i;
    for (int a = y.shape().rank(); a-- > 0;) {
      place[static_cast<std::size_t>(a)] = rest % y.shape().dim(a);
      rest /= y.shape().dim(a);
    }
    wrong += y.at(i) != element(x, from(place));
  }
  CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("ops of empty arrays of huge axes end at once") {
  const std::int64_t huge = std::int64_t{1} << 40;
  const std::vector<std::pair<std::string, Movement>> all{
      {"flip 0", [](Value x) { return flip(x, {0}); }},
      {"flip 1", [](Value x) { return flip(x, {1}); }},
      {"transpose", [](Value x) { return transpose(x); }},
      {"slice", [](Value x) { return slice(x, 0, 0, kEnd, 2); }},
      {"pad",
       [](Value x) {
         return pad(pad(x, {0, 0}, {0, 0}), {0, 0}, {0, 0});
       }},
      {"roll",
       [](Value x) {
         return roll(x, {1, 1}, {0, 1});
       }},
      {"repeat", [](Value x) { return repeat(repeat(x, 2, 0), 5, 1); }},
      {"tile",
       [](Value x) {
         return tile(x, {2, 3});
       }},
      {"concat",
       [](Value x) {
         return concat({x, x}, 0);
       }},
      {"stack",
       [](Value x) {
         return stack({x, x}, 1);
       }},
      {"expand",
       [](Value x) {
         return expand(unsqueeze(x, 0), {3, x.shape()[0], x.shape()[1]});
       }},
      {"cumsum", [](Value x) { return cumsum(x, 0); }},
      {"sort", [](Value x) { return sort(x, 0).values; }},
      {"gather",
       [](Value x) {
         const Tensor none(DType::i32, {0});
         return gather(x, x.graph().constant(none), 0);
       }},
      {"split", [](Value x) { return split(unsqueeze(x, 0), {1}, 0)[0]; }},
      {"multiply", [](Value x) { return 2 * x; }},
  };
  for (const auto& [name, f] : all) {
    for (const Shape& shape : {Shape{0, huge}, Shape{huge, 0}}) {
      INFO(name << " of " << to_string(shape));
      Graph g;
      const Tensor none(DType::f32, shape);
      const Value x = g.input("x", shape);
      const Value y = f(x);
      const Value dx = gradient(sum(y), x);
      State s = initialize(g);
      const Program p = compile(g, {.outputs = {y, dx}});
      Executor run({.threads = 1});
      const auto found = run(p, s, {{x, none}});
      CHECK(found[0].size() == 0);
      CHECK(found[1].shape() == shape);
      CHECK(eval(f(g.constant(none))).size() == 0);
    }
  }
}

TEST_CASE("transposes of any order and size") {
  using Axes = std::vector<std::int64_t>;
  for (const Shape& shape : {Shape{3, 4, 5}, Shape{9, 1, 17}, Shape{70, 3, 66},
                             Shape{1, 130, 8}, Shape{16, 16, 2}}) {
    for (const Axes& axes : {Axes{0, 1, 2}, Axes{0, 2, 1}, Axes{1, 0, 2},
                             Axes{1, 2, 0}, Axes{2, 0, 1}, Axes{2, 1, 0}}) {
      INFO(to_string(shape) << " " << axes[0] << axes[1] << axes[2]);
      Graph g;
      const Value x = numbered(g, shape, identity);
      auto moved = [&](const std::vector<std::int64_t>& place) {
        std::vector<std::int64_t> from(3);
        for (std::size_t i = 0; i < 3; ++i) {
          from[static_cast<std::size_t>(axes[i])] = place[i];
        }
        return from;
      };
      const Tensor all = eval(x);
      expect_moved(eval(transpose(x, axes)), all, moved);
      for (const DType t : {DType::f32, DType::i32, DType::boolean}) {
        const Value other = cast(x, t);
        expect_moved(eval(transpose(other, axes)), eval(other), moved);
      }
    }
  }
}

TEST_CASE("elements are moved along axes, of any size behind them") {
  for (const std::int64_t inner : {1, 2, 3, 9, 40}) {
    Graph g;
    const Value x = numbered(g, {3, 7, inner}, identity);
    const Tensor all = eval(x);
    using Place = std::vector<std::int64_t>;
    expect_moved(eval(flip(x, {1})), all, [](const Place& p) {
      return Place{p[0], 6 - p[1], p[2]};
    });
    expect_moved(eval(roll(x, {-3}, {1})), all, [](const Place& p) {
      return Place{p[0], (p[1] + 3) % 7, p[2]};
    });
    for (const std::int64_t step : {1, 2, 3}) {
      expect_moved(eval(slice(x, 1, 1, kEnd, step)), all, [=](const Place& p) {
        return Place{p[0], 1 + p[1] * step, p[2]};
      });
    }
    for (const std::int64_t times : {1, 2, 3, 4, 6}) {
      expect_moved(eval(repeat(x, times, 1)), all, [=](const Place& p) {
        return Place{p[0], p[1] / times, p[2]};
      });
    }
    expect_moved(eval(pad(x, {0, 4, 0}, {0, 5, 0}, PadMode::reflect)), all,
                 [](const Place& p) {
                   const std::int64_t i = std::abs(p[1] - 4);
                   return Place{p[0], i < 7 ? i : 12 - i, p[2]};
                 });
    expect_moved(eval(pad(x, {0, 4, 0}, {0, 5, 0}, PadMode::circular)), all,
                 [](const Place& p) {
                   return Place{p[0], (p[1] + 3) % 7, p[2]};
                 });
  }
}

TEST_CASE("picks of many classes are those of few") {
  Graph g;
  const Value x = numbered(g, {3, 50}, identity);
  const Value at = g.constant(Tensor::from<std::int64_t>({0, 49, 7}, {3}));
  expect_values(pick(x, at), {3}, {1, 100, 108});
  const Value d = gradient(sum(square(pick(x, at))), x);
  CHECK(eval(sum(d)).item() == 2 * (1 + 100 + 108));
  CHECK(eval(slice(slice(d, 0, 1, 2), 1, 49)).item() == 200);
}

TEST_CASE("bounds beyond the integers are the outermost integers") {
  Graph g;
  const Value x = g.constant(Tensor::from<std::int32_t>({-5, 7}, {2}));
  CHECK(eval(clamp(x, -1e30, 1e30))
            .bits_equal(Tensor::from<std::int32_t>({-5, 7}, {2})));
  CHECK(eval(clamp(x, 1e30, 1e30)).at(0) == 2147483647);
  CHECK(eval(pad(x, {1}, {0}, -1e30)).at(0) == -2147483648.0);
}
