// The greatest and the least of what is easily got wrong.

#include <cmath>
#include <limits>
#include <vector>

#include "catch.h"
#include "weft/weft.h"

using namespace weft;

namespace {

template <class T>
void check_whole_numbers() {
  using Limits = std::numeric_limits<T>;
  Graph g;
  // Of the least one there is no negative.
  const Value x =
      g.constant(Tensor::from<T>({3, Limits::min(), 0, Limits::max()}, {2, 2}));
  auto values = [](Value v) {
    const Tensor found = eval(v);
    const auto all = found.values<T>();
    return std::vector<T>(all.begin(), all.end());
  };
  CHECK(values(min(x)) == std::vector<T>{Limits::min()});
  CHECK(values(max(x)) == std::vector<T>{Limits::max()});
  CHECK(values(min(x, {1})) == std::vector<T>{Limits::min(), 0});
  CHECK(values(max(x, {0})) == std::vector<T>{3, Limits::max()});
}

/// Of rows of x, by a loop.
std::vector<double> by_loop(const Tensor& x, bool least) {
  const std::int64_t columns = x.dim(1);
  std::vector<double> found;
  for (std::int64_t r = 0; r < x.dim(0); ++r) {
    double top = least ? HUGE_VAL : -HUGE_VAL;
    for (std::int64_t c = 0; c < columns; ++c) {
      const double v = x.at(r * columns + c);
      if (std::isnan(top)) break;
      if (std::isnan(v) || (least ? v < top : v > top)) top = v;
    }
    found.push_back(top);
  }
  return found;
}

}  // namespace

TEST_CASE("extremes of whole numbers") {
  check_whole_numbers<std::int32_t>();
  check_whole_numbers<std::int64_t>();
}

TEST_CASE("extremes of rows, alone and in groups") {
  for (const DType t : {DType::f32, DType::f64}) {
    for (const std::int64_t columns : {1, 2, 7, 16, 63, 64, 100, 1000}) {
      INFO(columns);
      std::vector<double> drawn(static_cast<std::size_t>(13 * columns));
      RandomSequence draws(Philox({3}, 1, static_cast<std::uint64_t>(columns)));
      for (double& v : drawn) {
        v = draws.normal();
        if (draws.below(500) == 0) v = NAN;
        if (draws.below(100) == 0) v = draws.below(2) == 0 ? -HUGE_VAL : 0;
      }
      const Tensor at = Tensor::from<double>(drawn, {13, columns}).to(t);
      Graph g;
      const Value x = g.input("x", {13, columns}, t);
      const Value twice = 2 * x;
      for (const bool least : {false, true}) {
        const Value rows = least ? min(twice, {1}) : max(twice, {1});
        for (const auto& disabled :
             {std::vector<std::string>{}, pass_names()}) {
          State state = initialize(g);
          Executor run({.threads = 1});
          const Program p = compile(
              g, {.outputs = {rows, twice}, .disabled_passes = disabled});
          const auto found = run(p, state, {{x, at}});
          const auto expected = by_loop(found[1], least);
          for (std::int64_t r = 0; r < 13; ++r) {
            const double a = found[0].at(r);
            const double b = expected[static_cast<std::size_t>(r)];
            CHECK((a == b || (std::isnan(a) && std::isnan(b))));
          }
        }
      }
    }
  }
}
