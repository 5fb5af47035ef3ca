#pragma once

#include <cstdint>

#include "weft/op.h"

namespace weft {

// Discrete Fourier transforms along an axis of any size that is not symbolic:
// f32 f64. A complex array (…) is one of pairs (…, 2), real part first; `axis`
// counts the axes without that of the pairs. Signs and scales are NumPy's: the
// transform there has none, the way back 1/n. Derivatives of any order, of the
// parts as real numbers. Errors are those of ops.h.

/// yₖ = Σⱼ xⱼ·exp(−2πi·jk/n), complex to complex, in O(n ln n) for any n
/// (Cooley and Tukey 1965; Bluestein 1970 for large prime factors).
Value fft(Operand x, std::int64_t axis = -1);
/// xⱼ = Σₖ yₖ·exp(2πi·jk/n)/n, complex to complex.
Value ifft(Operand y, std::int64_t axis = -1);
/// The first n/2 + 1 elements of fft of a real x, which give the others:
/// (…, n, …) → (…, n/2 + 1, …, 2).
Value rfft(Operand x, std::int64_t axis = -1);
/// The real array of `size` elements whose rfft is y. The axis of y must have
/// size/2 + 1 elements; 0 stands for the even one of the two sizes that fit.
/// Imaginary parts that rfft makes 0 are not read.
Value irfft(Operand y, std::int64_t size = 0, std::int64_t axis = -1);

// ---- complex arrays as pairs
/// From real and imaginary parts: (…) twice → (…, 2).
Value complex(Operand real, Operand imaginary);
/// The real parts: (…, 2) → (…).
Value real(Operand z);
/// The imaginary parts: (…, 2) → (…).
Value imag(Operand z);
/// a − ib of a + ib.
Value conj(Operand z);
/// The products of the complex numbers of two arrays, which broadcast.
Value complex_product(Operand a, Operand b);

}  // namespace weft
