#include <cmath>

#include "catch.h"
#include "weft/weft.h"

using namespace weft;

namespace {

Value constant(Graph& g, std::initializer_list<double> v, const Shape& s) {
  return g.constant(Tensor::from<double>(v, s));
}

template <class F>
std::string text_of(F f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "nothing";
}

/// x + w₁·tanh(x) + …, of as many layers as there are weights.
Value residual(Value x, const std::vector<Value>& ws) {
  for (const Value& w : ws) x = x + tanh(matmul(x, w));
  return x;
}

struct Residual {
  Graph g;
  Value x, y;
  std::vector<Value> ws, vs;

  explicit Residual(int layers) {
    x = g.input("x", {4, 8}, DType::f64);
    for (int i = 0; i < layers; ++i) {
      const std::string n = std::to_string(i);
      ws.push_back(g.input("w" + n, {8, 8}, DType::f64));
      vs.push_back(g.input("v" + n, {8, 8}, DType::f64));
    }
    y = residual(x, ws);
  }
};

/// x whose derivative is said to be the square of the gradient.
Value squared_gradient(Value x) {
  return custom_vjp([](const auto& xs) { return xs; },
                    [](const auto&, const auto&, const auto& dys) {
                      return std::vector{square(dys[0])};
                    },
                    {x})
      .front();
}

}  // namespace

TEST_CASE("jvp: values worked out by hand") {
  Graph g;
  const Value x = constant(g, {1, 2, 3}, {3}), v = constant(g, {1, -1, 2}, {3});
  // d Π x = Σ v·Πx/x.
  CHECK(eval(jvp(prod(x), {x}, {v})).item() == Approx(6 - 3 + 4));
  // d |x| = <x, v>/|x|.
  const Value norm = sqrt(sum(square(x)));
  CHECK(eval(jvp(norm, {x}, {v})).item() == Approx(5 / std::sqrt(14.0)));
  // d sin eˣ, to third order.
  const Value t = constant(g, {0.7}, {}), one = constant(g, {1}, {});
  const double e = std::exp(0.7), s = std::sin(e), c = std::cos(e);
  Value y = sin(exp(t));
  for (double want :
       {e * c, e * c - e * e * s, e * c - 3 * e * e * s - e * e * e * c}) {
    y = jvp(y, {t}, {one});
    CHECK(eval(y).item() == Approx(want).epsilon(1e-13));
  }
}

TEST_CASE("jvp: several values, and values on the way") {
  Graph g;
  const Value x = constant(g, {2}, {}), w = constant(g, {3}, {});
  const Value h = x * w, y = square(h);
  const Value one = constant(g, {1}, {}), ten = constant(g, {10}, {});
  // h changes by x's 1·w, and by 10 of its own.
  const auto both = jvp({y, h, w}, {x, h}, {one, ten});
  CHECK(eval(both[0]).item() == 2 * 6 * 13);
  CHECK(eval(both[1]).item() == 13);
  CHECK(eval(both[2]).item() == 0);
  // One value named twice moves by both.
  CHECK(eval(jvp(y, {x, x}, {one, ten})).item() == 2 * 6 * 33);
  CHECK(jvp(std::vector<Value>{}, {x}, {one}).empty());
  CHECK(eval(jvp(y, {}, {})).item() == 0);
}

