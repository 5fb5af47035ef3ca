#include <cmath>

#include "autodiff/elements.h"

using namespace weft;

TEST_CASE("vmap: values worked out by hand") {
  Graph g;
  const Value x = constant(g, {1, 2, 3, 4, 5, 6}, {3, 2});
  const Value y = constant(g, {1, 10}, {2});
  check_elements(eval(vmap([](Value e) { return sum(square(e)); }, x)),
                 {5, 25, 61});
  check_elements(eval(vmap([&](Value e) { return e * y; }, x)),
                 {1, 20, 3, 40, 5, 60});
  // Along other axes, with a value that all share, with several results.
  const auto found = vmap(
      [](const Values& e) {
        return Values{dot(e[0], e[1]), e[0] * 2, e[2]};
      },
      {x, constant(g, {1, 2, 3}, {3, 1}) * x, y}, {{1, -1, std::nullopt}});
  check_elements(eval(found[0]), {1 + 18 + 75, 4 + 32 + 108});
  CHECK(found[1].shape() == Shape{2, 3});
  check_elements(eval(found[1]), {2, 6, 10, 4, 8, 12});
  check_elements(eval(found[2]), {1, 10, 1, 10});
  // A result that depends on no example is one for each.
  check_elements(eval(vmap([&](Value) { return y; }, x)),
                 {1, 10, 1, 10, 1, 10});
}

TEST_CASE("vmap aligns the axes of examples") {
  Graph g;
  const Value scalars = constant(g, {1, 2}, {2});
  const Value rows = constant(g, {1, 2, 3, 4, 5, 6}, {2, 3});
  const Value m = constant(g, {1, 1, 1, 2, 2, 2}, {2, 3});
  // (), (3) and a shared (2, 3) in one sum.
  const Value y =
      vmap([&](const Values& e) { return Values{e[0] * 100 + e[1] * 10 + m}; },
           {scalars, rows})[0];
  CHECK(y.shape() == Shape{2, 2, 3});
  check_elements(eval(y), {111, 121, 131, 112, 122, 132,  //
                           241, 251, 261, 242, 252, 262});
}

TEST_CASE("vmap of matrix products: one for all examples, or one for each") {
  Graph g;
  const Value x = g.input("x", {kBatch, 4, 3}, DType::f64);
  const Value w = g.input("w", {3, 2}, DType::f64);
  const Value one = vmap([&](Value e) { return matmul(e, w); }, x);
  CHECK(one.shape() == Shape{kBatch, 4, 2});
  bool joined = false;
  for (std::size_t i = 0; i < g.size(); ++i) {
    const Node& n = g.node(static_cast<std::int32_t>(i));
    joined = joined || (n.op && n.op->name() == "matmul" &&
                        n.outputs[0].shape == Shape{kBatch * 4, 2});
  }
  CHECK(joined);
  Tensor xs(DType::f64, {2, 4, 3}), ws(DType::f64, {3, 2});
  for (std::int64_t i = 0; i < 24; ++i) xs.data<double>()[i] = double(i);
  for (std::int64_t i = 0; i < 6; ++i) ws.data<double>()[i] = double(i * i);
  State s = initialize(g);
  const std::vector<Feed> feeds{{x, xs}, {w, ws}};
  const Tensor plain = eval(matmul(x, w), s, feeds);
  CHECK(eval(one, s, feeds).bits_equal(plain));
  // aᵀ·a of each.
  const Value squares =
      vmap([&](Value e) { return matmul(e, e, true, false); }, x);
  CHECK(squares.shape() == Shape{kBatch, 3, 3});
  check_elements(eval(sum(squares, {1, 2}), s, feeds),
                 {[&] {
                    double t = 0;
                    for (int r = 0; r < 4; ++r) {
                      t += (9 * r + 3) * (9 * r + 3);
                    }
                    return t;
                  }(),
                  [&] {
                    double t = 0;
                    for (int r = 4; r < 8; ++r) {
                      t += (9 * r + 3) * (9 * r + 3);
                    }
                    return t;
                  }()});
}

