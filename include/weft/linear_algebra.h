#pragma once

#include <cstdint>

#include "weft/op.h"

namespace weft {

// Matrices in the last two axes, square ones first, any number of them: f32
// f64. A matrix that has no result, singular or not positive, gives NaN.
// Derivatives of any order. By elimination, reflections and rotations, for
// small matrices. Errors are those of ops.h.

/// The lower triangle L with L·Lᵀ = a, of a symmetric positive a, of which only
/// the lower triangle is read; the gradient is symmetric.
Value cholesky(Operand a);
/// a⁻¹·b for b of the same leading axes: (…, n, n), (…, n, m).
Value solve(Operand a, Operand b);
/// t⁻¹·b of a lower (or upper) triangle t; the rest of t is not read.
Value solve_triangular(Operand t, Operand b, bool upper = false);
/// The matrix x with a·x = 1.
Value inverse(Operand a);
/// (…, n, n) → (…). The gradient is the transposed adjugate, which a singular
/// matrix has too; derivatives of it need a⁻¹, and are NaN where there is none.
Value det(Operand a);
/// ln det a; NaN where that is negative.
Value logdet(Operand a);
/// ln |det a| and the sign of det a, which may be beyond the numbers.
struct SignedLog {
  Value sign;  ///< (…): 1, −1 or 0; no gradient
  Value log;   ///< (…): −∞ of a singular matrix
};
SignedLog slogdet(Operand a);
/// aⁿ by squaring; of a⁻¹ if n is negative.
Value matrix_power(Operand a, std::int64_t n);
/// Eigenvalues, ascending, of a symmetric matrix; the gradient is symmetric.
struct EigenPairs {
  Value values;   ///< (…, n)
  Value vectors;  ///< (…, n, n), in columns of length 1
};
/// By reflections to a tridiagonal matrix and implicit QL; a vector may have
/// either sign. The gradient of vectors needs distinct eigenvalues; what equal
/// ones would contribute counts as 0.
EigenPairs eigh(Operand a);
/// eᵃ = 1 + a + a²/2 + …, by scaling, Padé's approximant and squaring (Higham
/// 2005). The gradient is the exponential of a matrix of twice the order.
Value matrix_exp(Operand a);

// ---- matrices of any shape (…, m, n), k = min(m, n)
/// a = q·r.
struct QrParts {
  Value q;  ///< (…, m, k), orthonormal columns
  Value r;  ///< (…, k, n), 0 below the diagonal
};
/// By Householder's reflections, with LAPACK's signs: a diagonal element of r
/// has the sign opposite to that of the element from which it was reflected,
/// and keeps it if there was nothing below. The gradient needs the first k
/// columns of a to be independent.
QrParts qr(Operand a);
/// a = u·diag(values)·vt.
struct SvdParts {
  Value u;       ///< (…, m, k), orthonormal columns
  Value values;  ///< (…, k), descending
  Value vt;      ///< (…, k, n), orthonormal rows
};
/// By Hestenes' rotations. A row of vt may have either sign, the column of u
/// goes with it. The gradient of u and vt needs values that differ; what equal
/// ones, or a value of 0, would contribute counts as 0.
SvdParts svd(Operand a);
/// The matrix x with the least ‖a·x − b‖: (…, m, n), (…, m, p) → (…, n, p), by
/// qr(); the least such x where m < n. NaN if a has less than full rank.
Value least_squares(Operand a, Operand b);
/// v·diag(1/values)·uᵀ of the singular values above `tolerance` times the
/// greatest; below 0 it is max(m, n) times the dtype's precision.
Value pseudo_inverse(Operand a, double tolerance = -1);

}  // namespace weft
