#include "example.h"

// Fourier transforms and pairs: fourier.h.

namespace snippets {

EXAMPLE(fft) {
  Value x = complex(numbers({1, 0, 0, 0}), numbers({0, 0, 0, 0}));
  show(real(fft(x)), "f64(4) [1, 1, 1, 1]");
}

EXAMPLE(ifft) {
  Value y = complex(numbers({1, 1}), numbers({0, 0}));
  show(real(ifft(y)), "f64(2) [1, 0]");
}

EXAMPLE(rfft) {
  Value x = numbers({1, -1, 1, -1});
  show(rfft(x).shape(), "(3, 2)");
  show(real(rfft(x)), "f64(3) [0, 0, 4]");
}

EXAMPLE(irfft) {
  Value x = numbers({1, 2, 3, 5});
  show(irfft(rfft(x)), "f64(4) [1, 2, 3, 5]");
  show(irfft(rfft(numbers({1, 2, 3})), 3), "f64(3) [1, 2, 3]");
}

EXAMPLE(complex) {
  show(complex(numbers({1, 2}), numbers({3, 4})), "f64(2, 2) [[1, 3], [2, 4]]");
}

EXAMPLE(real) { show(real(numbers({1, 3}, {1, 2})), "f64(1) [1]"); }

EXAMPLE(imag) { show(imag(numbers({1, 3}, {1, 2})), "f64(1) [3]"); }

EXAMPLE(conj) { show(conj(numbers({1, 3}, {1, 2})), "f64(1, 2) [[1, -3]]"); }

EXAMPLE(complex_product) {
  Value i = numbers({0, 1}, {1, 2});
  show(complex_product(i, i), "f64(1, 2) [[-1, 0]]");
}

}  // namespace snippets
