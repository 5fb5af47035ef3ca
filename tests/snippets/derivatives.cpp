#include "example.h"

// Derivatives: autodiff.h.

namespace snippets {

EXAMPLE(gradients) {
  Value x =
      g.parameter("x", {2}, initializers::ones()({2}, DType::f64), DType::f64);
  Value loss = sum(pow(x, 3));
  Value first = gradients(loss, {x}).at(0);
  Value second = gradient(sum(first), x);
  show(first, "f64(2) [3, 3]");
  show(second, "f64(2) [6, 6]");
}

EXAMPLE(gradient) {
  Value x =
      g.parameter("x", {2}, initializers::ones()({2}, DType::f64), DType::f64);
  show(gradient(sum(square(x)), x), "f64(2) [2, 2]");
}

EXAMPLE(hvp) {
  Value x =
      g.parameter("x", {2}, initializers::ones()({2}, DType::f64), DType::f64);
  Value y = sum(pow(x, 3)) + prod(x);
  show(hvp(y, {x}, {numbers({1, 0})}).at(0), "f64(2) [6, 1]");
}

EXAMPLE(jvp) {
  Value x =
      g.parameter("x", {2}, initializers::ones()({2}, DType::f64), DType::f64);
  show(jvp(x * numbers({2, 3}), {x}, {numbers({1, 10})}), "f64(2) [2, 30]");
}

EXAMPLE(jacobian) {
  Value x =
      g.parameter("x", {2}, initializers::ones()({2}, DType::f64), DType::f64);
  show(jacobian(x * x * numbers({2, 3}), x), "f64(2, 2) [[4, 0], [0, 6]]");
}

}  // namespace snippets
