#pragma once

#include <string_view>
#include <vector>

#include "weft/op.h"

namespace weft {

// Sums and products of several kinds: f32 f64. `axes` empty means all, kept
// dimensions have size 1. Errors are those of ops.h.

/// Σ(x − mean)²/(n − correction): 1 gives the unbiased variance, 0 the mean
/// square. NaN if n is not above the correction. Where an element is infinite,
/// the gradients of all that share its mean are NaN.
Value variance(Operand x, std::vector<std::int64_t> axes = {},
               double correction = 1, bool keep_dims = false);
/// Σ of the elements that are numbers: NaN counts as 0 and gets no gradient.
Value nansum(Operand x, std::vector<std::int64_t> axes = {},
             bool keep_dims = false);
/// Their mean; NaN where there is none.
Value nanmean(Operand x, std::vector<std::int64_t> axes = {},
              bool keep_dims = false);
/// √variance; the derivative at 0 is 0.
Value standard_deviation(Operand x, std::vector<std::int64_t> axes = {},
                         double correction = 1, bool keep_dims = false);
/// (Σ|x|ᵖ)^(1/p); p = inf is the greatest |x|, −inf the least, 0 the number of
/// elements that are not 0. The gradient of a zero vector is 0.
Value norm(Operand x, double p = 2, std::vector<std::int64_t> axes = {},
           bool keep_dims = false);
/// x whose parts at each index of an axis have a p-norm of at most `most`:
/// those of a greater one are times most/(norm + epsilon).
Value renorm(Operand x, double p, std::int64_t axis, double most,
             double epsilon = 1e-7);
/// x/max(‖x‖, epsilon) with the p-norm along an axis.
Value normalize(Operand x, double p = 2, std::int64_t axis = -1,
                double epsilon = 1e-12);
/// p-norm distances of rows: (…, m, k), (…, n, k) → (…, m, n).
Value distances(Operand a, Operand b, double p = 2);

/// Covariances of variables, which are rows: (…, n, m) → (…, n, n), Σ(x − mean
/// of x)(y − mean of y)/(m − correction). NaN if m is not above the correction.
Value covariance(Operand x, double correction = 1);
/// Pearson's correlations of rows, covariances over both standard deviations,
/// from −1 to 1; NaN of a row that is constant. (…, n, m) → (…, n, n).
Value correlation(Operand x);
/// The area below the lines between neighbours along an axis, `step` apart:
/// Σ step·(y[i] + y[i+1])/2.
Value trapezoid(Operand y, double step = 1, std::int64_t axis = -1);
/// The same at positions x, which broadcast with y; those of a vector are along
/// the axis.
Value trapezoid(Operand y, Operand x, std::int64_t axis = -1);

// ---- running results along an axis, which must not be symbolic
/// The product of the elements so far.
Value cumprod(Operand x, std::int64_t axis = -1);
/// ln Σ eˣ of the elements so far, without overflow.
Value logcumsumexp(Operand x, std::int64_t axis = -1);
/// The greatest element so far; equal ones share the gradient.
Value cummax(Operand x, std::int64_t axis = -1);
/// The least element so far; likewise.
Value cummin(Operand x, std::int64_t axis = -1);

// ---- products
/// (m), (n) → (m, n).
Value outer(Operand a, Operand b);
/// Kronecker's product of arrays of equal rank.
Value kron(Operand a, Operand b);
/// The product of vectors of three elements along an axis.
Value cross(Operand a, Operand b, std::int64_t axis = -1);
/// Einstein's sum, such as "bij,bjk->bik": letters name axes; those that the
/// result lacks are summed, repeated ones in an operand are its diagonal, and
/// "..." stands for leading axes that broadcast. Without an arrow the result
/// has the letters that occur once, in alphabetical order. Planned into
/// products of matrices in the cheapest order, by the sizes of their axes (a
/// symbolic one counts 64); from left to right among equals, and if there are
/// more than 10 operands. Throws ShapeError for a wrong
/// equation or sizes.
Value einsum(std::string_view equation, const std::vector<Value>& operands,
             Source at = Source::current());

}  // namespace weft