TEST_CASE("jvp: broadcast operands and integers") {
  Graph g;
  const Value a = constant(g, {1, 2}, {2, 1}), b = constant(g, {3, 4, 5}, {3});
  const Value da = constant(g, {1, 10}, {2, 1}),
              db = constant(g, {1, 2, 3}, {3});
  const Tensor t = eval(jvp(a * b, {a, b}, {da, db}));
  const double want[] = {3 + 1, 4 + 2, 5 + 3, 30 + 2, 40 + 4, 50 + 6};
  REQUIRE(t.shape() == Shape{2, 3});
  for (int i = 0; i < 6; ++i) CHECK(t.at(i) == want[i]);
  const Tensor only = eval(jvp(a * b, {a}, {da}));
  REQUIRE(only.shape() == Shape{2, 3});
  CHECK(only.at(5) == 50);
  // What is chosen by a comparison or an index moves, the choice does not.
  const Value chosen = where(greater(b, 3.5), b, 0);
  CHECK(eval(jvp(sum(chosen), {b}, {db})).item() == 5);
  CHECK(eval(jvp(gather(b, argmax(b)), {b}, {db})).item() == 3);
  CHECK(eval(jvp(stop_gradient(b), {b}, {db})).at(2) == 0);
  CHECK(eval(jvp(cast(cast(b, DType::i32), DType::f64), {b}, {db})).at(0) == 0);
}

TEST_CASE("jvp costs a small multiple of the function, for any number of xs") {
  Residual few(20), many(20);
  const std::size_t forward = few.g.size() - 41;
  std::size_t before = few.g.size();
  jvp(few.y, {few.ws[0]}, {few.vs[0]});
  const std::size_t added_one = few.g.size() - before;
  before = many.g.size();
  const Value all = jvp(many.y, many.ws, many.vs);
  const std::size_t added_all = many.g.size() - before;
  INFO(forward << " nodes, jvp of one: " << added_one
               << ", of twenty: " << added_all);
  // A layer has 3 nodes; its tangent two products, their sum, 1 − y² and the
  // products with it, and the sum of the layers.
  CHECK(added_one <= 3 * forward);
  CHECK(added_all <= 4 * forward);

  // Nothing is left of the derivatives from which the rules were derived: all
  // that was added is used.
  SymbolSizes none;
  const Program p = compile(many.g, {.outputs = {all}});
  const Program q = compile(many.g, {.outputs = {many.y}});
  INFO(p.kernel_count(none) << " kernels, " << q.kernel_count(none));
  CHECK(p.kernel_count(none) <= 4 * q.kernel_count(none));
  // A tangent is dropped when the next is there; a gradient keeps all layers.
  const Program r =
      compile(many.g, {.outputs = gradients(sum(many.y), {many.ws[0]})});
  CHECK(p.planned_bytes(none) < 8 * q.planned_bytes(none));
  CHECK(p.planned_bytes(none) < r.planned_bytes(none));
}

