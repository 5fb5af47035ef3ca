#include <string>

#include "catch.h"
#include "weft/weft.h"

using namespace weft;

namespace {

std::string text_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "nothing was thrown";
}

bool starts(const std::string& text, const std::string& with) {
  INFO(text);
  const bool does = text.rfind(with, 0) == 0;
  CHECK(does);
  return does;
}

Value number(Graph& g, double v) {
  return g.constant(Tensor::scalar(v, DType::f64));
}

}  // namespace

TEST_CASE("a substitution is the function of another value") {
  Graph g;
  const Value a = number(g, 3), b = number(g, 5), c = number(g, 2);
  const Value y = square(a) * c + 1;  // 19
  CHECK(eval(substitute(y, {{a, b}})).item() == 51);
  CHECK(eval(substitute(y, {{c, a}})).item() == 28);
  // Both at once, each with the other.
  CHECK(eval(substitute(y, {{a, c}, {c, a}})).item() == 13);
  CHECK(eval(y).item() == 19);
  // In the middle: what it was made from no longer counts.
  const Value squared = square(a);
  const Value z = squared + a;
  CHECK(eval(substitute(z, {{squared, c}})).item() == 5);
  CHECK(eval(substitute(z, {{squared, c}, {a, b}})).item() == 7);
}

TEST_CASE("a substitution adds only what depends on the value") {
  Graph g;
  const Value a = number(g, 3), b = number(g, 5);
  const Value apart = exp(b);
  const Value y = a * apart;
  const std::size_t before = g.size();
  const Value same = substitute(y, {{number(g, 1), b}});
  CHECK(same == y);
  CHECK(g.size() == before + 1);  // the constant
  CHECK(substitute(a, {{a, b}}) == b);
  CHECK(g.size() == before + 1);
  substitute(y, {{a, b}});
  CHECK(g.size() == before + 2);
  CHECK(substitute(std::vector<Value>{}, {{a, b}}).empty());
}

TEST_CASE("a substituted network shares its parameters") {
  Graph g;
  const Value x = g.input("x", {kBatch, 3}, DType::f64);
  const Value next = g.input("next", {kBatch, 3}, DType::f64);
  const Value q = dense(tanh(dense(x, 4, {.name = "fc1"})), 2);
  const Value at_next = substitute(q, {{x, next}});
  CHECK(g.parameters().size() == 4);
  State state = initialize(g, {3});
  Executor run;
  const Tensor one = Tensor::from<double>({1, 2, 3, 4, 5, 6}, {2, 3});
  const Program p = compile(g, {.outputs = {q, at_next}});
  const auto both = run(p, state, {{x, one}, {next, one}});
  CHECK(both[0].bits_equal(both[1]));
  // Its gradient is that of both uses.
  const Value w = g.find("fc1/weight");
  const Value g1 = gradient(sum(q), w), g2 = gradient(sum(q) + sum(at_next), w);
  const auto grads =
      run(compile(g, {.outputs = {g1, g2}}), state, {{x, one}, {next, one}});
  for (std::int64_t i = 0; i < 12; ++i) {
    CHECK(grads[1].at(i) == Approx(2 * grads[0].at(i)).epsilon(1e-14));
  }
}

TEST_CASE("a loss after a step of gradient descent, and its derivative") {
  // L(w) = w⁴; w' = w − 0.1·4w³; dL(w')/dw = 4w'³·(1 − 1.2w²).
  Graph g;
  const Value w = unknown(g, {}, "w", 1.5);
  const Value loss = square(square(w));
  const Value moved = w - 0.1 * gradient(loss, w);
  const Value after = substitute(loss, {{w, moved}});
  const double to = 1.5 - 0.4 * 1.5 * 1.5 * 1.5;
  CHECK(eval(after).item() == Approx(to * to * to * to).epsilon(1e-14));
  CHECK(eval(gradient(after, w)).item() ==
        Approx(4 * to * to * to * (1 - 1.2 * 1.5 * 1.5)).epsilon(1e-13));
}