TEST_CASE("gradients of each example, of a batch of any size") {
  Graph g;
  const Value x = g.input("x", {kBatch, 2}, DType::f64);
  const Value y = g.input("y", {kBatch}, DType::f64);
  const Value w = g.parameter(
      "w", {2}, initializers::constant(0.5)({2}, DType::f64), DType::f64);
  auto loss = [&](Value a, Value b) { return square(dot(a, w) - b); };
  const Value each =
      vmap([&](const Values& e) { return gradients(loss(e[0], e[1]), {w}); },
           {x, y})[0];
  CHECK(each.shape() == Shape{kBatch, 2});
  const Value norms = sqrt(sum(square(each), {1}));
  const Program p = compile(g, {.outputs = {each, norms}});
  State s = initialize(g);
  Executor run({.threads = 1});
  const auto found = run(p, s,
                         {{x, Tensor::from<double>({1, 2, 3, 4, 0, 0}, {3, 2})},
                          {y, Tensor::from<double>({1, 1, 1}, {3})}});
  // 2·(w·x − y)·x
  check_elements(found[0], {1, 2, 15, 20, 0, 0});
  check_elements(found[1], {std::sqrt(5.0), 25, 0});
  const auto none = run(
      p, s, {{x, Tensor(DType::f64, {0, 2})}, {y, Tensor(DType::f64, {0})}});
  CHECK(none[0].shape() == Shape{0, 2});
  // No loop: the rules cover all of it.
  CHECK(count_of(g, "scan") == 0);
}

TEST_CASE("transforms of transforms") {
  Graph g;
  const Value x = constant(g, {1, 2, 3, 4, 5, 6}, {3, 2});
  const Value w = constant(g, {2, -1}, {2});
  auto f = [&](Value e) { return sum(pow(e, 3) * w); };
  // Σ over examples of the gradient, and the gradient of the sum.
  check_elements(eval(gradient(sum(vmap(f, x)), w)),
                 {1 + 27 + 125, 8 + 64 + 216});
  check_elements(eval(gradient(sum(vmap(f, x)), x)),
                 {6, -12, 54, -48, 150, -108});
  // The gradient of a function of gradients.
  const Value norms =
      vmap([&](Value e) { return sum(square(gradient(f(e), e))); }, x);
  check_elements(eval(norms),
                 {36 + 144, 54 * 54 + 48 * 48, 150 * 150 + 108 * 108});
  check_elements(
      eval(gradient(sum(norms), w)),
      {2 * 2 * 9. * (1 + 81 + 625), 2 * -1 * 9. * (16 + 256 + 1296)});
  // jvp of vmap, and vmap of jvp.
  const Value v = constant(g, {1, 0, 0, 1, 1, 1}, {3, 2});
  const std::vector<double> along{6, -48, 150 - 108};
  check_elements(eval(jvp(vmap(f, x), {x}, {v})), along);
  check_elements(
      eval(vmap(
          [&](const Values& e) { return Values{jvp(f(e[0]), {e[0]}, {e[1]})}; },
          {x, v})[0]),
      along);
  // All pairs.
  const Value pairs = vmap(
      [&](Value a) { return vmap([&](Value b) { return dot(a, b); }, x); }, x);
  check_elements(eval(pairs), {5, 11, 17, 11, 25, 39, 17, 39, 61});
  // Second derivatives of each.
  const Value h = vmap([&](Value e) { return hessian(f(e), e); }, x);
  CHECK(h.shape() == Shape{3, 2, 2});
  check_elements(eval(h), {12, 0, 0, -12, 36, 0, 0, -24, 60, 0, 0, -36});
  // In a loop, and of one.
  const Value looped = scan(
                           [&](const Values& c, const Values& e) {
                             const Value row = vmap(
                                 [&](Value b) { return dot(e[0], b) * b; }, x);
                             return Scanned{{c[0] + sum(row, {0})}};
                           },
                           {constant(g, {0, 0}, {2})}, {x})
                           .carry[0];
  check_elements(eval(looped),
                 {33. * 1 + 75 * 3 + 117 * 5, 33. * 2 + 75 * 4 + 117 * 6});
}

