#include "example.h"

// Statistics and linear algebra: statistics.h, linear_algebra.h.

namespace snippets {

EXAMPLE(variance) {
  show(variance(numbers({1, 2, 3, 4})), "f64() 1.66667");
  show(variance(numbers({1, 2, 3, 4}), {}, 0), "f64() 1.25");
}

EXAMPLE(nansum) { show(nansum(numbers({1, NAN, 3})), "f64() 4"); }

EXAMPLE(nanmean) { show(nanmean(numbers({1, NAN, 3})), "f64() 2"); }

EXAMPLE(standard_deviation) {
  show(standard_deviation(numbers({1, 3})), "f64() 1.41421");
}

EXAMPLE(norm) {
  show(norm(numbers({3, -4})), "f64() 5");
  show(norm(numbers({3, -4}), 1), "f64() 7");
}

EXAMPLE(normalize) { show(normalize(numbers({3, 4})), "f64(2) [0.6, 0.8]"); }

EXAMPLE(renorm) {
  // Columns of at most that length.
  Value x = numbers({3, 0.3, 4, 0.4}, {2, 2});
  show(renorm(x, 2, 1, 1), "f64(2, 2) [[0.6, 0.3], [0.8, 0.4]]");
}

EXAMPLE(covariance) {
  Value x = numbers({1, 2, 3, 3, 1, 2}, {2, 3});
  show(covariance(x), "f64(2, 2) [[1, -0.5], [-0.5, 1]]");
}

EXAMPLE(correlation) {
  Value x = numbers({1, 2, 3, 6, 2, 4}, {2, 3});
  show(correlation(x), "f64(2, 2) [[1, -0.5], [-0.5, 1]]");
}

EXAMPLE(trapezoid) {
  Value y = numbers({0, 1, 4});
  show(trapezoid(y, 0.5), "f64() 1.5");
  show(trapezoid(y, numbers({0, 1, 3})), "f64() 5.5");
}

EXAMPLE(distances) {
  Value points = numbers({0, 0, 3, 4}, {2, 2});
  show(distances(points, points), "f64(2, 2) [[0, 5], [5, 0]]");
}

EXAMPLE(cumprod) { show(cumprod(numbers({1, 2, 3})), "f64(3) [1, 2, 6]"); }

EXAMPLE(logcumsumexp) {
  show(logcumsumexp(numbers({0, 0, 1000})), "f64(3) [0, 0.693147, 1000]");
}

EXAMPLE(cummax) {
  Value x = numbers({1, 3, 2});
  Value y = cummax(x);
  show(y, "f64(3) [1, 3, 3]");
  show(gradient(sum(y), x), "f64(3) [1, 2, 0]");
}

EXAMPLE(cummin) { show(cummin(numbers({3, 1, 2})), "f64(3) [3, 1, 1]"); }

EXAMPLE(outer) {
  show(outer(numbers({1, 2}), numbers({3, 4})), "f64(2, 2) [[3, 4], [6, 8]]");
}

EXAMPLE(kron) {
  Value eye = numbers({1, 0, 0, 1}, {2, 2});
  show(kron(eye, numbers({7, 8}, {1, 2})),
       "f64(2, 4) [[7, 8, 0, 0], [0, 0, 7, 8]]");
}

EXAMPLE(cross) {
  show(cross(numbers({1, 0, 0}), numbers({0, 1, 0})), "f64(3) [0, 0, 1]");
}

EXAMPLE(einsum) {
  Value a = range({5, 2, 3});
  Value b = range({5, 3, 4});
  show(einsum("bij,bjk->bik", {a, b}).shape(), "(5, 2, 4)");
  show(einsum("ii", {numbers({1, 2, 3, 4}, {2, 2})}), "f64() 5");
}

EXAMPLE(cholesky) {
  Value a = numbers({4, 2, 2, 3}, {2, 2});
  show(cholesky(a), "f64(2, 2) [[2, 0], [1, 1.41421]]");
}

EXAMPLE(solve) {
  Value a = numbers({4, 2, 2, 3}, {2, 2});
  show(solve(a, numbers({8, 8}, {2, 1})), "f64(2, 1) [[1], [2]]");
}

EXAMPLE(solve_triangular) {
  Value t = numbers({2, 0, 1, 4}, {2, 2});
  show(solve_triangular(t, numbers({2, 9}, {2, 1})), "f64(2, 1) [[1], [2]]");
}

EXAMPLE(inverse) {
  Value a = numbers({4, 2, 2, 3}, {2, 2});
  show(inverse(a), "f64(2, 2) [[0.375, -0.25], [-0.25, 0.5]]");
}

EXAMPLE(det) {
  Value a = numbers({4, 2, 2, 3}, {2, 2});
  show(det(a), "f64() 8");
}

EXAMPLE(logdet) {
  Value a = numbers({4, 2, 2, 3}, {2, 2});
  show(logdet(a), "f64() 2.07944");
}

EXAMPLE(slogdet) {
  SignedLog d = slogdet(numbers({0, 2, 1, 0}, {2, 2}));
  show(d.sign, "f64() -1");
  show(d.log, "f64() 0.693147");
}

EXAMPLE(matrix_power) {
  Value fibonacci = numbers({1, 1, 1, 0}, {2, 2});
  show(matrix_power(fibonacci, 10), "f64(2, 2) [[89, 55], [55, 34]]");
  show(matrix_power(fibonacci, -1), "f64(2, 2) [[0, 1], [1, -1]]");
}

EXAMPLE(eigh) {
  EigenPairs e = eigh(numbers({2, 1, 1, 2}, {2, 2}));
  show(e.values, "f64(2) [1, 3]");
}

EXAMPLE(matrix_exp) {
  Value shear = numbers({0, 2, 0, 0}, {2, 2});
  show(matrix_exp(shear), "f64(2, 2) [[1, 2], [0, 1]]");
}

EXAMPLE(qr) {
  QrParts parts = qr(numbers({3, 4}, {2, 1}));
  show(parts.q, "f64(2, 1) [[-0.6], [-0.8]]");
  show(parts.r, "f64(1, 1) [[-5]]");
}

EXAMPLE(svd) {
  SvdParts parts = svd(numbers({0, 2, 3, 0}, {2, 2}));
  show(parts.values, "f64(2) [3, 2]");
}

EXAMPLE(least_squares) {
  Value a = numbers({1, 1, 1, 2, 1, 3}, {3, 2});  // a line through points
  Value y = numbers({1, 3, 5}, {3, 1});
  show(round(least_squares(a, y)), "f64(2, 1) [[-1], [2]]");
}

EXAMPLE(pseudo_inverse) {
  show(pseudo_inverse(numbers({2, 0, 0, 0}, {2, 2})),
       "f64(2, 2) [[0.5, 0], [0, 0]]");
}

}  // namespace snippets
