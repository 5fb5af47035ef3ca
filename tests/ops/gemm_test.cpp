#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "ops/kernels/gemm.h"

namespace {

using Index = std::int64_t;

template <class T>
std::vector<T> random_values(Index count, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<T> uniform(-1, 1);
  std::vector<T> x(static_cast<std::size_t>(count));
  for (T& v : x) v = uniform(random);
  return x;
}

// A product with rows `pad` elements longer than needed.
template <class T>
struct Problem {
  Problem(Index m, Index n, Index k, bool trans_a, bool trans_b, Index pad)
      : a(random_values<T>((trans_a ? k : m) * ((trans_a ? m : k) + pad), 1)),
        b(random_values<T>((trans_b ? n : k) * ((trans_b ? k : n) + pad), 2)),
        c(random_values<T>(m * (n + pad), 3)) {
    args = {.trans_a = trans_a,
            .trans_b = trans_b,
            .m = m,
            .n = n,
            .k = k,
            .a = a.data(),
            .lda = (trans_a ? m : k) + pad,
            .b = b.data(),
            .ldb = (trans_b ? k : n) + pad,
            .c = c.data(),
            .ldc = n + pad};
  }

  double a_at(Index i, Index p) const {
    return a[static_cast<std::size_t>(args.trans_a ? p * args.lda + i
                                                   : i * args.lda + p)];
  }
  double b_at(Index p, Index j) const {
    return b[static_cast<std::size_t>(args.trans_b ? j * args.ldb + p
                                                   : p * args.ldb + j)];
  }

  // What gemm must leave in c, padding included.
  std::vector<double> expected() const {
    std::vector<double> e(c.begin(), c.end());
    for (Index i = 0; i < args.m; ++i) {
      for (Index j = 0; j < args.n; ++j) {
        double& x = e[static_cast<std::size_t>(i * args.ldc + j)];
        if (!args.accumulate) x = 0;
        for (Index p = 0; p < args.k; ++p) x += a_at(i, p) * b_at(p, j);
      }
    }
    return e;
  }

  std::vector<T> a, b, c;
  weft::GemmArgs<T> args;
};

template <class T>
double worst_error(const std::vector<T>& x, const std::vector<double>& y) {
  double worst = x.size() == y.size() ? 0 : 1e9;
  for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
    const double error = std::abs(static_cast<double>(x[i]) - y[i]);
    worst = error <= worst ? worst : error;
    if (std::isnan(error)) return error;
  }
  return worst;
}

// Products of numbers below 1, added k times.
template <class T>
double tolerance(Index k) {
  return 2 * static_cast<double>(k + 1) * std::numeric_limits<T>::epsilon();
}

template <class T>
bool same_bits(const std::vector<T>& x, const std::vector<T>& y) {
  return x.size() == y.size() &&
         (x.empty() ||
          std::memcmp(x.data(), y.data(), x.size() * sizeof(T)) == 0);
}

const char* const sets[] = {"avx512", "avx2", "baseline"};

// Runs f with every instruction set that this processor has.
template <class F>
void with_each_set(F f) {
  const char* const best = weft::gemm_instruction_set();
  for (const char* set : sets) {
    if (!weft::use_gemm_instruction_set(set)) continue;
    INFO("instruction set " << set);
    f();
  }
  weft::use_gemm_instruction_set(best);
}

template <class T>
void check(Problem<T>& p) {
  const std::vector<double> expected = p.expected();
  weft::gemm(p.args);
  INFO(p.args.m << " x " << p.args.k << " x " << p.args.n << ", transposes "
                << p.args.trans_a << p.args.trans_b << ", accumulate "
                << p.args.accumulate);
  // Evaluated here so that Catch doesn't slow down the loop.
  const bool right = worst_error(p.c, expected) <= tolerance<T>(p.args.k);
  REQUIRE(right);
}

template <class T>
void check_layouts(Index m, Index n, Index k) {
  for (int bits = 0; bits < 16; ++bits) {
    Problem<T> p(m, n, k, (bits & 1) != 0, (bits & 2) != 0,
                 (bits & 4) != 0 ? 3 : 0);
    p.args.accumulate = (bits & 8) != 0;
    check(p);
  }
}

struct Calls {
  std::vector<int> count;
  std::vector<float> seen;
  const weft::GemmArgs<float>* args;
};

void record(void* user, Index row0, Index rows, Index col0, Index cols) {
  Calls& calls = *static_cast<Calls*>(user);
  for (Index i = row0; i < row0 + rows; ++i) {
    for (Index j = col0; j < col0 + cols; ++j) {
      const auto at = static_cast<std::size_t>(i * calls.args->ldc + j);
      ++calls.count[at];
      calls.seen[at] = calls.args->c[at];
    }
  }
}

// The product of rows [r, r + rows) and columns [s, s + columns) alone.
template <class T>
weft::GemmArgs<T> part(const weft::GemmArgs<T>& whole, Index r, Index rows,
                       Index s, Index columns) {
  weft::GemmArgs<T> g = whole;
  g.m = rows;
  g.n = columns;
  g.a += g.trans_a ? r : r * g.lda;
  if (g.packed_b != nullptr) {
    g.packed_b += s * g.k;
  } else {
    g.b += g.trans_b ? s * g.ldb : s;
  }
  g.c += r * g.ldc + s;
  return g;
}