TEST_CASE("what depends on no example is computed once") {
  Graph g;
  const Value x = g.input("x", {kBatch, 3}, DType::f64);
  const Value w = g.input("w", {3}, DType::f64);
  const Value y = vmap([&](Value e) { return e * exp(w); }, x);
  for (std::size_t i = 0; i < g.size(); ++i) {
    const Node& n = g.node(static_cast<std::int32_t>(i));
    if (n.op && n.op->name() == "exp") CHECK(n.outputs[0].shape == Shape{3});
  }
  CHECK(y.shape() == Shape{kBatch, 3});
}

TEST_CASE("what is mapped keeps its scopes and lines") {
  Graph g;
  const Value x = g.input("x", {kBatch, 3}, DType::f64);
  const Scope outer(g, "model");
  const Value y = vmap(
      [&](Value e) {
        const Scope inner(e.graph(), "head");
        return exp(e) + dense(unsqueeze(e, 0), 3, {.name = "fc"});
      },
      x);
  CHECK(y.path() == "model/head");
  CHECK(g.find("model/head/fc/weight"));
  bool found = false;
  for (std::size_t i = 0; i < g.size(); ++i) {
    const Node& n = g.node(static_cast<std::int32_t>(i));
    if (!n.op || n.op->name() != "matmul") continue;
    found = true;
    CHECK(n.name == "model/head/fc");
    CHECK(n.file.find("vmap_test.cpp") != std::string::npos);
  }
  CHECK(found);
}

TEST_CASE("wrong arguments of vmap") {
  Graph g;
  const Value x = constant(g, {1, 2, 3, 4, 5, 6}, {3, 2});
  const Value y = constant(g, {1, 2}, {2});
  auto first = [](const Values& e) { return Values{e[0]}; };
  CHECK(text_of([&] {
          vmap(first, {});
        }).find("[vmap] needs a value with an axis of examples (") == 0);
  CHECK(text_of([&] {
          vmap(first, {x}, {{std::nullopt}});
        }).find("[vmap] needs a value with an axis of examples (") == 0);
  CHECK(text_of([&] {
          vmap(first, {x, y}, {{0}});
        }).find("[vmap] 1 axes for 2 values (") == 0);
  CHECK(text_of([&] {
          vmap(first, {x}, {{2}});
        }).find("[vmap] value 0 is f64(3, 2), which has no axis 2 (") == 0);
  CHECK(text_of([&] {
          vmap(first, {sum(x)});
        }).find("[vmap] value 0 is f64(), which has no axis 0 (") == 0);
  CHECK(text_of([&] {
          vmap(first, {x, y});
        })
            .find("[vmap] value 0 has 3 examples, value 1 has 2: (3, 2) and "
                  "(2) (") == 0);
  CHECK(text_of([&] { vmap(first, {x, y}, {{1, 0}}); }) == "nothing");
  const std::string text = text_of([&] {
    vmap([&](Value e) { return e + constant(g, {1, 2, 3}, {3}); }, x);
  });
  CHECK(text.find("[add] ") == 0);
  CHECK(text.find("vmap_test.cpp:") != std::string::npos);
  CHECK_THROWS_AS(vmap([](const Values&) { return Values{Value()}; }, {x}),
                  GraphError);
  // Nothing is left of a function that threw.
  check_elements(eval(vmap([](Value e) { return sum(e); }, x)), {3, 7, 11});
  // Nine axes.
  const Value deep = reshape(y, {2, 1, 1, 1, 1, 1, 1, 1});
  CHECK_THROWS_AS(vmap([&](Value e) { return e * deep; }, y), ShapeError);
}
