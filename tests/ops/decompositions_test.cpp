// Decompositions beside LAPACK's through numpy.linalg 1.24, and matrix
// exponentials beside scipy.linalg 1.10.

#include "expect_values.h"
#include "weft/indexing.h"

using namespace weft;

namespace {

Value matrix(Graph& g, const Shape& shape) {
  return numbered(g, shape, [](double k) { return std::sin(k * k); });
}

Value cosines(Graph& g, const Shape& shape) {
  return numbered(g, shape, [](double k) { return std::cos(k); });
}

double largest(Value x) { return eval(max(abs(x))).item(); }

Value eye(Graph& g, std::int64_t n) {
  return diag_embed(numbered(g, {n}, [](double) { return 1; }));
}

}  // namespace

TEST_CASE("QR has LAPACK's signs") {
  Graph g;
  const auto [q, r] = qr(matrix(g, {4, 3}));
  expect_values(q, {4, 3},
                {-0.601509372204327, 0.145972212880507, 0.388284191177003,
                 0.205802156449022, -0.648665536162352, 0.726753721698186,
                 0.681771766058614, -0.0702148030238763, -0.164657980941864,
                 0.3619657532925, 0.743636347079871, 0.542173555415612});
  const std::vector<double> upper{-1.3989324583991,
                                  1.41677020035384,
                                  -1.05917620948465,
                                  0,
                                  0.653535742057988,
                                  0.382576566003955,
                                  0,
                                  0,
                                  -0.723262718123179};
  expect_values(r, {3, 3}, upper);
  const auto [wide_q, wide] = qr(transpose(matrix(g, {4, 3})));
  expect_values(
      wide, {3, 4},
      {-1.20443558609659, 0.457333341695913, 1.45995492976707, 1.1493822837839,
       0, 0.935348498801852, 0.117437534630892, -0.0268099033081155, 0, 0,
       -0.0871260434402153, -0.416343387264683});
  CHECK(largest(matmul(wide_q, wide) - transpose(matrix(g, {4, 3}))) < 1e-14);
  // Nothing to reflect: the diagonal keeps its sign.
  const auto one = qr(-eye(g, 3));
  CHECK(largest(one.q - eye(g, 3)) == 0);
  CHECK_THROWS_AS(qr(cosines(g, {3})), ShapeError);
  CHECK_THROWS_AS(qr(g.input("x", {kBatch, 3})), ShapeError);
}

TEST_CASE("singular values are LAPACK's, the parts give the matrix back") {
  Graph g;
  const Value a = matrix(g, {4, 3});
  const std::vector<double> values{2.29315207998955, 0.907261573417448,
                                   0.317831396153303};
  expect_values(svd(a).values, {3}, values);
  expect_values(svd(transpose(a)).values, {3}, values);
  const Value rank_two = numbered(g, {5, 7}, [](double k) { return sin(k); });
  const Value zero = 0 * rank_two, tiny = 1e-200 * rank_two;
  for (const Value& x : {a, transpose(a), rank_two, transpose(rank_two), zero,
                         tiny, 1e200 * a, eye(g, 4), matrix(g, {30, 20})}) {
    const auto [u, s, vt] = svd(x);
    const double scale = largest(x) + 1e-300;
    CHECK(largest(matmul(u * unsqueeze(s, -2), vt) - x) < 1e-13 * scale);
    const std::int64_t k = s.shape().dim(0);
    CHECK(largest(matmul(u, u, true, false) - eye(g, k)) < 1e-12);
    CHECK(largest(matmul(vt, vt, false, true) - eye(g, k)) < 1e-12);
    CHECK(eval(min(s)).item() >= 0);
  }
  CHECK(std::isnan(eval(sum(svd(0 / zero).values)).item()));
}

TEST_CASE("equal singular values leave the gradient of values alone") {
  Graph g;
  const Value a = g.buffer(
      "a", {2, 2}, initializers::zeros()({2, 2}, DType::f64), DType::f64);
  const Value along = numbered(g, {2}, [](double) { return 1; });
  const Value ds = gradient(sum(svd(eye(g, 2) + a).values * along), a);
  const Value d = gradient(sum(eigh(a).values), a);
  State s = initialize(g);
  const Program p = compile(g, {.outputs = {d, ds}});
  Executor run({.threads = 1});
  for (const Tensor& found : run(p, s, {})) {
    CHECK(found.at(0) == 1);
    CHECK(found.at(1) == 0);
  }
}

TEST_CASE("symmetric matrices are their eigenvectors and eigenvalues") {
  Graph g;
  const Value a = matrix(g, {30, 30}), small = matrix(g, {3, 3});
  const Value graded = numbered(
      g, {6, 6}, [](double k) { return std::pow(10., -std::fmod(k, 40)); });
  const Value signs = numbered(g, {5}, [](double k) { return k < 3 ? -k : k; });
  for (const Value& x : {a, small, graded, 0 * a, eye(g, 7), 1e200 * a,
                         1e-200 * a, diag_embed(signs), matmul(small, small)}) {
    const Value s = (x + transpose(x)) / 2;
    const auto [values, v] = eigh(x);
    const double scale = largest(s) + 1e-300;
    CHECK(largest(matmul(v * unsqueeze(values, -2), v, false, true) - s) <
          1e-13 * scale);
    CHECK(largest(matmul(v, v, true, false) - eye(g, s.shape().dim(0))) <
          1e-13);
    const Value steps = slice(values, 0, 1) - slice(values, 0, 0, -1);
    CHECK(eval(min(steps)).item() >= 0);
  }
  // f32 too; the eigenvalues of [[2, 1], [1, 2]] are 1 and 3.
  const Value two =
      numbered(g, {2, 2}, [](double k) { return k < 2 || k > 3; });
  const Value f = eigh(cast(two + 1, DType::f32)).values;
  CHECK(eval(f).at(0) == Approx(1).epsilon(1e-6));
  CHECK(eval(f).at(1) == Approx(3).epsilon(1e-6));
  CHECK(std::isnan(eval(sum(eigh(small / (0 * small)).vectors)).item()));
  CHECK(eigh(numbered(g, {0, 3, 3}, [](double) { return 0; })).values.shape() ==
        Shape{0, 3});
}

