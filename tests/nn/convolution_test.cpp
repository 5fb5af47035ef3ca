// Convolutions and their gradients beside plain loops in double precision.

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "finite_differences.h"
#include "ops/kernels/gemm.h"

using namespace weft;

namespace {

using Axes = std::vector<std::int64_t>;

struct Case {
  std::int64_t batch, in, out, groups;
  Axes size, kernel, stride, dilation, padding;
  bool same = false;
};

std::string to_string(const Case& c) {
  std::string text = "batch " + std::to_string(c.batch) + ", channels " +
                     std::to_string(c.in) + " to " + std::to_string(c.out) +
                     " in " + std::to_string(c.groups) + " groups";
  for (std::size_t i = 0; i < c.size.size(); ++i) {
    text += ", size " + std::to_string(c.size[i]) + " kernel " +
            std::to_string(c.kernel[i]) + " stride " +
            std::to_string(c.stride[i]) + " dilation " +
            std::to_string(c.dilation[i]) + " padding " +
            std::to_string(c.padding[i]);
  }
  return text + (c.same ? ", same" : "");
}

Shape shape_of(std::int64_t a, std::int64_t b, const Axes& rest) {
  Shape s{a, b};
  for (std::int64_t n : rest) s.push_back(n);
  return s;
}

Tensor random_tensor(const Shape& shape, unsigned seed) {
  Tensor t(DType::f64, shape);
  std::mt19937 random(seed);
  // Of few digits, so that they are the same in single precision.
  for (double& v : t.values<double>()) {
    v = (static_cast<double>(random() % 2049) - 1024) / 1024;
  }
  return t;
}

struct Results {
  Tensor y, dx, dw;
};

/// f(place in x, in w, in y) for every product of the definition.
template <class F>
void for_products(const Case& c, const Axes& out, F f) {
  std::array<std::int64_t, 3> n{1, 1, 1}, k{1, 1, 1}, s{1, 1, 1}, d{1, 1, 1},
      b{0, 0, 0}, o{1, 1, 1};
  const std::size_t rank = c.size.size();
  for (std::size_t i = 0; i < rank; ++i) {
    const std::size_t to = 3 - rank + i;
    n[to] = c.size[i], k[to] = c.kernel[i], s[to] = c.stride[i];
    d[to] = c.dilation[i], o[to] = out[i], b[to] = c.padding[i];
    if (!c.same) continue;
    const std::int64_t span = d[to] * (k[to] - 1) + 1;
    b[to] = std::max<std::int64_t>(0, (o[to] - 1) * s[to] + span - n[to]) / 2;
  }
  const std::int64_t in = c.in / c.groups, per = c.out / c.groups;
  const std::int64_t taps = k[0] * k[1] * k[2], places = o[0] * o[1] * o[2];
  for (std::int64_t i = 0; i < c.batch * c.out * places; ++i) {
    const std::int64_t image = i / places / c.out, row = i / places % c.out;
    const std::int64_t p = i % places;
    for (std::int64_t j = 0; j < in * taps; ++j) {
      const std::int64_t t = j % taps, channel = j / taps + row / per * in;
      const std::int64_t z =
          p / (o[1] * o[2]) * s[0] + t / (k[1] * k[2]) * d[0] - b[0];
      const std::int64_t y =
          p / o[2] % o[1] * s[1] + t / k[2] % k[1] * d[1] - b[1];
      const std::int64_t x = p % o[2] * s[2] + t % k[2] * d[2] - b[2];
      if (z < 0 || z >= n[0] || y < 0 || y >= n[1] || x < 0 || x >= n[2]) {
        continue;
      }
      f((((image * c.in + channel) * n[0] + z) * n[1] + y) * n[2] + x,
        row * in * taps + j, i);
    }
  }
}

struct Problem {
  Case c;
  Tensor x, w, dy;

