#pragma once

#include "weft/op.h"

namespace weft {

// Square matrices in the last two axes, any number of them: f32 f64. A matrix
// that has no result, singular or not positive, gives NaN. Derivatives of any
// order. By elimination and rotations on one thread, for small matrices. Errors
// are those of ops.h.

/// The lower triangle L with L·Lᵀ = a, of a symmetric positive a, of which only
/// the lower triangle is read; the gradient is symmetric.
Value cholesky(Operand a);
/// a⁻¹·b for b of the same leading axes: (…, n, n), (…, n, m).
Value solve(Operand a, Operand b);
/// t⁻¹·b of a lower (or upper) triangle t; the rest of t is not read.
Value solve_triangular(Operand t, Operand b, bool upper = false);
Value inverse(Operand a);
/// (…, n, n) → (…). The gradient needs a⁻¹.
Value det(Operand a);
/// ln det a; NaN where that is negative.
Value logdet(Operand a);
/// Eigenvalues, ascending, of a symmetric matrix; the gradient is symmetric.
struct EigenPairs {
  Value values;   ///< (…, n)
  Value vectors;  ///< (…, n, n), in columns of length 1
};
/// By Jacobi's rotations. The gradient of vectors needs distinct eigenvalues.
EigenPairs eigh(Operand a);

}  // namespace weft
