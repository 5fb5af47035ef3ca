// Fourier transforms beside numpy.fft 1.24 and beside their definition.

#include <numbers>

#include "expect_values.h"

using namespace weft;

namespace {

Value wave(Graph& g, std::int64_t n, double phase = 0) {
  return numbered(g, {n}, [&](double k) { return std::sin(1.3 * k + phase); });
}

Value pairs(Graph& g, std::int64_t n) {
  return complex(wave(g, n), wave(g, n, 2));
}

double largest(Value x) { return eval(max(abs(x))).item(); }

}  // namespace

TEST_CASE("transforms are those of NumPy") {
  Graph g;
  expect_values(fft(pairs(g, 6)), {6, 2},
                {1.1215020757969507, -0.2996375153862332, 1.2818800547621827,
                 -0.6435548878781062, 0.03151965362903375, 0.7401062921807376,
                 -0.1396780471548813, 0.8333670226862451, -0.9127111403348643,
                 1.4672977323232108, 4.398836515804737, -3.0440528087853433});
  expect_values(
      ifft(pairs(g, 6)), {6, 2},
      {0.18691701263282512, -0.04993958589770553, 0.7331394193007894,
       -0.5073421347975573, -0.15211852338914406, 0.24454962205386846,
       -0.023279674525813605, 0.13889450378104087, 0.005253275604838958,
       0.1233510486967896, 0.21364667579369714, -0.10725914797968439});
  expect_values(slice(fft(pairs(g, 17)), 0, 3, 5), {2, 2},
                {3.193385011096017, -0.5892060713592402, -1.402054005082011,
                 -0.38585465925573903});
  expect_values(
      rfft(wave(g, 6)), {4, 2},
      {1.1215020757969505, 0.0, 2.84035828528346, 1.2002489604536186,
       -0.44059574335291507, -0.3635957200712367, -0.13967804715488163, 0.0});
  expect_values(rfft(wave(g, 7)), {4, 2},
                {1.4406004381463027, 0.0, 2.0169169074598994,
                 1.9671298226700382, 0.08114185398033058, -1.7820412914883983,
                 0.5540946684467947, -0.3325948481090706});
  expect_values(
      irfft(pairs(g, 4)), {6},
      {-0.04407100750466334, 0.9031628427850703, 0.2209863738544085,
       -0.09325370347892167, -0.13686360150122515, 0.11359728126252434});
  expect_values(irfft(pairs(g, 4), 7), {7},
                {-0.1639829572497333, 0.7283538789525613, 0.5322779395348219,
                 -0.24280878808231718, 0.12000900186552434,
                 -0.28319212492306794, 0.27290123531940386});
}

TEST_CASE("transforms of any size are the sums of their definition") {
  for (const std::int64_t n : {1, 2, 3, 4, 5, 8, 9, 13, 16, 17, 30, 31, 77, 128,
                               143, 210, 227, 256, 1001}) {
    INFO(n);
    Graph g;
    const double turn = -2 * std::numbers::pi / static_cast<double>(n);
    std::vector<double> re, im;
    for (std::int64_t j = 0; j < n * n; ++j) {
      const double angle = turn * static_cast<double>(j / n * (j % n) % n);
      re.push_back(std::cos(angle));
      im.push_back(std::sin(angle));
    }
    auto matrix = [&](const std::vector<double>& v) {
      return numbered(g, {n, n}, [&](double k) {
        return v[static_cast<std::size_t>(k) - 1];
      });
    };
    const Value wr = matrix(re), wi = matrix(im);
    const Value xr = numbered(g, {n, 11}, [](double k) { return sin(k * k); });
    const Value xi = numbered(g, {n, 11}, [](double k) { return cos(k * k); });
    const Value expected = complex(matmul(wr, xr) - matmul(wi, xi),
                                   matmul(wr, xi) + matmul(wi, xr));
    const Value x = complex(xr, xi), y = fft(x, 0);
    const double tolerance = 1e-14 * static_cast<double>(n + 20);
    CHECK(largest(y - expected) < tolerance);
    CHECK(largest(ifft(y, 0) - x) < 1e-13);
    const Value z = fft(transpose(x, {1, 0, 2}));
    CHECK(largest(z - transpose(expected, {1, 0, 2})) < tolerance);
    const Value half = rfft(xr, 0);
    const Value all = complex(matmul(wr, xr), matmul(wi, xr));
    CHECK(largest(half - slice(all, 0, 0, n / 2 + 1)) < tolerance);
    CHECK(largest(irfft(half, n, 0) - xr) < 1e-13);
    const Value narrow = cast(x, DType::f32);
    const Value error =
        cast(fft(narrow, 0), DType::f64) - fft(cast(narrow, DType::f64), 0);
    CHECK(largest(error) < 1e-6 * std::sqrt(static_cast<double>(n)) * 5);
  }
}

TEST_CASE("a product of transforms is a circular convolution") {
  Graph g;
  const Value a = wave(g, 9), b = wave(g, 9, 1);
  Value sum = 0 * a;
  for (std::int64_t k = 0; k < 9; ++k) {
    sum = sum + roll(a, {k}, {0}) * select(b, 0, k);
  }
  const Value product = complex_product(rfft(a), rfft(b));
  CHECK(largest(irfft(product, 9) - sum) < 1e-14);
  CHECK(largest(imag(fft(complex(a, 0 * a))) +
                imag(conj(fft(complex(a, 0 * a))))) == 0);
}

TEST_CASE("what cannot be transformed is an error") {
  Graph g;
  CHECK_THROWS_AS(fft(wave(g, 6)), ShapeError);
  CHECK_THROWS_AS(rfft(g.input("x", {2, kTime}, DType::f64)), ShapeError);
  CHECK_THROWS_AS(irfft(pairs(g, 4), 8), ShapeError);
  CHECK_THROWS_AS(irfft(pairs(g, 1)), ShapeError);
  CHECK_THROWS_AS(fft(pairs(g, 6), 1), ShapeError);
  const Value batch = g.input("batch", {kBatch, 6, 2});
  CHECK(fft(batch).shape() == Shape{kBatch, 6, 2});
}