  explicit Problem(const Case& given) : c(given) {
    x = random_tensor(shape_of(c.batch, c.in, c.size), 1);
    w = random_tensor(shape_of(c.out, c.in / c.groups, c.kernel), 2);
    Graph g;
    const Value y = conv(g.constant(x), g.constant(w), options());
    dy = random_tensor(y.shape(), 3);
  }
  ConvOptions options() const {
    return {.stride = c.stride,
            .padding = c.padding,
            .same = c.same,
            .dilation = c.dilation,
            .groups = c.groups};
  }
  Results run(DType dtype, int threads = 1) const {
    Graph g;
    const Value xv = g.input("x", x.shape(), dtype);
    const Value wv = g.input("w", w.shape(), dtype);
    const Value v = g.input("dy", dy.shape(), dtype);
    const Value y = conv(xv, wv, options());
    const auto grads = gradients(sum(y * v), {xv, wv});
    const Program p =
        compile(g, {.outputs = {y, grads[0], grads[1]}, .parallel_from = 0});
    State s = initialize(g);
    const auto found = Executor({.threads = threads})(
        p, s, {{xv, x.to(dtype)}, {wv, w.to(dtype)}, {v, dy.to(dtype)}});
    return {found[0], found[1], found[2]};
  }
  Results by_loops() const {
    auto zeros = [](const Shape& shape) {
      Tensor t(DType::f64, shape);
      for (double& v : t.values<double>()) v = 0;
      return t;
    };
    Results r{zeros(dy.shape()), zeros(x.shape()), zeros(w.shape())};
    Axes out;
    for (int i = 2; i < dy.rank(); ++i) out.push_back(dy.dim(i));
    double *y = r.y.data<double>(), *dx = r.dx.data<double>(),
           *dw = r.dw.data<double>();
    for_products(c, out, [&](std::int64_t i, std::int64_t j, std::int64_t k) {
      y[k] += x.at(i) * w.at(j);
      dx[i] += w.at(j) * dy.at(k);
      dw[j] += x.at(i) * dy.at(k);
    });
    return r;
  }
};

/// Sums of `terms` products of numbers up to 1.
bool close(const Tensor& found, const Tensor& expected, std::int64_t terms) {
  const double epsilon = found.dtype() == DType::f32
                             ? std::numeric_limits<float>::epsilon()
                             : std::numeric_limits<double>::epsilon();
  if (found.shape() != expected.shape()) return false;
  const Tensor wide = found.to(DType::f64);
  for (std::int64_t i = 0; i < wide.size(); ++i) {
    const double error = std::abs(wide.at(i) - expected.at(i));
    if (!(error <= static_cast<double>(terms + 1) * epsilon)) return false;
  }
  return true;
}

std::int64_t product_of(const Axes& a) {
  std::int64_t n = 1;
  for (std::int64_t v : a) n *= v;
  return n;
}

void check(const Case& c) {
  INFO(to_string(c));
  const Problem p(c);
  const Results expected = p.by_loops();
  const std::int64_t taps = product_of(c.kernel);
  std::int64_t places = c.batch;
  for (int i = 2; i < p.dy.rank(); ++i) places *= p.dy.dim(i);
  for (DType dtype : {DType::f32, DType::f64}) {
    INFO(to_string(dtype));
    const Results found = p.run(dtype);
    REQUIRE(close(found.y, expected.y, taps * c.in / c.groups));
    REQUIRE(close(found.dx, expected.dx, taps * c.out / c.groups));
    REQUIRE(close(found.dw, expected.dw, places));
  }
}

/// With as many axes as asked for, and any options that have a result.
Case random_case(std::size_t rank, std::mt19937& random) {
  auto below = [&](std::int64_t n) {
    return static_cast<std::int64_t>(random()) % n;
  };
  const std::int64_t most[] = {80, 24, 9};
  Case c{below(4), 0, 0, 1 + below(3), {}, {}, {}, {}, {}, below(3) == 0};
  c.in = c.groups * (1 + below(4));
  c.out = c.groups * (1 + below(9));
  for (std::size_t i = 0; i < rank; ++i) {
    c.size.push_back(1 + below(most[rank - 1]));
    c.kernel.push_back(1 + below(5));
    c.stride.push_back(1 + below(3) * below(2) + below(5) / 4);
    c.dilation.push_back(1 + below(4) / 3 + below(6) / 5);
    const std::int64_t span = c.dilation[i] * (c.kernel[i] - 1) + 1;
    const std::int64_t least =
        std::max<std::int64_t>(0, (span - c.size[i] + 1) / 2);
    c.padding.push_back(c.same ? 0 : least + below(3));
  }
  return c;
}

const std::vector<Case>& large_cases() {
  static const std::vector<Case> cases{
      {9, 1, 6, 1, {28, 28}, {5, 5}, {1, 1}, {1, 1}, {2, 2}},
      {9, 6, 16, 1, {14, 14}, {5, 5}, {1, 1}, {1, 1}, {0, 0}},
      {1, 70, 19, 1, {33, 40}, {3, 3}, {1, 1}, {1, 1}, {1, 1}},
      {2, 40, 33, 1, {30, 61}, {3, 3}, {2, 2}, {1, 1}, {1, 1}},
      {3, 24, 24, 24, {40, 40}, {3, 3}, {1, 1}, {1, 1}, {1, 1}},
      {2, 20, 7, 1, {5000}, {3}, {1}, {1}, {1}},
      {1, 9, 17, 1, {12, 13, 35}, {3, 3, 3}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}},
      {17, 32, 16, 1, {7, 7}, {3, 3}, {1, 1}, {1, 1}, {1, 1}},
      {3, 72, 104, 1, {9, 9}, {3, 3}, {1, 1}, {1, 1}, {1, 1}},
      {2, 160, 96, 2, {6, 7}, {3, 3}, {2, 1}, {1, 1}, {1, 1}},
      {9, 20, 50, 2, {9, 20}, {3, 3}, {1, 1}, {1, 1}, {1, 1}},
      {17, 16, 32, 1, {20}, {5}, {2}, {1}, {1}},
      {2, 5, 8, 1, {9, 9}, {9, 9}, {1, 1}, {1, 1}, {0, 0}},
      {2, 3, 5, 1, {40, 41}, {1, 1}, {3, 3}, {1, 1}, {0, 0}},
      {2, 3, 8, 1, {64, 64}, {8, 8}, {8, 8}, {1, 1}, {0, 0}}};
  return cases;
}

