#include <cmath>
#include <set>

#include "autodiff/elements.h"
#include "weft/testing.h"

using namespace weft;

namespace {

/// An op without a rule for batches.
struct Reversed {
  static constexpr std::string_view name = "test::reversed";
  Type infer(const Type& x) const { return x; }
  template <class T>
  void forward(View<const T> x, View<T> y) const {
    for (std::int64_t i = 0; i < x.size(); ++i) y[i] = x[x.size() - 1 - i];
  }
  Value vjp(Value, Value, Value dy) const { return apply(Reversed{}, dy); }
  static Samples samples() { return {{Shape{3}}, {Shape{2, 2}}}; }
};

/// The same with one, and with a derivative of its own in forward mode.
struct Turned : Reversed {
  static constexpr std::string_view name = "test::turned";
  Value vjp(Value, Value, Value dy) const { return apply(Turned{}, dy); }
  Value jvp(std::span<const Value>, std::span<const Value>,
            std::span<const Value> tangents) const {
    return apply(Turned{}, tangents[0]);
  }
  Value vmap(const Batched& in) const {
    return flip(apply(Turned{}, in[0]), {0});
  }
  static Samples samples() { return {{Shape{3}}}; }
};

/// A rule that is wrong.
struct Mistaken : Reversed {
  static constexpr std::string_view name = "test::mistaken";
  Value vmap(const Batched& in) const { return in[0]; }
  static Samples samples() { return {{Shape{3}}}; }
};

/// A forward derivative that is not that of the vjp.
struct Inconsistent : Reversed {
  static constexpr std::string_view name = "test::inconsistent";
  Value jvp(std::span<const Value>, std::span<const Value>,
            std::span<const Value> tangents) const {
    return tangents[0];
  }
  static Samples samples() { return {{Shape{3}}}; }
};

}  // namespace

TEST_CASE("each example draws random numbers of its own") {
  Graph g;
  const Value x = g.input("x", {kBatch, 3}, DType::f64);
  const Value shared = random_uniform(g, {3}, 0, 1, DType::f64);
  const Value own = vmap(
      [&](Value e) {
        return e + random_uniform(e.graph(), {3}, 0, 1, DType::f64);
      },
      x);
  const Value same = vmap([&](Value e) { return e + shared; }, x);
  const Value bent = vmap([](Value e) { return dropout(exp(e), 0.5); }, x);
  const Program p = compile(g, {.outputs = {own, same, bent}});
  State s = initialize(g, {3});
  Executor run({.threads = 1});
  const auto found = run(p, s, {{x, Tensor(DType::f64, {50, 3})}});
  std::set<double> draws;
  int dropped = 0;
  for (int i = 0; i < 150; ++i) {
    draws.insert(found[0].at(i));
    CHECK(found[1].at(i) == found[1].at(i % 3));
    dropped += found[2].at(i) == 0 ? 1 : 0;
  }
  CHECK(draws.size() == 150);
  CHECK(dropped > 40);
  CHECK(dropped < 110);
}

TEST_CASE("bodies of examples") {
  Graph g;
  const Value x = constant(g, {1, 2, 3, 4, 5, 6}, {3, 2});
  // No constant, of which bodies have copies.
  const Value start = constant(g, {0.5, 0.5}, {2}) * 2;
  // A loop over each example's elements, from a start that all share.
  const auto loops = vmap(
      [&](const Values& e) {
        const Scanned s = scan(
            [&](const Values& c, const Values& in) {
              return Scanned{{c[0] * in[0]}, {sum(c[0]), start * 2}};
            },
            {start}, {e[0]});
        return Values{s.carry[0], s.ys[0], s.ys[1]};
      },
      {x});
  check_elements(eval(loops[0]), {2, 2, 12, 12, 30, 30});
  CHECK(loops[1].shape() == Shape{3, 2});
  check_elements(eval(loops[1]), {2, 2, 2, 6, 2, 10});
  CHECK(loops[2].shape() == Shape{3, 2, 2});
  check_elements(eval(loops[2]), std::vector<double>(12, 2));
  CHECK(count_of(g, "scan") == 1);
  check_elements(eval(gradient(sum(loops[0]), x)), {4, 2, 8, 6, 12, 10});
  check_elements(eval(gradient(sum(loops[0]), start)), {44, 44});

  // A condition that all share is one cond; that of each, one for each. What
  // is not chosen is not computed: no NaN comes from its derivative.
  for (const bool own : {false, true}) {
    auto pick = [&](Value e) {
      const Value condition =
          own ? greater(sum(e), 5.0) : greater(sum(start), 5.0);
      return cond(
                 condition, [](const Values& v) { return Values{v[0] * 10}; },
                 [&](const Values& v) {
                   return Values{sqrt(5 - sum(v[0])) * start};
                 },
                 {e})
          .front();
    };
    const Value y = vmap(pick, own ? x : x * 0.1);
    const Tensor dx = eval(gradient(sum(y), x));
    if (!own) continue;
    check_elements(eval(y), {std::sqrt(2), std::sqrt(2), 30, 40, 50, 60});
    check_elements(dx, {-std::sqrt(0.5), -std::sqrt(0.5), 10, 10, 10, 10});
  }

  // A derivative by hand of something that all share, too.
  const Value custom = vmap(
      [&](Value e) {
        return custom_vjp(
                   [&](const Values& v) { return Values{v[0] * v[1] * start}; },
                   [&](const Values& v, const Values&, const Values& dys) {
                     return Values{dys[0] * 5,
                                   sum(dys[0] * v[0] * start) * v[1]};
                   },
                   {e, start})
            .front();
      },
      x);
  check_elements(eval(custom), {1, 2, 3, 4, 5, 6});
  check_elements(eval(gradient(sum(custom), x)), {5, 5, 5, 5, 5, 5});
  check_elements(eval(gradient(sum(custom), start)), {21, 21});

  const Value kept = vmap(
      [&](Value e) {
        return checkpoint([&](Value v) { return exp(v) * start; }, e);
      },
      x * 0.0);
  check_elements(eval(kept), {1, 1, 1, 1, 1, 1});
}

