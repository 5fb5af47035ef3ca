// What the machine can do: multiply-adds of f32 in registers with the widest
// vectors it has, and bytes to and from memory (STREAM's triad, McCalpin 1995).
//
//   machine CASE THREADS, with CASE peak (prints GFLOP/s) or triad (GB/s)

#include <cstring>
#include <thread>

#include "rig.h"

namespace {

// Ten independent chains of multiply-adds; returns the flops.
#define BENCH_CHAINS(function, attributes, bytes)                     \
  attributes __attribute__((noinline)) double function(long rounds) { \
    typedef float V __attribute__((vector_size(bytes)));              \
    V a = {}, b = {}, c = {}, d = {}, e = {}, f = {}, g = {}, h = {}; \
    V i = {}, j = {};                                                 \
    const V y = V{} + 0.999f, z = V{} + 0.001f;                       \
    for (long r = 0; r < rounds; ++r) {                               \
      a = a * y + z, b = b * y + z, c = c * y + z, d = d * y + z;     \
      e = e * y + z, f = f * y + z, g = g * y + z, h = h * y + z;     \
      i = i * y + z, j = j * y + z;                                   \
      asm volatile("" : "+x"(a), "+x"(b), "+x"(c), "+x"(d), "+x"(e)); \
      asm volatile("" : "+x"(f), "+x"(g), "+x"(h), "+x"(i), "+x"(j)); \
    }                                                                 \
    const V sum = a + b + c + d + e + f + g + h + i + j;              \
    volatile float sink = sum[0];                                     \
    static_cast<void>(sink);                                          \
    return 2.0 * bytes / sizeof(float) * 10 * double(rounds);         \
  }

BENCH_CHAINS(chains_16, , 16)
#ifdef __x86_64__
#define BENCH_TARGET(set) __attribute__((target(set)))
BENCH_CHAINS(chains_32, BENCH_TARGET("avx2,fma"), 32)
BENCH_CHAINS(chains_64, BENCH_TARGET("avx512f,prefer-vector-width=512"), 64)
#endif

double chains(long rounds) {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx512f")) return chains_64(rounds);
  if (__builtin_cpu_supports("avx2")) return chains_32(rounds);
#endif
  return chains_16(rounds);
}

// work(thread) on every thread at once; returns seconds.
template <class F>
double on_threads(int threads, F work) {
  const double start = bench::now();
  std::vector<std::thread> all;
  for (int i = 1; i < threads; ++i) all.emplace_back(work, i);
  work(0);
  for (std::thread& t : all) t.join();
  return bench::now() - start;
}

double peak(int threads) {
  constexpr long rounds = 10'000'000;
  double flops = 0;
  const double seconds = on_threads(threads, [&](int i) {
    const double done = chains(rounds);
    if (i == 0) flops = done;
  });
  return flops * threads / seconds * 1e-9;
}

double triad(int threads) {
  constexpr long n = 1L << 24;
  static std::vector<float> a(n), b(n, 1.f), c(n, 2.f);
  constexpr int rounds = 5;
  const double seconds = on_threads(threads, [&](int t) {
    const long from = n * t / threads, to = n * (t + 1) / threads;
    for (int r = 0; r < rounds; ++r) {
      float *pa = a.data(), *pb = b.data(), *pc = c.data();
      for (long i = from; i < to; ++i) pa[i] = pb[i] + 0.5f * pc[i];
      asm volatile("" ::: "memory");
    }
  });
  return 3.0 * sizeof(float) * double(n) * rounds / seconds * 1e-9;
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Arguments a = bench::parse(argc, argv);
  double best = 0;
  for (int i = 0; i < 12; ++i) {
    if (a.name == "peak") {
      best = std::max(best, peak(a.threads));
    } else if (a.name == "triad") {
      best = std::max(best, triad(a.threads));
    } else {
      return bench::no_such_case(a);
    }
  }
  std::printf("best %.6g\n", best);
}