TEST_CASE("one of several outputs is replaced") {
  Graph g;
  const Value x = g.constant(Tensor::from<double>({1, 2, 3, 4}, {4}));
  const auto parts = split(x, {2, 2});
  const Value y = sum(parts[0]) + 10 * sum(parts[1]);  // 3 + 70
  const Value other = g.constant(Tensor::from<double>({5, 6}, {2}));
  CHECK(eval(substitute(y, {{parts[0], other}})).item() == 81);
  const Value twice = 2 * x;
  CHECK(eval(substitute(y, {{parts[0], other}, {x, twice}})).item() == 151);
}

TEST_CASE("substitutions in bodies, and of what a body reads") {
  Graph g;
  const Value w = unknown(g, {}, "w", 3);
  const Value rows = g.constant(Tensor::from<double>({1, 2}, {2}));
  auto step = [&](const std::vector<Value>& carry,
                  const std::vector<Value>& x) {
    const Value first = w * square(carry[0]) + x[0];
    return Scanned{{substitute(first, {{carry[0], first}, {w, x[0]}})}, {}};
  };
  const Value out = scan(step, {number(g, 1)}, {rows}).carry[0];
  // 1: first = 3 + 1, then 1·16 + 1 = 17; 2: first = 869, then 2·869² + 2.
  CHECK(eval(out).item() == 2.0 * 869 * 869 + 2);
  // The loop with another parameter: first = 5 + 1 = 6, 37; then 6847.
  const Value other = number(g, 5);
  CHECK(eval(substitute(out, {{w, other}})).item() == 2.0 * 6847 * 6847 + 2);
  // A value from outside, at a value of the body.
  const Value at = number(g, 2), outside = square(at) + 1;
  auto f = [&](const std::vector<Value>& carry, const std::vector<Value>&) {
    return Scanned{{substitute(outside, {{at, carry[0]}})}, {}};
  };
  const Value thrice = scan(f, {number(g, 1)}, {}, {.steps = 3}).carry[0];
  CHECK(eval(thrice).item() == 26);
}

TEST_CASE("dropout draws the same mask in both") {
  Graph g;
  const Value x = fill(g, {1000}, 1), y = fill(g, {1000}, 3);
  const Value kept = dropout(x, 0.5);
  const Value other = substitute(kept, {{x, y}});
  CHECK(eval(sum(abs(3 * kept - other))).item() == 0);
}

TEST_CASE("what can't be substituted is an error") {
  Graph g;
  const Value x = g.input("x", {2}), y = square(x);
  const Value narrow = g.input("narrow", {1});
  const Value wide = g.input("wide", {2}, DType::f64);
  starts(text_of([&] {
           substitute(y, {{x, narrow}});
         }),
         "[substitute] input (x, substitute_test.cpp:");
  const std::string shapes = text_of([&] { substitute(y, {{x, narrow}}); });
  CHECK(shapes.find("is f32(2), what takes its place is f32(1)") !=
        std::string::npos);
  CHECK_THROWS_AS(substitute(y, {{x, narrow}}), ShapeError);
  CHECK_THROWS_AS(substitute(y, {{x, wide}}), TypeError);
  CHECK_THROWS_AS(substitute(y, {{x, y}, {x, y}}), GraphError);
  starts(text_of([&] { substitute(y, {{x, Value()}}); }), "an empty value");

  Graph other;
  const Value far = other.input("far", {2});
  starts(text_of([&] {
           substitute(y, {{far, x}});
         }),
         "[substitute] its inputs belong to different graphs");
  CHECK_THROWS_AS(substitute(y, {{x, far}}), GraphError);

  const Value w = g.parameter("w", {2}, initializers::ones()({2}, DType::f32));
  const Value written = g.assign(w, y);
  CHECK_THROWS_AS(substitute(written + 1, {{x, w}}), GraphError);
  starts(text_of([&] {
           substitute(2 * written, {{x, w}});
         }),
         "[substitute] the result of assign (w, substitute_test.cpp:");
}
