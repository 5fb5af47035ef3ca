#include "example.h"

// Special functions: special.h.

namespace snippets {

EXAMPLE(erfcx) { show(erfcx(numbers({0, 100})), "f64(2) [1, 0.00564161]"); }

EXAMPLE(ndtr) {
  show(ndtr(numbers({0, 1.96, -9})), "f64(3) [0.5, 0.975002, 1.12859e-19]");
}

EXAMPLE(log_ndtr) {
  Value x = numbers({0, -40});
  Value y = log_ndtr(x);
  show(y, "f64(2) [-0.693147, -804.608]");
  show(gradient(sum(y), x), "f64(2) [0.797885, 40.025]");
}

EXAMPLE(ndtri) {
  show(ndtri(numbers({0.5, 0.975, 0})), "f64(3) [0, 1.95996, -inf]");
}

EXAMPLE(bessel_i0) { show(bessel_i0(numbers({0, 1})), "f64(2) [1, 1.26607]"); }

EXAMPLE(bessel_i1) { show(bessel_i1(numbers({0, 1})), "f64(2) [0, 0.565159]"); }

EXAMPLE(bessel_i0e) {
  // The logarithm that normalises a von Mises density, for any x.
  Value x = numbers({1, 1000});
  show(log(bessel_i0e(x)) + x, "f64(2) [0.235914, 995.627]");
}

EXAMPLE(bessel_i1e) {
  // The mean length of a von Mises distribution.
  Value x = numbers({1, 1000});
  show(bessel_i1e(x) / bessel_i0e(x), "f64(2) [0.44639, 0.9995]");
}

EXAMPLE(entr) {
  Value x = numbers({0, 0.5, 1});
  show(entr(x), "f64(3) [0, 0.346574, -0]");
  show(gradient(sum(entr(x)), x), "f64(3) [inf, -0.306853, -1]");
}

EXAMPLE(mvlgamma) {
  show(mvlgamma(numbers({3, 5}), 2), "f64(2) [1.55019, 6.20416]");
}

}  // namespace snippets
