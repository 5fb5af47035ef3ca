#include "src/runtime/machine.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "ops/kernels/gemm.h"

namespace weft::runtime {

namespace {

/// ns of the fastest of several calls: what the machine can do when left alone.
template <class F>
double fastest(int calls, F f) {
  using Clock = std::chrono::steady_clock;
  double best = 1e300;
  for (int i = 0; i < calls; ++i) {
    const auto begin = Clock::now();
    f();
    best = std::min(
        best,
        std::chrono::duration<double, std::nano>(Clock::now() - begin).count());
  }
  return best;
}

double product_speed() {
  constexpr std::int64_t n = 240;
  std::vector<float> a(n * n, 1), b(n * n, 1), c(n * n);
  GemmArgs<float> g;
  g.m = g.n = g.k = g.lda = g.ldb = g.ldc = n;
  g.a = a.data();
  g.b = b.data();
  g.c = c.data();
  return 2.0 * n * n * n / fastest(40, [&] { gemm(g); });
}

double triad_speed() {
  constexpr std::size_t n = 64 * 1024 * 1024 / sizeof(float) / 3;
  std::vector<float> a(n), b(n, 1), c(n, 2);
  const double ns = fastest(4, [&] {
    for (std::size_t i = 0; i < n; ++i) a[i] = b[i] + 0.5F * c[i];
  });
  return 3.0 * n * sizeof(float) / ns;
}

}  // namespace

const MachineSpeed& machine_speed() {
  static const MachineSpeed speed{product_speed(), triad_speed()};
  return speed;
}

}  // namespace weft::runtime
