#pragma once

// C = op(A) op(B) (+ C if `add`) on one thread, row-major, by Eigen or, with
// -DBENCH_OPENBLAS, by OpenBLAS.

struct Gemm {
  bool ta, tb;
  int m, n, k;
  const float* a;
  int lda;
  const float* b;
  int ldb;
  float* c;
  int ldc;
};

#ifdef BENCH_OPENBLAS

#include <cblas.h>

inline void set_up_gemm() { openblas_set_num_threads(1); }

inline void gemm(const Gemm& g) {
  cblas_sgemm(CblasRowMajor, g.ta ? CblasTrans : CblasNoTrans,
              g.tb ? CblasTrans : CblasNoTrans, g.m, g.n, g.k, 1, g.a, g.lda,
              g.b, g.ldb, 0, g.c, g.ldc);
}

#else

#include <Eigen/Dense>

inline void set_up_gemm() {}

inline void gemm(const Gemm& g) {
  using Matrix =
      Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  using Stride = Eigen::OuterStride<>;
  using In = Eigen::Map<const Matrix, 0, Stride>;
  const In a(g.a, g.ta ? g.k : g.m, g.ta ? g.m : g.k, Stride(g.lda));
  const In b(g.b, g.tb ? g.n : g.k, g.tb ? g.k : g.n, Stride(g.ldb));
  Eigen::Map<Matrix, 0, Stride> c(g.c, g.m, g.n, Stride(g.ldc));
  if (g.ta) {
    c.noalias() = a.transpose() * b;
  } else if (g.tb) {
    c.noalias() = a * b.transpose();
  } else {
    c.noalias() = a * b;
  }
}

#endif
