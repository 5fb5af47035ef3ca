#include "weft/attention.h"

#include <cmath>
#include <cstring>
#include <functional>

#include "catch.h"
#include "weft/weft.h"

using namespace weft;
using Catch::Matchers::Contains;

namespace {

/// Irregular numbers between -1 and 1.
Tensor numbers(const Shape& shape, int seed, DType dtype = DType::f64) {
  Tensor t(DType::f64, shape);
  int k = seed * 1000;
  for (double& x : t.values<double>()) x = std::sin(1.3 * ++k + 0.1 * seed);
  return t.to(dtype);
}

struct Options {
  std::int64_t batch = 1, m = 5, n = 7, d = 4, e = 3;
  bool causal = false;
  bool mask = false;  ///< an added one, (m, n)
  DType dtype = DType::f64;
};

/// Attention on buffers.
struct Setup {
  explicit Setup(const Options& o) {
    add("q", {o.batch, o.m, o.d}, 1, o.dtype);
    add("k", {o.batch, o.n, o.d}, 2, o.dtype);
    add("v", {o.batch, o.n, o.e}, 3, o.dtype);
    if (o.mask) add("mask", {o.m, o.n}, 4, o.dtype);
    const TiledAttention made =
        tiled_attention(x[0], x[1], x[2],
                        {.mask = o.mask ? x[3] : Value(), .causal = o.causal});
    y = made.values, log_sums = made.log_sums;
  }
  void add(const char* name, const Shape& shape, int seed, DType dtype) {
    x.push_back(
        g.buffer(name, shape, initializers::zeros()(shape, dtype), dtype));
    tensors.push_back(numbers(shape, seed, dtype));
  }
  std::vector<Tensor> run(const std::vector<Value>& outputs, int threads = 1) {
    State state = initialize(g);
    for (std::size_t i = 0; i < x.size(); ++i) {
      state.set(x[i].path(), tensors[i]);
    }
    const Program p = compile(g, {.outputs = outputs, .parallel_from = 0});
    Executor executor({.threads = threads});
    return executor(p, state, std::span<const Feed>{});
  }
  /// A scalar of both outputs.
  Value total() {
    return sum(y * g.constant(numbers(y.shape(), 5, y.dtype()))) +
           sum(log_sums * g.constant(numbers(log_sums.shape(), 6, y.dtype())));
  }

  Graph g;
  std::vector<Value> x;
  std::vector<Tensor> tensors;
  Value y, log_sums;
};

/// The definition, element by element.
void expect_definition(const Options& o, double tolerance) {
  Setup s(o);
  const auto found = s.run({s.y, s.log_sums});
  const Tensor &q = s.tensors[0], &k = s.tensors[1], &v = s.tensors[2];
  for (std::int64_t b = 0; b < o.batch; ++b) {
    for (std::int64_t i = 0; i < o.m; ++i) {
      std::vector<double> weights, values(static_cast<std::size_t>(o.e));
      double total = 0;
      for (std::int64_t j = 0; j < o.n; ++j) {
        double score = 0;
        for (std::int64_t c = 0; c < o.d; ++c) {
          score +=
              q.at((b * o.m + i) * o.d + c) * k.at((b * o.n + j) * o.d + c);
        }
        score /= std::sqrt(static_cast<double>(o.d));
        if (o.mask) score += s.tensors[3].at(i * o.n + j);
        const double w = o.causal && j > i ? 0 : std::exp(score);
        total += w;
        for (std::int64_t c = 0; c < o.e; ++c) {
          values[static_cast<std::size_t>(c)] +=
              w * v.at((b * o.n + j) * o.e + c);
        }
      }
      CHECK(std::abs(found[1].at(b * o.m + i) - std::log(total)) < tolerance);
      for (std::int64_t c = 0; c < o.e; ++c) {
        const double y = values[static_cast<std::size_t>(c)] / total;
        CHECK(std::abs(found[0].at((b * o.m + i) * o.e + c) - y) < tolerance);
      }
    }
  }
}

/// The derivative of `f` along direction v of input i, by differences.
double along(Setup& s, std::size_t i, const Tensor& v,
             const std::function<double()>& f) {
  const Tensor at = s.tensors[i];
  auto moved = [&](double h) {
    Tensor t = at.clone();
    for (std::int64_t e = 0; e < t.size(); ++e) {
      t.data<double>()[e] += h * v.at(e);
    }
    s.tensors[i] = t;
    return f();
  };
  constexpr double kStep = 1e-3;
  const double wide = (moved(kStep) - moved(-kStep)) / (2 * kStep);
  const double narrow = (moved(kStep / 2) - moved(-kStep / 2)) / kStep;
  s.tensors[i] = at;
  return (4 * narrow - wide) / 3;
}

double inner(const Tensor& a, const Tensor& b) {
  double total = 0;
  for (std::int64_t i = 0; i < a.size(); ++i) total += a.at(i) * b.at(i);
  return total;
}

std::int64_t bytes_of_step(std::int64_t n) {
  Graph g;
  const Value x = g.parameter("x", {2, n, 16},
                              initializers::normal(1)({2, n, 16}, DType::f32));
  const Value y = attention(x, x, x, {.causal = true});
  const auto step = minimize(mean(square(y)), Sgd{});
  const Program p = compile(g, {.updates = step.updates});
  return p.planned_bytes({});
}

}  // namespace

TEST_CASE("tiled attention is the definition within and across tiles") {
  expect_definition({.batch = 2}, 1e-13);
  expect_definition({.batch = 2, .m = 150, .n = 300}, 1e-12);
  expect_definition({.m = 150, .n = 300, .causal = true}, 1e-12);
  expect_definition({.m = 200, .n = 130, .causal = true, .mask = true}, 1e-12);
  expect_definition({.m = 65, .n = 257, .mask = true}, 1e-12);
  expect_definition({.m = 150, .n = 300, .dtype = DType::f32}, 1e-5);
}

