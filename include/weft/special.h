#pragma once

#include <cstdint>

#include "weft/op.h"

namespace weft {

// Special functions of one element beyond elementary.h: f32 f64. Outside of a
// function's domain value and derivative are NaN. Errors are those of ops.h.

// ---- the normal distribution
/// e^(x²)·erfc(x), which neither vanishes nor overflows above 0. The derivative
/// 2x·erfcx(x) − 2/√π is a small difference where x is large.
Value erfcx(Operand x);
/// Φ(x) = erfc(−x/√2)/2, the probability that a standard normal number is below
/// x; exact where that is tiny.
Value ndtr(Operand x);
/// ln Φ(x), without underflow: below −1 it is ln(erfcx(−x/√2)/2) − x²/2.
Value log_ndtr(Operand x);
/// The inverse of ndtr; ∓inf at 0 and 1 (Moshier's Cephes, ndtri.c).
Value ndtri(Operand p);

// ---- modified Bessel functions of the first kind (Abramowitz and Stegun 9.6),
// Iₙ(x) = Σ (x/2)²ᵏ⁺ⁿ/(k!·(k+n)!)
/// I₀(x); the derivative is I₁.
Value bessel_i0(Operand x);
/// I₁(x); the derivative is I₀(x) − I₁(x)/x.
Value bessel_i1(Operand x);
/// e^(−|x|)·I₀(x), which does not overflow; the derivative at 0 is 0.
Value bessel_i0e(Operand x);
/// e^(−|x|)·I₁(x), likewise; the derivative at 0 is 1/2.
Value bessel_i1e(Operand x);

// ---- others
/// −x·ln x, what x adds to an entropy: 0 at 0, −inf below, where the derivative
/// is NaN. At 0 it is infinite, which a softmax that is 0 makes NaN: xlogy(x,
/// x) passes no gradient there.
Value entr(Operand x);
/// ln Γₚ(x) of p dimensions, p(p − 1)/4·ln π + Σ ln Γ(x − j/2) for j = 0 …
/// p − 1 (James 1964); meant for x > (p − 1)/2. Throws GraphError unless p is
/// positive.
Value mvlgamma(Operand x, std::int64_t p);

}  // namespace weft
