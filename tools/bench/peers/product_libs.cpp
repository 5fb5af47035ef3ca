// Matrix products of OpenBLAS or, with -DBENCH_ONEDNN, of oneDNN. See rig.h for
// arguments and output.

#ifdef BENCH_ONEDNN
#include <dnnl.h>
#include <omp.h>
#else
#include <cblas.h>
#endif

#include "cases.h"
#include "rig.h"

int main(int argc, char** argv) {
  const bench::Arguments a = bench::parse(argc, argv);
  const bench::ProductCase* s = bench::find_product(a.name);
  if (s == nullptr) return bench::no_such_case(a);
  const auto size = [](int x, int y) {
    return static_cast<std::size_t>(x) * static_cast<std::size_t>(y);
  };
  std::vector<float> l(size(s->m, s->k)), r(size(s->k, s->n));
  std::vector<float> c(size(s->m, s->n));
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform(-1, 1);
  for (float& v : l) v = uniform(random);
  for (float& v : r) v = uniform(random);
  const int lda = s->transpose_a ? s->m : s->k;
  const int ldb = s->transpose_b ? s->k : s->n;
#ifdef BENCH_ONEDNN
  omp_set_num_threads(a.threads);
  bench::measure(a, [&] {
    dnnl_sgemm(s->transpose_a ? 'T' : 'N', s->transpose_b ? 'T' : 'N', s->m,
               s->n, s->k, 1, l.data(), lda, r.data(), ldb, 0, c.data(), s->n);
  });
#else
  openblas_set_num_threads(a.threads);
  bench::measure(a, [&] {
    cblas_sgemm(CblasRowMajor, s->transpose_a ? CblasTrans : CblasNoTrans,
                s->transpose_b ? CblasTrans : CblasNoTrans, s->m, s->n, s->k, 1,
                l.data(), lda, r.data(), ldb, 0, c.data(), s->n);
  });
#endif
}