TEST_CASE("its derivatives agree with differences across tiles") {
  for (const bool causal : {false, true}) {
    Setup s({.m = 140, .n = 600, .causal = causal, .mask = true});
    const Value total = s.total();
    const auto grads = gradients(total, s.x);
    const auto found = s.run(grads);
    auto value = [&] { return s.run({total})[0].item(); };
    std::vector<Value> vs;
    Value product;
    for (std::size_t i = 0; i < s.x.size(); ++i) {
      const Tensor v = numbers(s.x[i].shape(), 7 + static_cast<int>(i));
      const double expected = along(s, i, v, value);
      CHECK(inner(found[i], v) == Approx(expected).epsilon(1e-7));
      const Value term = sum(grads[i] * s.g.constant(v));
      product = product ? product + term : term;
    }
    const auto hvps = gradients(product, s.x);
    const auto second = s.run(hvps);
    auto slope = [&] { return s.run({product})[0].item(); };
    for (std::size_t i = 0; i < s.x.size(); ++i) {
      const Tensor v = numbers(s.x[i].shape(), 17 + static_cast<int>(i));
      const double expected = along(s, i, v, slope);
      CHECK(inner(second[i], v) == Approx(expected).epsilon(1e-6));
    }
  }
}

TEST_CASE("tiled attention has the same bits for any number of threads") {
  for (const std::int64_t batch : {1, 9}) {
    Setup s({.batch = batch, .m = 130, .n = 1100, .dtype = DType::f32});
    auto outputs = gradients(s.total(), s.x);
    outputs.push_back(s.y);
    const auto one = s.run(outputs, 1), four = s.run(outputs, 4);
    for (std::size_t i = 0; i < one.size(); ++i) {
      CHECK(std::memcmp(one[i].raw(), four[i].raw(), one[i].bytes()) == 0);
    }
  }
}

TEST_CASE("a training step of attention takes memory linear in the steps") {
  for (const std::int64_t n : {256, 512, 1024}) {
    const double growth = static_cast<double>(bytes_of_step(2 * n)) /
                          static_cast<double>(bytes_of_step(n));
    CHECK(growth > 1.8);
    CHECK(growth < 2.1);
  }
  // The scores alone would be 2·2048²·4 bytes.
  CHECK(bytes_of_step(2048) < 2 * 2048 * 2048 * 4 / 8);
}

TEST_CASE("attention to no key is NaN in a row, and 0 where there is none") {
  Graph g;
  const auto t = [&](const Shape& s) { return g.constant(numbers(s, 1)); };
  Tensor mask(DType::boolean, {2, 3});
  for (int i = 0; i < 3; ++i) mask.data<bool>()[i] = i != 1;
  const Value y = tiled_attention(t({2, 4}), t({3, 4}), t({3, 1}),
                                  {.mask = g.constant(mask)})
                      .values;
  const Value without_keys =
      tiled_attention(t({2, 4}), t({0, 4}), t({0, 1})).values;
  const Tensor found = eval(y);
  CHECK(std::isfinite(found.at(0)));
  CHECK(std::isnan(found.at(1)));
  CHECK(eval(without_keys).at(1) == 0);
}

TEST_CASE("attention of long sequences is tiled, and takes the same masks") {
  Graph g;
  const Shape heads{2, 3, 80, 4};
  const auto t = [&](const Shape& s, int seed) {
    return g.constant(numbers(s, seed));
  };
  const Value q = t(heads, 1), k = t({3, 90, 4}, 2), v = t({2, 1, 90, 5}, 3);
  Tensor allowed(DType::boolean, {2, 1, 1, 90});
  for (std::int64_t i = 0; i < allowed.size(); ++i) {
    allowed.data<bool>()[i] = i % 3 != 1;
  }
  const Value mask = g.constant(allowed);
  const Value y = attention(q, k, v, {.mask = mask});
  const Value scores = where(mask, 0.5 * matmul(q, k, false, true), -HUGE_VAL);
  const Value expected = matmul(softmax(scores), v);
  CHECK(eval(max(abs(y - expected))).item() < 1e-14);
  // A mask of more rows than there are scores gives as many results.
  const Value more = attention(t({80, 4}, 1), t({90, 4}, 2), t({90, 5}, 3),
                               {.mask = t({6, 80, 90}, 4)});
  CHECK(more.shape() == Shape{6, 80, 5});
}

TEST_CASE("tiled attention refuses shapes that do not fit") {
  Graph g;
  const auto t = [&](const Shape& s) { return g.constant(numbers(s, 1)); };
  CHECK_THROWS_WITH(tiled_attention(t({2, 4}), t({3, 5}), t({3, 4})),
                    Contains("[tiled_attention] q (2, 4), k (3, 5) and v (3, "
                             "4); they must be (…, m, d), (…, n, d)"));
  CHECK_THROWS_WITH(tiled_attention(t({2, 4}), t({3, 4}), t({4, 4})),
                    Contains("k (3, 4) and v (4, 4)"));
  CHECK_THROWS_WITH(tiled_attention(t({4}), t({3, 4}), t({3, 4})),
                    Contains("q (4), k"));
  CHECK_THROWS_WITH(
      tiled_attention(t({2, 4}), t({3, 4}), t({3, 4}), {.mask = t({5, 2, 3})}),
      Contains("the mask (5, 2, 3) does not broadcast to the "
               "scores (2, 3)"));
}
