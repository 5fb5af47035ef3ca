// Functions that consist of ops: derivatives of both orders, and values that
// are known otherwise.

#include "finite_differences.h"
#include "known_values.h"

using namespace weft;

namespace {

const Shape kMatrix{3, 4};

}  // namespace

TEST_CASE("functions of one element have right derivatives") {
  const SampleInput off(Shape{5}, 0.6, 0.9), any(Shape{5}, -2, 2);
  const std::vector<Composition> all{
      {"sinc", {any}, [](const Values& x) { return sinc(x[0]); }},
      {"logaddexp",
       {any, any},
       [](const Values& x) { return logaddexp(x[0], x[1]); }},
      {"logaddexp2",
       {any, any},
       [](const Values& x) { return logaddexp2(x[0], x[1]); }},
      {"xlogy", {any, off}, [](const Values& x) { return xlogy(x[0], x[1]); }},
      {"logit", {off}, [](const Values& x) { return logit(x[0]); }},
      {"hypot", {any, any}, [](const Values& x) { return hypot(x[0], x[1]); }},
      {"exp2", {any}, [](const Values& x) { return exp2(x[0]); }},
      {"log2", {off}, [](const Values& x) { return log2(x[0]); }},
      {"frac", {off}, [](const Values& x) { return frac(x[0]); }},
      {"hard_swish", {any}, [](const Values& x) { return hard_swish(x[0]); }},
      {"soft_shrink", {off}, [](const Values& x) { return soft_shrink(x[0]); }},
      {"tanh_shrink", {any}, [](const Values& x) { return tanh_shrink(x[0]); }},
      {"softsign", {off}, [](const Values& x) { return softsign(x[0]); }},
      {"log_sigmoid", {any}, [](const Values& x) { return log_sigmoid(x[0]); }},
      {"celu", {off}, [](const Values& x) { return celu(-x[0], 1.3); }},
      {"threshold",
       {off},
       [](const Values& x) { return threshold(x[0], 0, 9); }},
      {"glu", {kMatrix}, [](const Values& x) { return glu(x[0], 1); }},
      {"nan_to_num", {any}, [](const Values& x) { return nan_to_num(x[0]); }},
  };
  for (const Composition& c : all) check_derivatives(c);
}

TEST_CASE("special functions have the values of tables") {
  Graph g;
  const Value x = g.constant(f64({0.5, 1, 3, 2}, {4}));
  check_values(digamma(x), {-1.9635100260214235, -0.5772156649015329,
                            0.9227843350984671, 0.42278433509846714});
  check_values(polygamma(1, x), {4.934802200544679, 1.6449340668482264,
                                 0.39493406684822644, 0.6449340668482264});
  check_values(erfinv(g.constant(f64({0.5, -0.999, 1e-9}, {3}))),
               {0.4769362762044699, -2.326753765513524, 8.862269254527581e-10});
  check_values(sinc(g.constant(f64({0, 0.5, 1e-9, 3}, {4}))),
               {1, 2 / M_PI, 1, 0});
  check_values(remainder(g.constant(f64({5, -5, 5, -5}, {4})),
                         g.constant(f64({3, 3, -3, -3}, {4}))),
               {2, 1, -1, -2});
  check_values(nan_to_num(g.constant(f64({NAN, HUGE_VAL, 2}, {3})), 7, 8, 9),
               {7, 8, 2});
}

TEST_CASE("functions along axes have right derivatives") {
  const SampleInput positive(kMatrix, 0.5, 2);
  const std::vector<Composition> all{
      {"variance",
       {kMatrix},
       [](const Values& x) { return variance(x[0], {1}); }},
      {"standard_deviation",
       {kMatrix},
       [](const Values& x) { return standard_deviation(x[0], {0}, 0); }},
      {"norm of order 3",
       {positive},
       [](const Values& x) { return norm(x[0], 3, {1}); }},
      {"normalize", {kMatrix}, [](const Values& x) { return normalize(x[0]); }},
      {"distances",
       {Shape{3, 2}, Shape{4, 2}},
       [](const Values& x) { return distances(x[0], x[1]); }},
      {"cumprod", {kMatrix}, [](const Values& x) { return cumprod(x[0]); }},
      {"logcumsumexp",
       {kMatrix},
       [](const Values& x) { return logcumsumexp(x[0], 0); }},
      {"cummax", {kMatrix}, [](const Values& x) { return cummax(x[0]); }},
      {"outer",
       {Shape{3}, Shape{2}},
       [](const Values& x) { return outer(x[0], x[1]); }},
      {"kron",
       {kMatrix, Shape{2, 2}},
       [](const Values& x) { return kron(x[0], x[1]); }},
      {"cross",
       {Shape{2, 3}, Shape{2, 3}},
       [](const Values& x) { return cross(x[0], x[1]); }},
  };
  for (const Composition& c : all) check_derivatives(c);
}

