#include "example.h"

// The same function of other values: substitute.h.

namespace snippets {

EXAMPLE(substitute) {
  Value w =
      g.parameter("w", {2}, initializers::ones()({2}, DType::f64), DType::f64);
  Value x = numbers({1, 2}), next = numbers({3, 4});
  Value y = sum(w * square(x));
  show(substitute(y, {{x, next}}), "f64() 25");  // the same w
  Value moved = w - 0.1 * gradient(y, w);
  show(substitute(y, {{w, moved}}), "f64() 3.3");  // after one step
}

}  // namespace snippets
