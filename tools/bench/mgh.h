#pragma once

// The test functions of Moré, Garbow and Hillstrom, "Testing unconstrained
// optimization software", ACM TOMS 7 (1981), as residuals in a graph: f is the
// sum of their squares. Numbers in comments are those of the paper.

#include <cmath>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "weft/weft.h"

namespace mgh {

using namespace weft;
using Numbers = std::vector<double>;

/// What is known of a function: tests/data/mgh.txt.
struct Reference {
  std::string name;
  std::int64_t n = 0;
  Numbers start, gradient, hessian, minima;
  double value = 0;
};

inline std::vector<Reference> references() {
  std::ifstream file(std::string(WEFT_SOURCE_DIR) + "/tests/data/mgh.txt");
  std::string line;
  for (int i = 0; i < 3; ++i) std::getline(file, line);
  std::vector<Reference> all;
  auto numbers = [&](std::int64_t count) {
    Numbers v(static_cast<std::size_t>(count));
    for (double& x : v) file >> x;
    return v;
  };
  for (Reference r; file >> r.name >> r.n;) {
    r.start = numbers(r.n);
    r.value = numbers(1)[0];
    r.gradient = numbers(r.n);
    r.hessian = numbers(r.n * r.n);
    std::int64_t minima = 0;
    file >> minima;
    r.minima = numbers(minima);
    all.push_back(r);
  }
  return all;
}

inline Numbers table(const char* text) {
  std::istringstream in(text);
  Numbers v;
  for (double x; in >> x;) v.push_back(x);
  return v;
}

/// f(1), …, f(m).
inline Numbers list(int m, const std::function<double(int)>& f) {
  Numbers v;
  for (int i = 1; i <= m; ++i) v.push_back(f(i));
  return v;
}

/// The unknowns of a function, with short names for what the formulas need.
struct Unknowns {
  Value all;
  Graph& graph() const { return all.graph(); }
  std::int64_t n() const { return all.shape()[0].size(); }
  Value operator[](std::int64_t i) const {  // from 1
    return slice(all, 0, i - 1, i);
  }
  /// x with i from `first` to `last`, each `step`th.
  Value range(std::int64_t first, std::int64_t last,
              std::int64_t step = 1) const {
    return slice(all, 0, first - 1, last, step);
  }
  Value c(const Numbers& v) const {
    return graph().constant(
        Tensor::from<double>(v, {static_cast<std::int64_t>(v.size())}));
  }
  /// The sum of a vector, with shape (1).
  static Value total(Value v) { return sum(v, {0}, true); }
  /// Numbers f(i, j) for i of m rows, multiplied with a vector.
  Value times(int m, const std::function<double(int, int)>& f, Value v) const {
    Numbers a;
    const int columns = static_cast<int>(v.shape()[0].size());
    for (int i = 1; i <= m; ++i) {
      for (int j = 1; j <= columns; ++j) a.push_back(f(i, j));
    }
    const Value matrix =
        graph().constant(Tensor::from<double>(a, {m, columns}));
    return sum(matrix * v, {1});
  }
};
using X = Unknowns;

inline Value helical_valley(X x) {  // 7
  const Value angle =
      atan(x[2] / x[1]) / (2 * M_PI) +
      where(less(x[1], 0.0), 0.5 * ones_like(x[1]), zeros_like(x[1]));
  return concat({10 * (x[3] - 10 * angle),
                 10 * (sqrt(square(x[1]) + square(x[2])) - 1), x[3]});
}

inline Value bard(X x) {  // 8
  const Value y =
      x.c(table(".14 .18 .22 .25 .29 .32 .35 .39 .37 .58 .73 .96 "
                "1.34 2.10 4.39"));
  const Value u = x.c(list(15, [](int i) { return i; }));
  const Value v = x.c(list(15, [](int i) { return 16 - i; }));
  const Value w = x.c(list(15, [](int i) { return std::min(i, 16 - i); }));
  return y - (x[1] + u / (v * x[2] + w * x[3]));
}

inline Value gaussian(X x) {  // 9
  const Value y =
      x.c(table(".0009 .0044 .0175 .0540 .1295 .2420 .3521 .3989 "
                ".3521 .2420 .1295 .0540 .0175 .0044 .0009"));
  const Value t = x.c(list(15, [](int i) { return (8 - i) / 2.0; }));
  return x[1] * exp(-x[2] * square(t - x[3]) / 2) - y;
}

inline Value meyer(X x) {  // 10
  const Value y =
      x.c(table("34780 28610 23650 19630 16370 13720 11540 9744 "
                "8261 7030 6005 5147 4427 3820 3307 2872"));
  const Value t = x.c(list(16, [](int i) { return 45 + 5 * i; }));
  return x[1] * exp(x[2] / (t + x[3])) - y;
}

inline Value kowalik_osborne(X x) {  // 15
  const Value y =
      x.c(table(".1957 .1947 .1735 .1600 .0844 .0627 .0456 .0342 "
                ".0323 .0235 .0246"));
  const Value u = x.c(table("4 2 1 .5 .25 .167 .125 .1 .0833 .0714 .0625"));
  return y - x[1] * (square(u) + u * x[2]) / (square(u) + u * x[3] + x[4]);
}

inline Value brown_dennis(X x) {  // 16
  const Value t = x.c(list(20, [](int i) { return i / 5.0; }));
  return square(x[1] + t * x[2] - exp(t)) +
         square(x[3] + x[4] * sin(t) - cos(t));
}

inline Value osborne_1(X x) {  // 17
  const Value y = x.c(table(
      ".844 .908 .932 .936 .925 .908 .881 .850 .818 .784 .751 .718 .685 .658 "
      ".628 .603 .580 .558 .538 .522 .506 .490 .478 .467 .457 .448 .438 .431 "
      ".424 .420 .414 .411 .406"));
  const Value t = x.c(list(33, [](int i) { return 10.0 * (i - 1); }));
  return y - (x[1] + x[2] * exp(-t * x[4]) + x[3] * exp(-t * x[5]));
}

inline Value biggs_exp6(X x) {  // 18
  const Value t = x.c(list(13, [](int i) { return 0.1 * i; }));
  const Value y = x.c(list(13, [](int i) {
    const double s = 0.1 * i;
    return std::exp(-s) - 5 * std::exp(-10 * s) + 3 * std::exp(-4 * s);
  }));
  return x[3] * exp(-t * x[1]) - x[4] * exp(-t * x[2]) + x[6] * exp(-t * x[5]) -
         y;
}

inline Value osborne_2(X x) {  // 19
  const Value y = x.c(table(
      "1.366 1.191 1.112 1.013 .991 .885 .831 .847 .786 .725 .746 .679 .608 "
      ".655 .616 .606 .602 .626 .651 .724 .649 .649 .694 .644 .624 .661 .612 "
      ".558 .533 .495 .500 .423 .395 .375 .372 .391 .396 .405 .428 .429 .523 "
      ".562 .607 .653 .672 .708 .633 .668 .645 .632 .591 .559 .597 .625 .739 "
      ".710 .729 .720 .636 .581 .428 .292 .162 .098 .054"));
  const Value t = x.c(list(65, [](int i) { return (i - 1) / 10.0; }));
  return y - (x[1] * exp(-t * x[5]) + x[2] * exp(-square(t - x[9]) * x[6]) +
              x[3] * exp(-square(t - x[10]) * x[7]) +
              x[4] * exp(-square(t - x[11]) * x[8]));
}

inline Value watson(X x) {  // 20
  auto power = [](int i, int k) { return std::pow(i / 29.0, k); };
  const Value slope = x.times(
      29, [&](int i, int j) { return j < 2 ? 0 : (j - 1) * power(i, j - 2); },
      x.all);
  const Value value = x.times(
      29, [&](int i, int j) { return power(i, j - 1); }, x.all);
  return concat({slope - square(value) - 1, x[1], x[2] - square(x[1]) - 1});
}

inline Value penalty1(X x) {  // 23
  return concat(
      {std::sqrt(1e-5) * (x.all - 1), X::total(square(x.all)) - 0.25});
}

inline Value penalty2(X x) {  // 24
  const auto n = static_cast<int>(x.n());
  const double a = std::sqrt(1e-5);
  const Value e = exp(x.all / 10);
  const Value y = x.c(list(n - 1, [](int i) {
    return std::exp((i + 1) / 10.0) + std::exp(i / 10.0);
  }));
  const Value later = slice(e, 0, 1), before = slice(e, 0, 0, n - 1);
  const Value weights = x.c(list(n, [&](int j) { return n - j + 1; }));
  return concat({x[1] - 0.2, a * (later + before - y),
                 a * (later - std::exp(-0.1)),
                 X::total(weights * square(x.all)) - 1});
}

inline Value var_dim(X x) {  // 25
  const Value j = x.c(list(static_cast<int>(x.n()), [](int i) { return i; }));
  const Value s = X::total(j * (x.all - 1));
  return concat({x.all - 1, s, square(s)});
}

inline Value trig(X x) {  // 26
  const auto n = static_cast<int>(x.n());
  const Value i = x.c(list(n, [](int k) { return k; }));
  return double(n) - X::total(cos(x.all)) + i * (1 - cos(x.all)) - sin(x.all);
}

inline Value brown_almost_linear(X x) {  // 27
  const auto n = x.n();
  return concat({x.range(1, n - 1) + X::total(x.all) - double(n + 1),
                 prod(x.all, {0}, true) - 1});
}

inline Value disc_bv(X x) {  // 28
  const auto n = static_cast<int>(x.n());
  const double h = 1.0 / (n + 1);
  const Value t1 = x.c(list(n, [&](int i) { return i * h + 1; }));
  const Value edge = x.c({0});
  const Value left = concat({edge, x.range(1, n - 1)});
  const Value right = concat({x.range(2, n), edge});
  const Value u = x.all + t1;
  return 2 * x.all - left - right + h * h / 2 * (u * u * u);
}

inline Value disc_ie(X x) {  // 29
  const auto n = static_cast<int>(x.n());
  const double h = 1.0 / (n + 1);
  const Value u = x.all + x.c(list(n, [&](int i) { return i * h + 1; }));
  return x.all + h / 2 *
                     x.times(
                         n,
                         [&](int i, int j) {
                           return j <= i ? (1 - i * h) * (j * h)
                                         : (i * h) * (1 - j * h);
                         },
                         u * u * u);
}

inline Value broyden_tri(X x) {  // 30
  const auto n = x.n();
  const Value edge = x.c({0});
  return (3 - 2 * x.all) * x.all - concat({edge, x.range(1, n - 1)}) -
         2 * concat({x.range(2, n), edge}) + 1;
}

inline Value broyden_band(X x) {  // 31
  const auto n = static_cast<int>(x.n());
  auto near = [](int i, int j) {
    return double(j != i && j >= i - 5 && j <= i + 1);
  };
  return x.all * (2 + 5 * square(x.all)) + 1 -
         x.times(n, near, x.all * (1 + x.all));
}

inline Value chebyquad(X x) {  // 35
  const auto n = static_cast<int>(x.n());
  const Value s = 2 * x.all - 1;  // on [0, 1]
  Value before = ones_like(s), now = s;
  std::vector<Value> means;
  Numbers integrals;
  for (int i = 1; i <= n; ++i) {
    means.push_back(mean(now, {0}, true));
    integrals.push_back(i % 2 == 0 ? -1.0 / (i * i - 1) : 0);
    const Value next = 2 * s * now - before;
    before = now;
    now = next;
  }
  return concat(means) - x.c(integrals);
}

inline Value ext_powell(X x) {  // 13 and 22
  const auto n = x.n();
  const Value a = x.range(1, n, 4), b = x.range(2, n, 4), c = x.range(3, n, 4),
              d = x.range(4, n, 4);
  return concat({a + 10 * b, std::sqrt(5.0) * (c - d), square(b - 2 * c),
                 std::sqrt(10.0) * square(a - d)});
}

inline Value ext_rosenbrock(X x) {  // 1 and 21
  const auto n = x.n();
  const Value a = x.range(1, n, 2), b = x.range(2, n, 2);
  return concat({10 * (b - square(a)), 1 - a});
}

inline const std::map<std::string, Value (*)(X)>& functions() {
  static const std::map<std::string, Value (*)(X)> all = {
      {"rosenbrock", ext_rosenbrock},
      {"freudenstein_roth",  // 2
       [](X x) {
         return concat({-13 + x[1] + ((5 - x[2]) * x[2] - 2) * x[2],
                        -29 + x[1] + ((x[2] + 1) * x[2] - 14) * x[2]});
       }},
      {"powell_badly_scaled",  // 3
       [](X x) {
         return concat(
             {1e4 * x[1] * x[2] - 1, exp(-x[1]) + exp(-x[2]) - 1.0001});
       }},
      {"brown_badly_scaled",  // 4
       [](X x) {
         return concat({x[1] - 1e6, x[2] - 2e-6, x[1] * x[2] - 2});
       }},
      {"beale",  // 5
       [](X x) {
         const Value b = x[2];
         return x.c({1.5, 2.25, 2.625}) -
                x[1] * concat({1 - b, 1 - b * b, 1 - b * b * b});
       }},
      {"jennrich_sampson",  // 6
       [](X x) {
         const Value i = x.c(list(10, [](int k) { return k; }));
         return 2 + 2 * i - (exp(i * x[1]) + exp(i * x[2]));
       }},
      {"helical_valley", helical_valley},
      {"bard", bard},
      {"gaussian", gaussian},
      {"meyer", meyer},
      {"box_3d",  // 12
       [](X x) {
         const Value t = x.c(list(10, [](int i) { return 0.1 * i; }));
         return exp(-t * x[1]) - exp(-t * x[2]) -
                x[3] * (exp(-t) - exp(-10 * t));
       }},
      {"powell_singular", ext_powell},
      {"wood",  // 14
       [](X x) {
         return concat({10 * (x[2] - square(x[1])), 1 - x[1],
                        std::sqrt(90.0) * (x[4] - square(x[3])), 1 - x[3],
                        std::sqrt(10.0) * (x[2] + x[4] - 2),
                        (x[2] - x[4]) / std::sqrt(10.0)});
       }},
      {"kowalik_osborne", kowalik_osborne},
      {"brown_dennis", brown_dennis},
      {"osborne_1", osborne_1},
      {"biggs_exp6", biggs_exp6},
      {"osborne_2", osborne_2},
      {"watson_6", watson},
      {"watson_9", watson},
      {"ext_rosenbrock_10", ext_rosenbrock},
      {"ext_powell_8", ext_powell},
      {"penalty1_4", penalty1},
      {"penalty1_10", penalty1},
      {"penalty2_4", penalty2},
      {"penalty2_10", penalty2},
      {"var_dim_8", var_dim},
      {"trig_10", trig},
      {"brown_almost_linear_10", brown_almost_linear},
      {"disc_bv_10", disc_bv},
      {"disc_ie_10", disc_ie},
      {"broyden_tri_10", broyden_tri},
      {"broyden_band_10", broyden_band},
      {"chebyquad_8", chebyquad},
      {"chebyquad_9", chebyquad},
      {"chebyquad_10", chebyquad},
  };
  return all;
}

/// A function with its unknowns. `scale` is of f = scale·Σr².
struct Problem {
  explicit Problem(const Reference& r) {
    residuals = functions().at(r.name)({unknown(graph, {r.n})});
    f = sum(square(residuals));
    state = initialize(graph);
  }
  Graph graph;
  Value residuals, f;
  State state;
};

}  // namespace mgh
