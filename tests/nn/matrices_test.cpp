// Decompositions: derivatives of both orders, and that they give the matrix
// back.

#include "finite_differences.h"

using namespace weft;

namespace {

using Values = std::vector<Value>;

Value swapped(Value x) { return transpose(x, {0, 2, 1}); }

Value positive(Value x) {
  return matmul(x, x, false, true) + diag_embed(select(ones_like(x), 2, 0));
}

}  // namespace

TEST_CASE("functions of matrices have right derivatives") {
  const Shape matrix{2, 3, 3};
  const std::vector<Composition> all{
      {"cholesky",
       {matrix},
       [](const Values& x) { return cholesky(positive(x[0])); }},
      {"solve",
       {matrix, Shape{2, 3, 2}},
       [](const Values& x) { return solve(positive(x[0]) + x[0], x[1]); }},
      {"inverse",
       {matrix},
       [](const Values& x) { return inverse(positive(x[0])); }},
      {"det", {matrix}, [](const Values& x) { return det(x[0]); }},
      {"logdet",
       {matrix},
       [](const Values& x) { return logdet(positive(x[0])); }},
      {"slogdet", {matrix}, [](const Values& x) { return slogdet(x[0]).log; }},
      {"matrix_power",
       {matrix},
       [](const Values& x) { return matrix_power(x[0], 5); }},
      {"matrix_power of an inverse",
       {matrix},
       [](const Values& x) { return matrix_power(positive(x[0]), -3); }},
      {"eigenvalues",
       {matrix},
       [](const Values& x) { return eigh(x[0] + swapped(x[0])).values; }},
      {"eigenvectors",
       {matrix},
       [](const Values& x) {
         // Their signs are free, their squares are not.
         return square(eigh(x[0] + swapped(x[0])).vectors);
       }},
  };
  for (const Composition& c : all) check_derivatives(c);
}

TEST_CASE("decompositions give the matrix back") {
  Graph g;
  Tensor t(DType::f64, {1, 5, 5});
  RandomSequence draws(Philox({3}, 1, 1));
  for (double& v : t.values<double>()) v = draws.normal();
  const Value x = g.constant(t), a = positive(x);
  auto largest = [](Value v) { return eval(max(abs(v))).item(); };
  const Value l = cholesky(a);
  CHECK(largest(matmul(l, l, false, true) - a) < 1e-12);
  const auto [values, vectors] = eigh(a);
  CHECK(largest(matmul(vectors * unsqueeze(values, -2), vectors, false, true) -
                a) < 1e-12);
  CHECK(largest(matmul(x, inverse(x)) -
                diag_embed(select(ones_like(x), 2, 0))) < 1e-10);
  CHECK(largest(logdet(a) - sum(log(values))) < 1e-12);
  CHECK(largest(det(a) / prod(values, {-1}) - 1) < 1e-12);
  CHECK(std::isnan(eval(sum(cholesky(-a))).item()));
  CHECK(std::isnan(eval(sum(inverse(0 * a))).item()));
  CHECK_THROWS_AS(cholesky(g.constant(Tensor(DType::f64, {2, 3}))), ShapeError);
  CHECK_THROWS_AS(solve(a, g.constant(Tensor(DType::f64, {1, 4, 1}))),
                  ShapeError);
}