TEST_CASE("einsum takes any equation") {
  const std::vector<std::pair<std::string, std::vector<Shape>>> all{
      {"ij,jk->ik", {{2, 3}, {3, 4}}},
      {"ij,jk,kl->il", {{2, 3}, {3, 2}, {2, 3}}},
      {"bhqd,bhkd->bhqk", {{2, 2, 3, 2}, {2, 2, 4, 2}}},
      {"...ij,jk->...ik", {{2, 2, 3}, {3, 2}}},
      {"...i,oij,...j->...o", {{2, 3}, {2, 3, 2}, {2, 2}}},
      {"iij->ji", {{3, 3, 2}}},
      {"ab,ab->", {{2, 3}, {2, 3}}},
      {"ba", {{2, 3}}},
      {"ij,kj->j", {{2, 3}, {4, 3}}},
  };
  for (const auto& [name, shapes] : all) {
    const std::string equation = name;  // a binding can't be captured
    Composition c{
        equation, {}, [&](const Values& x) { return einsum(equation, x); }};
    for (const Shape& s : shapes) c.inputs.emplace_back(s);
    check_derivatives(c);
  }
  Graph g;
  const Value a = g.constant(f64({1, 2, 3, 4}, {2, 2}));
  const Value b = g.constant(f64({5, 6, 7, 8}, {2, 2}));
  check_values(einsum("ij,jk->ki", {a, b}), {19, 43, 22, 50});
  check_values(einsum("ii", {a}), {5});
  check_values(einsum("ba", {a}), {1, 3, 2, 4});
  check_values(einsum("ij,ij->i", {a, b}), {17, 53});
  CHECK_THROWS_AS(einsum("ij,jk->ix", {a, b}), ShapeError);
  CHECK_THROWS_AS(einsum("ijk->i", {a}), ShapeError);
  CHECK_THROWS_AS(einsum("ij,jk->ii", {a, b}), ShapeError);
  CHECK_THROWS_AS(einsum("ij->i", {a, b}), ShapeError);
}

TEST_CASE("elements are chosen by number, order and place") {
  const std::vector<Composition> all{
      {"sort", {kMatrix}, [](const Values& x) { return sort(x[0], 0).values; }},
      {"top_k",
       {kMatrix},
       [](const Values& x) { return top_k(x[0], 2).values; }},
      {"median",
       {kMatrix},
       [](const Values& x) { return median(x[0]).values; }},
      {"roll",
       {kMatrix},
       [](const Values& x) {
         return roll(x[0], {1, -2}, {0, 1});
       }},
      {"repeat", {kMatrix}, [](const Values& x) { return repeat(x[0], 2, 0); }},
      {"tile",
       {kMatrix},
       [](const Values& x) {
         return tile(x[0], {2, 1, 3});
       }},
      {"pad",
       {kMatrix},
       [](const Values& x) {
         return pad(x[0], {1, 2}, {0, 3}, PadMode::reflect);
       }},
      {"tril", {Shape{2, 3, 3}}, [](const Values& x) { return tril(x[0], 1); }},
      {"diagonal",
       {Shape{2, 3, 4}},
       [](const Values& x) { return diagonal(x[0], -1, 0, 2); }},
      {"diag_embed",
       {Shape{2, 3}},
       [](const Values& x) { return diag_embed(x[0], -1); }},
      {"trace", {Shape{3, 3}}, [](const Values& x) { return trace(x[0]); }},
      {"select",
       {kMatrix},
       [](const Values& x) { return select(x[0], 1, -2); }},
  };
  for (const Composition& c : all) check_derivatives(c);

  Graph g;
  const Value x = g.constant(f64({3, NAN, 1, 2, 1}, {5}));
  check_values(argsort(x), {2, 4, 3, 0, 1});
  check_values(argsort(x, -1, true), {1, 0, 3, 2, 4});
  const Value v = g.constant(f64({1, 2, 3}, {3}));
  check_values(diag_embed(v, 1), {0, 1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 3,  //
                                  0, 0, 0, 0});
  check_values(pad(v, {2}, {1}, PadMode::reflect), {3, 2, 1, 2, 3, 2});
  check_values(pad(v, {2}, {1}, PadMode::circular), {2, 3, 1, 2, 3, 1});
  check_values(pad(v, {-1}, {1}, PadMode::replicate), {2, 3, 3});
  check_values(roll(v, {1}, {0}), {3, 1, 2});
  check_values(median(v).values, {2});
  CHECK_THROWS_AS(pad(v, {3}, {0}, PadMode::reflect), ShapeError);
  CHECK_THROWS_AS(top_k(v, 4), ShapeError);
  CHECK_THROWS_AS(select(v, 0, 3), ShapeError);
  const Value far = g.constant(Tensor::from<std::int32_t>({3}, {1}));
  CHECK_THROWS_AS(eval(take_along(v, far, 0)), DataError);
}

TEST_CASE("of places that are named twice the last value counts") {
  Graph g;
  const Value x = g.constant(f64({9, 9, 9}, {3}));
  const Value values = g.constant(f64({1, 2, 3}, {3}));
  const Value at = g.constant(Tensor::from<std::int32_t>({1, 0, 1}, {3}));
  const Value y = put_along(x, at, values, 0);
  check_values(y, {2, 3, 9});
  const auto grads = gradients(sum(y * values), {x, values});
  check_values(grads[0], {0, 0, 3});
  // The first value was hidden by the third.
  check_values(gradients(sum(y), {values})[0], {0, 1, 1});
  check_values(add_along(x, at, values, 0), {11, 13, 9});
}
