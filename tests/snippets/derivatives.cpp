#include "example.h"

// Derivatives: autodiff.h, and functions of each example: vmap.h.

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
  // Of several values, in one sweep.
  auto both = jvp({square(x), prod(x)}, {x}, {numbers({1, 10})});
  show(both.at(1), "f64() 11");
}

EXAMPLE(jacobian) {
  Value x =
      g.parameter("x", {2}, initializers::ones()({2}, DType::f64), DType::f64);
  show(jacobian(x * x * numbers({2, 3}), x), "f64(2, 2) [[4, 0], [0, 6]]");
  // Of each example of a batch.
  show(vmap([&](Value e) { return jacobian(sum(square(e)), e); },
            numbers({1, 2, 3, 4}, {2, 2})),
       "f64(2, 2) [[2, 4], [6, 8]]");
}

EXAMPLE(hessian) {
  Value x =
      g.parameter("x", {2}, initializers::ones()({2}, DType::f64), DType::f64);
  show(hessian(sum(pow(x, 3)) + prod(x), x), "f64(2, 2) [[6, 1], [1, 6]]");
}

EXAMPLE(vmap) {
  Value w = g.parameter("w", {2}, initializers::constant(2)({2}, DType::f64),
                        DType::f64);
  Value x = numbers({1, 2, 3, 4, 5, 6}, {3, 2});
  Value y = numbers({5, 15, 20});
  // The gradient of each example's cost.
  Value each = vmap(
                   [&](const std::vector<Value>& e) {
                     return gradients(square(dot(e[0], w) - e[1]), {w});
                   },
                   {x, y})
                   .at(0);
  show(each, "f64(3, 2) [[2, 4], [-6, -8], [20, 24]]");
}

}  // namespace snippets