template <class T>
void check_split(Problem<T>& p, Index rows, Index columns) {
  const std::vector<T> before = p.c;
  weft::gemm(p.args);
  const std::vector<T> whole = p.c;
  p.c = before;
  for (Index r = 0; r < p.args.m; r += rows) {
    for (Index s = 0; s < p.args.n; s += columns) {
      weft::gemm(part(p.args, r, std::min(rows, p.args.m - r), s,
                      std::min(columns, p.args.n - s)));
    }
  }
  REQUIRE(same_bits(p.c, whole));
  p.c = before;
}

}  // namespace

TEMPLATE_TEST_CASE("gemm agrees with the triple loop", "[gemm]", float,
                   double) {
  with_each_set([] {
    for (Index m : {0, 1, 2, 7, 13}) {
      for (Index n : {0, 1, 3, 8, 10, 17, 50}) {
        for (Index k : {0, 1, 5, 33}) check_layouts<TestType>(m, n, k);
      }
    }
  });
}

TEMPLATE_TEST_CASE("gemm agrees where blocks of rows, columns and k end",
                   "[gemm]", float, double) {
  with_each_set([] {
    check_layouts<TestType>(64, 100, 784);
    check_layouts<TestType>(271, 49, 70);
    check_layouts<TestType>(31, 400, 257);
    check_layouts<TestType>(1, 300, 321);
    check_layouts<TestType>(1, 2100, 330);
    check_layouts<TestType>(1, 40, 32001);  // one k in the last block
    check_layouts<TestType>(700, 11, 330);
    check_layouts<TestType>(1000, 3, 70);
    check_layouts<TestType>(530, 1, 40);
    check_layouts<TestType>(9, 129, 1024);
  });
}

TEST_CASE("gemm leaves C alone or clears it when k is 0", "[gemm]") {
  Problem<float> p(5, 20, 0, false, false, 1);
  const std::vector<float> before = p.c;
  p.args.accumulate = true;
  weft::gemm(p.args);
  REQUIRE(same_bits(p.c, before));
  p.args.accumulate = false;
  weft::gemm(p.args);
  REQUIRE(p.c[0] == 0);
  REQUIRE(p.c[20] == before[20]);
}

TEMPLATE_TEST_CASE("gemm has the same bits however it is split", "[gemm]",
                   float, double) {
  with_each_set([] {
    for (int bits = 0; bits < 8; ++bits) {
      Problem<TestType> p(107, 230, 700, (bits & 1) != 0, (bits & 2) != 0, 0);
      p.args.accumulate = (bits & 4) != 0;
      check_split(p, weft::gemm_row_unit, weft::gemm_column_tile);
      check_split(p, 1, 230);
      check_split(p, 107, 7);
      check_split(p, 1, 41);
      check_split(p, 29, 101);
    }
  });
}

TEMPLATE_TEST_CASE("gemm has the same bits with packed weights", "[gemm]",
                   float, double) {
  with_each_set([] {
    for (bool trans_b : {false, true}) {
      for (Index n : {5, 96, 100, 250}) {
        Problem<TestType> p(50, n, 600, false, trans_b, 2);
        const std::vector<TestType> before = p.c;
        weft::gemm(p.args);
        const std::vector<TestType> expected = p.c;
        std::vector<TestType> packed(weft::packed_b_size<TestType>(600, n));
        weft::pack_b(trans_b, 600, n, p.args.b, p.args.ldb, packed.data());
        p.args.packed_b = packed.data();
        p.c = before;
        weft::gemm(p.args);
        REQUIRE(same_bits(p.c, expected));
        check_split(p, 11, weft::gemm_column_tile);
      }
    }
  });
}

TEMPLATE_TEST_CASE("gemm has the same bits with AVX2 and AVX-512", "[gemm]",
                   float, double) {
  const char* const best = weft::gemm_instruction_set();
  if (weft::use_gemm_instruction_set("avx512")) {
    Problem<TestType> p(70, 90, 900, false, false, 0);
    weft::gemm(p.args);
    const std::vector<TestType> wide = p.c;
    REQUIRE(weft::use_gemm_instruction_set("avx2"));
    weft::gemm(p.args);
    REQUIRE(same_bits(p.c, wide));
  }
  weft::use_gemm_instruction_set(best);
}

TEST_CASE("gemm calls the epilogue once for each final element", "[gemm]") {
  with_each_set([] {
    for (Index m : {1, 64, 300}) {
      for (Index n : {1, 10, 300, 2500}) {
        for (Index k : {0, 30, 700}) {
          Problem<float> p(m, n, k, false, m == 64, 2);
          Calls calls{std::vector<int>(p.c.size()), p.c, &p.args};
          p.args.epilogue = record;
          p.args.user = &calls;
          weft::gemm(p.args);
          REQUIRE(same_bits(calls.seen, p.c));
          Index called = 0;
          for (int count : calls.count) called += count == 1;
          REQUIRE(called == m * n);
        }
      }
    }
  });
}

TEST_CASE("gemm carries NaN and infinity only to their rows and columns",
          "[gemm]") {
  with_each_set([] {
    Problem<float> p(20, 30, 40, false, false, 0);
    p.a[40 * 3 + 5] = std::numeric_limits<float>::quiet_NaN();
    p.b[30 * 2 + 7] = std::numeric_limits<float>::infinity();
    weft::gemm(p.args);
    for (Index i = 0; i < 20; ++i) {
      for (Index j = 0; j < 30; ++j) {
        const bool finite =
            std::isfinite(p.c[static_cast<std::size_t>(i * 30 + j)]);
        REQUIRE(finite == (i != 3 && j != 7));
      }
    }
  });
}

TEST_CASE("an instruction set that doesn't exist is refused", "[gemm]") {
  REQUIRE_FALSE(weft::use_gemm_instruction_set("mmx"));
}
