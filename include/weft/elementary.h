#pragma once

#include "weft/op.h"

namespace weft {

// More functions of one and of two elements: f32 f64. Outside of a function's
// domain value and derivative are NaN. NaN itself counts as inside of limits,
// where the derivative is 1. Operands broadcast; errors are those of ops.h.

// ---- rounding: the derivative is 0
/// The greatest whole number that is not above x.
Value floor(Operand x);
/// The least whole number that is not below x.
Value ceil(Operand x);
/// To the nearest whole number, halves to the even one.
Value round(Operand x);
/// Towards 0.
Value trunc(Operand x);
/// x − trunc(x); the derivative is 1.
Value frac(Operand x);

// ---- logarithms and powers
/// The logarithm to base 2.
Value log2(Operand x);
/// The logarithm to base 10.
Value log10(Operand x);
/// 2^x.
Value exp2(Operand x);
/// ln(e^a + e^b), without overflow.
Value logaddexp(Operand a, Operand b);
/// log₂(2ᵃ + 2ᵇ), likewise.
Value logaddexp2(Operand a, Operand b);
/// x·ln y, and 0 where x is 0 and ln y is no number; no gradient passes there.
Value xlogy(Operand x, Operand y);
/// ln(x/(1 − x)), the inverse of sigmoid; infinite at 0 and 1.
Value logit(Operand x);
/// √(a² + b²), without overflow.
Value hypot(Operand a, Operand b);

// ---- trigonometry
/// sin x/cos x.
Value tan(Operand x);
/// The inverse of sin, −π/2 to π/2.
Value asin(Operand x);
/// The inverse of cos, 0 to π.
Value acos(Operand x);
/// The inverse of tan, −π/2 to π/2.
Value atan(Operand x);
/// The angle of the point (b, a), −π to π.
Value atan2(Operand a, Operand b);
/// sin(πx)/(πx), 1 at 0, where derivatives of any order are right too.
Value sinc(Operand x);
/// (eˣ − e⁻ˣ)/2.
Value sinh(Operand x);
/// (eˣ + e⁻ˣ)/2.
Value cosh(Operand x);
/// The inverse of sinh.
Value asinh(Operand x);
/// The inverse of cosh, from 0 on.
Value acosh(Operand x);
/// The inverse of tanh.
Value atanh(Operand x);

// ---- special functions
/// 1 − erf(x), exact where that is tiny.
Value erfc(Operand x);
/// The inverse of erf; ±inf at ±1.
Value erfinv(Operand x);
/// ln |Γ(x)|.
Value lgamma(Operand x);
/// The derivative of lgamma.
Value digamma(Operand x);
/// The n-th derivative of digamma, 0 ≤ n ≤ 100 (Abramowitz and Stegun 6.4);
/// infinite at 0, NaN at the other poles.
Value polygamma(std::int64_t n, Operand x);

// ---- remainders; the derivative of a is 1, that of b minus the whole quotient
/// a − b·trunc(a/b), with the sign of a.
Value fmod(Operand a, Operand b);
/// a − b·floor(a/b), with the sign of b.
Value remainder(Operand a, Operand b);

/// x with other numbers for NaN, inf and −inf; no gradient passes there. The
/// infinities are the greatest and least number of the dtype unless given.
Value nan_to_num(Operand x, double nan = 0);
Value nan_to_num(Operand x, double nan, double inf, double minus_inf);

// ---- activations
/// x limited to [low, high]; unlike clamp's, the derivative on the borders is
/// 0.
Value hard_tanh(Operand x, double low = -1, double high = 1);
/// hard_tanh(x, 0, 6).
Value relu6(Operand x);
/// hard_tanh(x + 3, 0, 6)/6.
Value hard_sigmoid(Operand x);
/// x·hard_sigmoid(x) (Howard et al. 2019).
Value hard_swish(Operand x);
/// x where |x| > lambda, else 0.
Value hard_shrink(Operand x, double lambda = 0.5);
/// x ∓ lambda where x is beyond ±lambda, else 0.
Value soft_shrink(Operand x, double lambda = 0.5);
/// x − tanh(x).
Value tanh_shrink(Operand x);
/// x/(1 + |x|).
Value softsign(Operand x);
/// ln sigmoid(x), without overflow.
Value log_sigmoid(Operand x);
/// x where x > 0, else alpha·(e^(x/alpha) − 1) (Barron 2017).
Value celu(Operand x, double alpha = 1);
/// x where x > limit, else `value`.
Value threshold(Operand x, double limit, double value);
/// The first half along the axis, times the sigmoid of the second one (Dauphin
/// et al. 2017). Throws ShapeError if the axis has an odd size.
Value glu(Operand x, std::int64_t axis = -1);

}  // namespace weft