TEST_CASE("convolutions of examples share the weights, or have their own") {
  Graph g;
  const Value x = g.input("x", {kBatch, 1, 2, 5}, DType::f64);
  const Value w = g.input("w", {2, 2, 3}, DType::f64);
  auto f = [&](Value e) { return conv(e, w, {.padding = {1}}); };
  const Value y = vmap(f, x);
  CHECK(y.shape() == Shape{kBatch, 1, 2, 5});
  CHECK(count_of(g, "scan") == 0);
  const Value whole = f(reshape(x, {kBatch, 2, 5}));
  const Value each =
      vmap([&](Value e) { return gradient(sum(square(f(e))), w); }, x);
  CHECK(count_of(g, "scan") == 1);  // conv_weight of each
  const Value total = gradient(sum(square(whole)), w);
  Tensor xs(DType::f64, {4, 1, 2, 5}), ws(DType::f64, {2, 2, 3});
  for (std::int64_t i = 0; i < 40; ++i) {
    xs.data<double>()[i] = std::sin(static_cast<double>(i));
  }
  for (std::int64_t i = 0; i < 12; ++i) {
    ws.data<double>()[i] = std::cos(static_cast<double>(i));
  }
  State s = initialize(g);
  const Program p =
      compile(g, {.outputs = {reshape(y, {kBatch, 2, 5}) - whole,
                              sum(each, {0}) - total, each, total}});
  Executor run({.threads = 1});
  const auto found = run(p, s, {{x, xs}, {w, ws}});
  for (int i = 0; i < 40; ++i) CHECK(std::abs(found[0].at(i)) < 1e-14);
  for (int i = 0; i < 12; ++i) CHECK(std::abs(found[1].at(i)) < 1e-13);
  CHECK(std::abs(found[2].at(0) - found[2].at(12)) > 0.01);
}

TEST_CASE("ops without a rule loop; rules are held to what examples give") {
  registry().add<Reversed>();
  Graph g;
  const Value x = constant(g, {1, 2, 3, 4, 5, 6}, {3, 2});
  auto f = [](Value e) { return apply(Reversed{}, e) * e; };
  check_elements(eval(vmap(f, x)), {2, 2, 12, 12, 30, 30});
  CHECK(count_of(g, "scan") == 1);
  check_elements(eval(gradient(sum(vmap(f, x)), x)), {4, 2, 8, 6, 12, 10});
  testing::check_op<Reversed>();
  testing::check_op<Turned>();
  const std::string wrong = text_of([] { testing::check_op<Mistaken>(); });
  CHECK(wrong.find("vmap of inputs m (mapped, shared): output 0 is not that of "
                   "the examples") != std::string::npos);
  const std::string other = text_of([] { testing::check_op<Inconsistent>(); });
  CHECK(other.find("forward mode gives") != std::string::npos);
}

TEST_CASE("a body that is built in a body of a body") {
  Graph g;
  const Value x = constant(g, {1, 2}, {2});
  const Value y = vmap(
      [&](Value a) {
        return vmap(
            [&](Value b) {
              // A function of a value of the outermost graph.
              return checkpoint([&](Value v) { return sum(v) * b; }, x) + a;
            },
            x);
      },
      x);
  check_elements(eval(y), {4, 7, 5, 8});
}