TEST_CASE("jvp of a graph of 100,000 nodes") {
  Graph g;
  const Value x = constant(g, {0.5}, {}), one = constant(g, {1}, {});
  Value y = x;
  for (int i = 0; i < 100'000; ++i) y = y * 0.99999;
  CHECK(eval(jvp(y, {x}, {one})).item() ==
        Approx(std::pow(0.99999, 100'000)).epsilon(1e-9));
}

TEST_CASE("jvp keeps nothing of a loop's steps") {
  auto bytes = [](bool forward, std::int64_t steps) {
    Graph g;
    const Value x = g.input("x", {64}, DType::f64);
    const Value y =
        scan([](const std::vector<Value>& c,
                const auto&) { return Scanned{{sin(c[0]) * c[0]}}; },
             {x}, {}, {.steps = steps})
            .carry[0];
    const Value d = forward ? sum(jvp(y, {x}, {x})) : sum(gradient(sum(y), x));
    return compile(g, {.outputs = {d}}).planned_bytes({});
  };
  CHECK(bytes(true, 1000) == bytes(true, 10));
  CHECK(bytes(false, 1000) > bytes(true, 1000) + 900 * 64 * 8);
}

TEST_CASE("jvp of a derivative by hand") {
  Graph g;
  const Value x = constant(g, {2, 3}, {2}), v = constant(g, {1, 10}, {2});
  auto twice = [](Value z) {  // the derivative is said to be 5
    return custom_vjp([](const auto& xs) { return std::vector{xs[0] * xs[0]}; },
                      [](const auto&, const auto&, const auto& dys) {
                        return std::vector{dys[0] * 5};
                      },
                      {z})
        .front();
  };
  const Tensor t = eval(jvp(twice(x), {x}, {v}));
  CHECK(t.at(0) == 5);
  CHECK(t.at(1) == 50);
  CHECK(eval(jvp(reverse_gradient(x, 2), {x}, {v})).at(1) == -20);
  const std::string text = text_of([&] { jvp(squared_gradient(x), {x}, {v}); });
  CHECK(text.find("[jvp] the derivative of custom_vjp") == 0);
  CHECK(text.find("is not linear in the gradient") != std::string::npos);
  CHECK(text.find("jvp_test.cpp:") != std::string::npos);
}

TEST_CASE("wrong arguments of jvp") {
  Graph g;
  const Value x = constant(g, {1, 2}, {2}), i = cast(x, DType::i32);
  CHECK(text_of([&] {
          jvp(x, {x}, {});
        }).find("[jvp] 1 values but 0 vectors (") == 0);
  CHECK(text_of([&] {
          jvp(x, {x}, {sum(x)});
        }).find("[jvp] value 0 is f64(2), its vector is f64() (") == 0);
  CHECK(text_of([&] {
          jvp(i, {x}, {x});
        }).find("[jvp] takes f32 or f64, not i32(2) (") == 0);
  CHECK_THROWS_AS(jvp(x, {i}, {i}), TypeError);
  Graph other;
  CHECK_THROWS_AS(jvp(x, {other.input("x", {2}, DType::f64)}, {x}), GraphError);
}

TEST_CASE("Jacobians in both modes") {
  Graph g;
  const Value x = constant(g, {1, 2, 3}, {3});
  // y = (x₀x₁, x₁x₂; x₂², 1): worked out by hand.
  const Value a = slice(x, 0, 0, 1), b = slice(x, 0, 1, 2), c = slice(x, 0, 2);
  const Value y =
      reshape(concat({a * b, b * c, square(c), ones_like(a)}), {2, 2});
  const double want[] = {2, 1, 0, 0, 3, 2, 0, 0, 6, 0, 0, 0};
  for (const JacobianMode mode :
       {JacobianMode::automatic, JacobianMode::forward,
        JacobianMode::reverse}) {
    const Tensor j = eval(jacobian(y, x, mode));
    REQUIRE(j.shape() == Shape{2, 2, 3});
    for (int i = 0; i < 12; ++i) CHECK(j.at(i) == want[i]);
  }
  CHECK(eval(jacobian(sum(x), x)).shape() == Shape{3});
  CHECK(eval(jacobian(x * sum(x), sum(x))).shape() == Shape{3});
  const Value none = slice(x, 0, 0, 0);
  for (const JacobianMode mode :
       {JacobianMode::forward, JacobianMode::reverse}) {
    CHECK(eval(jacobian(square(none), none, mode)).shape() == Shape{0, 0});
    CHECK(eval(jacobian(x, none, mode)).shape() == Shape{3, 0});
    CHECK(eval(jacobian(a, b, mode)).item() == 0);  // does not depend
  }
}

TEST_CASE("a Jacobian's graph does not grow with what it is of") {
  auto added = [](std::int64_t n, JacobianMode mode) {
    Graph g;
    const Value x = g.input("x", {n}, DType::f64);
    const Value y = tanh(x * sum(x));
    const std::size_t before = g.size();
    jacobian(y, x, mode);
    return g.size() - before;
  };
  for (const JacobianMode mode :
       {JacobianMode::forward, JacobianMode::reverse}) {
    CHECK(added(3, mode) == added(300, mode));
    CHECK(added(3, mode) < 60);
  }
}

TEST_CASE("Jacobians of symbolic sizes") {
  Graph g;
  const Value x = g.input("x", {kBatch, 2}, DType::f64);
  const Value w = g.input("w", {2}, DType::f64);
  const Value y = sum(square(x) * w, {1});
  const Tensor examples = Tensor::from<double>({1, 2, 3, 4, 5, 6}, {3, 2});
  const std::vector<Feed> feeds{{x, examples},
                                {w, Tensor::from<double>({10, 1}, {2})}};
  auto run = [&](Value v) {
    State s = initialize(g);
    return eval(v, s, feeds);
  };
  // Over w in forward mode, y's batch is any; of one sum over it, x's.
  const Tensor of_w = run(jacobian(y, w));
  REQUIRE(of_w.shape() == Shape{3, 2});
  for (int i = 0; i < 6; ++i) CHECK(of_w.at(i) == (i + 1) * (i + 1));
  const Tensor of_x = run(jacobian(mean(y), x));
  REQUIRE(of_x.shape() == Shape{3, 2});
  CHECK(of_x.at(2) == Approx(3 * 2 * 10 / 3.0));
  const std::string text = text_of([&] { jacobian(y, x); });
  CHECK(text.find("[jacobian] (batch) with respect to (batch, 2) in forward "
                  "mode needs x of known size; for each example of a batch map "
                  "it with vmap (") == 0);
  CHECK_THROWS_AS(jacobian(y, w, JacobianMode::reverse), ShapeError);
  // Of each example.
  const Value each =
      vmap([&](Value e) { return jacobian(square(e) * w, e); }, x);
  const Tensor j = run(each);
  REQUIRE(j.shape() == Shape{3, 2, 2});
  CHECK(j.at(4) == 2 * 3 * 10);
  CHECK(j.at(5) == 0);
  CHECK(j.at(11) == 2 * 6);
}

TEST_CASE("Hessians") {
  Graph g;
  const Value x = constant(g, {1, 2, 3, 4}, {2, 2});
  // Σ x³ + (Σ x)²: diag 6x, and 2 everywhere.
  const Tensor h = eval(hessian(sum(pow(x, 3)) + square(sum(x)), x));
  REQUIRE(h.shape() == Shape{2, 2, 2, 2});
  for (int i = 0; i < 4; ++i) {
    for (int k = 0; k < 4; ++k) {
      CHECK(h.at(4 * i + k) == Approx((i == k ? 6 * (i + 1) : 0) + 2));
    }
  }
  // The Hessian of ln det a symmetric 1 × 1 … n × n: −a⁻¹ ⊗ a⁻¹.
  const Value a = constant(g, {2, 1, 1, 3}, {2, 2});
  const Tensor d = eval(hessian(logdet(a), a));
  const double inverse[] = {0.6, -0.2, -0.2, 0.4};
  for (int i = 0; i < 2; ++i) {
    for (int j = 0; j < 2; ++j) {
      for (int k = 0; k < 2; ++k) {
        for (int l = 0; l < 2; ++l) {
          CHECK(d.at(8 * i + 4 * j + 2 * k + l) ==
                Approx(-inverse[2 * j + k] * inverse[2 * l + i]));
        }
      }
    }
  }
  CHECK_THROWS_AS(hessian(x, x), ShapeError);
  const Value symbolic = g.input("s", {kBatch});
  CHECK_THROWS_AS(hessian(sum(symbolic), symbolic), ShapeError);
  // Forward over reverse is reverse over reverse.
  const Value v = constant(g, {1, -1, 2, 0.5}, {2, 2});
  const Value f = sum(exp(x * 0.3) * sum(x)) + prod(sin(x));
  const Tensor p = eval(jvp(gradient(f, x), {x}, {v}));
  const Tensor q = eval(hvp(f, {x}, {v}).front());
  const Tensor r = eval(gradient(jvp(f, {x}, {v}), x));
  for (int i = 0; i < 4; ++i) {
    CHECK(p.at(i) == Approx(q.at(i)).epsilon(1e-12));
    CHECK(r.at(i) == Approx(q.at(i)).epsilon(1e-12));
  }
}