TEST_CASE("the derivative of a determinant is the adjugate, singular or not") {
  Graph g;
  const auto slope = [&](const std::vector<double>& m, std::int64_t n) {
    const Value a = g.constant(Tensor::from<double>(m, {n, n}));
    return gradient(det(a), a);
  };
  expect_values(slope({1, 2, 2, 4}, 2), {2, 2}, {4, -2, -2, 1});
  expect_values(slope({0, 0, 0, 0}, 2), {2, 2}, {0, 0, 0, 0});
  expect_values(slope({0}, 1), {1, 1}, {1});
  // Of rank 2, and of rank 1.
  const std::vector<double> two{1, 2, 3, 4, 5, 6, 7, 8, 9};
  expect_values(slope(two, 3), {3, 3}, {-3, 6, -3, 6, -12, 6, -3, 6, -3});
  expect_values(slope({1, 2, 3, 2, 4, 6, 3, 6, 9}, 3), {3, 3},
                std::vector<double>(9, 0));
  expect_values(slope({0, 2, 0, 0}, 2), {2, 2}, {0, 0, -2, 0});
  // Regular, and nearly singular.
  expect_values(slope({1, 2, 3, 5}, 2), {2, 2}, {5, -3, -2, 1});
  expect_values(slope({1, 2, 2, 4 + 1e-13}, 2), {2, 2}, {4 + 1e-13, -2, -2, 1});
  const Value a =
      cast(g.constant(Tensor::from<double>(two, {3, 3})), DType::f32);
  expect_values(cast(gradient(det(a), a), DType::f64), {3, 3},
                {-3, 6, -3, 6, -12, 6, -3, 6, -3}, 1e-5);
}

TEST_CASE("the second derivative of a determinant is that of its terms") {
  Graph g;
  const Value a = matrix(g, {3, 3}), v = cosines(g, {3, 3});
  const Value along = gradient(sum(gradient(det(a), a) * v), a);
  // ∂²det/∂a∂a·v by the cofactors of a + t·v, which are of second degree in t.
  const Value up = a + v, down = a - v;
  const Value expected =
      (gradient(det(up), up) - gradient(det(down), down)) / 2;
  CHECK(largest(along - expected) < 1e-12);
}

TEST_CASE("least squares and pseudo-inverses are NumPy's") {
  Graph g;
  const Value a = matrix(g, {4, 3});
  expect_values(least_squares(a, cosines(g, {4, 2})), {3, 2},
                {1.72433002538185, -1.8529151397936, 1.81115336162155,
                 -0.419976600316158, 0.204146101945492, 1.20786972904779});
  expect_values(least_squares(transpose(a), cosines(g, {3, 2})), {4, 2},
                {0.0615865967107583, -1.44155336561448, 0.225573811652806,
                 -0.785491658496592, -0.185283434781993, 0.751918632496104,
                 -0.743944340199076, -2.54337404796188});
  const Value thin = numbered(g, {3, 1}, [](double k) { return k; });
  const Value signs = numbered(g, {1, 2}, [](double k) { return 3 - 2 * k; });
  expect_values(pseudo_inverse(matmul(thin, signs)), {2, 3},
                {0.0357142857142857, 0.0714285714285714, 0.107142857142857,
                 -0.0357142857142857, -0.0714285714285714, -0.107142857142857});
}

TEST_CASE("matrix exponentials and their derivative are SciPy's") {
  Graph g;
  const Value a = slice(matrix(g, {4, 3}), 0, 0, 3);
  expect_values(matrix_exp(a), {3, 3},
                {2.04947324010475, -0.770964737400894, 0.789750838898857,
                 0.101058743854667, 0.561931478002211, -0.595300115317425,
                 -1.10352279612159, 0.853150294692726, -0.00795710539176131});
  const Value corner = slice(slice(a, 0, 0, 2), 1, 0, 2);
  expect_values(matrix_exp(20 * corner), {2, 2},
                {747114292.042794, -486831233.121075, -185200666.674166,
                 120679620.097682},
                1e-11);
  // The adjoint of the derivative along e is the derivative of aᵀ along e.
  const Value x = g.parameter(
      "x", {3, 3}, initializers::zeros()({3, 3}, DType::f64), DType::f64);
  const Value y = sum(matrix_exp(a + x) * cosines(g, {3, 3}));
  State s = initialize(g);
  const Program p = compile(g, {.outputs = {gradient(y, x)}});
  Executor run({.threads = 1});
  const auto found = run(p, s, {});
  expect_values(g.constant(found.front()), {3, 3},
                {0.504325318179624, -0.091659629966595, -1.02973819088589,
                 -0.503522078744796, -0.0288162544022611, 0.803969182087077,
                 0.982396682570653, 0.122371353610074, -1.25626574987592});
  CHECK(std::isnan(eval(sum(matrix_exp(a / (0 * a)))).item()));
  CHECK_THROWS_AS(matrix_exp(cosines(g, {2, 3})), ShapeError);
}
