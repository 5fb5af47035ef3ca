// Matrix products of weft::gemm beside Eigen's and OpenBLAS's, one thread.
//
// Prints GFLOP/s, medians of interleaved runs, and the share of the processor's
// multiply-add peak with vectors of the width in use, measured in the same run.
// Usage: gemm_bench [f32|f64] [avx512|avx2|baseline] [rounds] [MxKxN...]
// The layers of the cases of tools/bench, or those given, whose first product
// is M x K by K x N.
// Built with -DWEFT_BENCH_OPENBLAS it also times OpenBLAS (-lopenblas).

#include <Eigen/Dense>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include "ops/kernels/gemm.h"

#ifdef WEFT_BENCH_OPENBLAS
#include <cblas.h>
extern "C" void openblas_set_num_threads(int);
#endif

namespace {

using weft::GemmArgs;

double now() {
  using Clock = std::chrono::steady_clock;
  return std::chrono::duration<double>(Clock::now().time_since_epoch()).count();
}

#if defined(__x86_64__) && !defined(__AVX512F__)
#define WEFT_BENCH_WIDE __attribute__((target("avx512f")))
#else
#define WEFT_BENCH_WIDE
#endif

// Ten independent chains of multiply-adds on vectors of that many bytes, in
// registers.
#define WEFT_BENCH_PEAK(function, attributes, bytes)                  \
  template <class T>                                                  \
  attributes __attribute__((noinline)) double function() {            \
    typedef T V __attribute__((vector_size(bytes)));                  \
    V a = {}, b = {}, c = {}, d = {}, e = {}, f = {}, g = {}, h = {}; \
    V i = {}, j = {};                                                 \
    const V y = V{} + T(0.999), z = V{} + T(0.001);                   \
    const int rounds = 200000;                                        \
    const double start = now();                                       \
    for (int r = 0; r < rounds; ++r) {                                \
      a = a * y + z, b = b * y + z, c = c * y + z, d = d * y + z;     \
      e = e * y + z, f = f * y + z, g = g * y + z, h = h * y + z;     \
      i = i * y + z, j = j * y + z;                                   \
      asm volatile("" : "+x"(a), "+x"(b), "+x"(c), "+x"(d), "+x"(e)); \
      asm volatile("" : "+x"(f), "+x"(g), "+x"(h), "+x"(i), "+x"(j)); \
    }                                                                 \
    const double seconds = now() - start;                             \
    const V sum = a + b + c + d + e + f + g + h + i + j;              \
    volatile T sink = sum[0];                                         \
    static_cast<void>(sink);                                          \
    return 2.0 * bytes / sizeof(T) * 10 * rounds / seconds * 1e-9;    \
  }

WEFT_BENCH_PEAK(peak_16, , 16)
WEFT_BENCH_PEAK(peak_32, , 32)
WEFT_BENCH_PEAK(peak_64, WEFT_BENCH_WIDE, 64)

template <class T>
void run_eigen(const GemmArgs<T>& g) {
  using Matrix =
      Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  using Const = Eigen::Map<const Matrix>;
  Const a(g.a, g.trans_a ? g.k : g.m, g.trans_a ? g.m : g.k);
  Const b(g.b, g.trans_b ? g.n : g.k, g.trans_b ? g.k : g.n);
  Eigen::Map<Matrix> c(g.c, g.m, g.n);
  if (g.trans_a) {
    c.noalias() = a.transpose() * b;
  } else if (g.trans_b) {
    c.noalias() = a * b.transpose();
  } else {
    c.noalias() = a * b;
  }
}

template <class T>
void run_blas([[maybe_unused]] const GemmArgs<T>& g) {
#ifdef WEFT_BENCH_OPENBLAS
  const auto as_int = [](std::int64_t x) { return static_cast<int>(x); };
  const auto ta = g.trans_a ? CblasTrans : CblasNoTrans;
  const auto tb = g.trans_b ? CblasTrans : CblasNoTrans;
  const int m = as_int(g.m), n = as_int(g.n), k = as_int(g.k);
  const int lda = as_int(g.lda), ldb = as_int(g.ldb), ldc = as_int(g.ldc);
  if constexpr (std::is_same_v<T, float>) {
    cblas_sgemm(CblasRowMajor, ta, tb, m, n, k, 1, g.a, lda, g.b, ldb, 0, g.c,
                ldc);
  } else {
    cblas_dgemm(CblasRowMajor, ta, tb, m, n, k, 1, g.a, lda, g.b, ldb, 0, g.c,
                ldc);
  }
#endif
}

struct Case {
  std::int64_t m, k, n;
  bool trans_a, trans_b;
};

// A layer of width k -> n on a batch of m: the product and its gradients.
std::vector<Case> cases(const std::vector<std::string>& given) {
  std::vector<Case> all;
  const auto add = [&](std::int64_t m, std::int64_t k, std::int64_t n) {
    all.push_back({m, k, n, false, false});
    all.push_back({k, m, n, true, false});
    all.push_back({m, n, k, false, true});
  };
  for (const std::string& layer : given) {
    long m = 0, k = 0, n = 0;
    if (std::sscanf(layer.c_str(), "%ldx%ldx%ld", &m, &k, &n) != 3) {
      std::fprintf(stderr, "gemm_bench: no MxKxN: %s\n", layer.c_str());
      std::exit(2);
    }
    add(m, k, n);
  }
  if (!given.empty()) return all;
  add(64, 784, 300), add(64, 300, 100), add(64, 100, 10);
  add(256, 784, 1024), add(256, 1024, 1024), add(256, 1024, 10);
  add(10, 784, 30), add(10, 30, 10), add(1, 784, 300), add(1, 300, 100);
  add(32, 98, 256), add(32, 256, 256), add(5000, 784, 25);
  add(64, 64, 64), add(512, 512, 512);
  return all;
}

template <class F>
double seconds_per_call(F f, int calls) {
  const double start = now();
  for (int i = 0; i < calls; ++i) f();
  return (now() - start) / calls;
}

double median(std::vector<double> x) {
  const auto middle = x.begin() + static_cast<std::ptrdiff_t>(x.size() / 2);
  std::nth_element(x.begin(), middle, x.end());
  return *middle;
}

template <class T>
void run_case(const Case& s, int rounds, double peak) {
  const auto size = [](std::int64_t x, std::int64_t y) {
    return static_cast<std::size_t>(x * y);
  };
  std::vector<T> a(size(s.m, s.k)), b(size(s.k, s.n)), c(size(s.m, s.n));
  std::mt19937 random(1);
  std::uniform_real_distribution<T> uniform(-1, 1);
  for (T& x : a) x = uniform(random);
  for (T& x : b) x = uniform(random);
  GemmArgs<T> g{.trans_a = s.trans_a,
                .trans_b = s.trans_b,
                .m = s.m,
                .n = s.n,
                .k = s.k,
                .a = a.data(),
                .lda = s.trans_a ? s.m : s.k,
                .b = b.data(),
                .ldb = s.trans_b ? s.k : s.n,
                .c = c.data(),
                .ldc = s.n};
  std::vector<T> packed(weft::packed_b_size<T>(s.k, s.n));
  weft::pack_b(s.trans_b, s.k, s.n, g.b, g.ldb, packed.data());
  GemmArgs<T> with_packed = g;
  with_packed.packed_b = packed.data();
  const double flops =
      2.0 * static_cast<double>(s.m) * static_cast<double>(s.n * s.k);
  const int calls = std::max(1, static_cast<int>(4e7 / flops));
  std::vector<double> times[4];
  for (int r = 0; r < rounds; ++r) {
    times[0].push_back(seconds_per_call([&] { weft::gemm(g); }, calls));
    times[1].push_back(
        seconds_per_call([&] { weft::gemm(with_packed); }, calls));
    times[2].push_back(seconds_per_call([&] { run_eigen(g); }, calls));
    times[3].push_back(seconds_per_call([&] { run_blas(g); }, calls));
  }
  double rate[4];
  for (int i = 0; i < 4; ++i) rate[i] = flops / median(times[i]) * 1e-9;
#ifndef WEFT_BENCH_OPENBLAS
  rate[3] = 0;
#endif
  std::printf("%5d x %4d x %4d %c%c %9.2f us %7.1f %4.0f%% %7.1f %7.1f %7.1f\n",
              static_cast<int>(s.m), static_cast<int>(s.k),
              static_cast<int>(s.n), s.trans_a ? 'T' : '-',
              s.trans_b ? 'T' : '-', median(times[0]) * 1e6, rate[0],
              100 * rate[0] / peak, rate[1], rate[2], rate[3]);
}

template <class T>
double measure_peak() {
  const std::string set = weft::gemm_instruction_set();
  double best = 0;
  for (int i = 0; i < 9; ++i) {
    best = std::max(best, set == "avx512" ? peak_64<T>()
                          : set == "avx2" ? peak_32<T>()
                                          : peak_16<T>());
  }
  return best;
}

template <class T>
void run_all(int rounds, const std::vector<std::string>& layers) {
  const double peak = measure_peak<T>();
  std::printf("%s, %s, peak %.1f GFLOP/s on one core\n",
              std::is_same_v<T, float> ? "f32" : "f64",
              weft::gemm_instruction_set(), peak);
  std::printf("%20s %2s %12s %7s %5s %7s %7s %7s\n", "m x k x n", "op", "time",
              "weft", "peak", "packed", "Eigen", "BLAS");
  for (const Case& s : cases(layers)) run_case<T>(s, rounds, peak);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string type = argc > 1 ? argv[1] : "f32";
  if (argc > 2 && !weft::use_gemm_instruction_set(argv[2])) {
    std::fprintf(stderr, "gemm_bench: this processor has no %s\n", argv[2]);
    return 1;
  }
  const int rounds = argc > 3 ? std::atoi(argv[3]) : 15;
#ifdef WEFT_BENCH_OPENBLAS
  openblas_set_num_threads(1);
#endif
  const std::vector<std::string> layers(argv + std::min(argc, 4), argv + argc);
  type == "f64" ? run_all<double>(rounds, layers)
                : run_all<float>(rounds, layers);
}