bool same_bits(const Results& a, const Results& b) {
  return a.y.bits_equal(b.y) && a.dx.bits_equal(b.dx) && a.dw.bits_equal(b.dw);
}

}  // namespace

TEST_CASE("convolutions are those of plain loops, whatever their sizes") {
  std::mt19937 random(7);
  for (std::size_t rank = 1; rank <= 3; ++rank) {
    for (int i = 0; i < 120; ++i) check(random_case(rank, random));
  }
  for (const Case& c : large_cases()) check(c);
}

TEST_CASE("convolutions have the same bits for any threads and vectors") {
  const char* const best = gemm_instruction_set();
  for (const Case& c : large_cases()) {
    INFO(to_string(c));
    const Problem p(c);
    const Results one = p.run(DType::f32);
    REQUIRE(same_bits(one, p.run(DType::f32, 3)));
    if (!use_gemm_instruction_set("avx2")) continue;
    const Results narrow = p.run(DType::f32);
    use_gemm_instruction_set("baseline");
    check(c);
    use_gemm_instruction_set(best);
    REQUIRE(same_bits(one, narrow));
  }
}

TEST_CASE("an infinite pixel reaches the weights' gradients that it is under") {
  for (std::int64_t width : {7, 40}) {
    Problem p({2, 1, 3, 1, {8, width}, {3, 3}, {1, 1}, {1, 1}, {0, 0}});
    // At the beginning of the second row.
    p.x.data<double>()[width] = std::numeric_limits<double>::infinity();
    const Tensor dw = p.run(DType::f32).dw.to(DType::f64);
    for (std::int64_t i = 0; i < dw.size(); ++i) {
      CHECK(std::isfinite(dw.at(i)) == (i % 9 != 0 && i % 9 != 3));
    }
  }
}
