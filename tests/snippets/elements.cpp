#include "example.h"

// Functions of one and of two elements: ops.h, elementary.h.

namespace snippets {

EXAMPLE(sqrt) { show(sqrt(numbers({1, 4, 9})), "f64(3) [1, 2, 3]"); }

EXAMPLE(rsqrt) { show(rsqrt(numbers({1, 4, 16})), "f64(3) [1, 0.5, 0.25]"); }

EXAMPLE(square) { show(square(numbers({-2, 3})), "f64(2) [4, 9]"); }

EXAMPLE(reciprocal) {
  show(reciprocal(numbers({2, -4})), "f64(2) [0.5, -0.25]");
}

EXAMPLE(exp) { show(exp(numbers({0, 1})), "f64(2) [1, 2.71828]"); }

EXAMPLE(expm1) { show(expm1(numbers({0, 1e-9})), "f64(2) [0, 1e-09]"); }

EXAMPLE(log) { show(log(numbers({1, 10})), "f64(2) [0, 2.30259]"); }

EXAMPLE(log1p) { show(log1p(numbers({0, 1e-9})), "f64(2) [0, 1e-09]"); }

EXAMPLE(abs) { show(abs(numbers({-2, 0, 3})), "f64(3) [2, 0, 3]"); }

EXAMPLE(sign) { show(sign(numbers({-2, 0, 3})), "f64(3) [-1, 0, 1]"); }

EXAMPLE(sin) { show(sin(numbers({0, 1})), "f64(2) [0, 0.841471]"); }

EXAMPLE(cos) { show(cos(numbers({0, 1})), "f64(2) [1, 0.540302]"); }

EXAMPLE(erf) {
  show(erf(numbers({-1, 0, 2})), "f64(3) [-0.842701, 0, 0.995322]");
}

EXAMPLE(tanh) {
  show(tanh(numbers({-1, 0, 1})), "f64(3) [-0.761594, 0, 0.761594]");
}

EXAMPLE(sigmoid) {
  show(sigmoid(numbers({-1, 0, 1})), "f64(3) [0.268941, 0.5, 0.731059]");
}

EXAMPLE(softplus) {
  show(softplus(numbers({-1, 0, 100})), "f64(3) [0.313262, 0.693147, 100]");
}

EXAMPLE(relu) { show(relu(numbers({-1, 0, 2})), "f64(3) [0, 0, 2]"); }

EXAMPLE(leaky_relu) {
  show(leaky_relu(numbers({-1, 0, 2})), "f64(3) [-0.01, 0, 2]");
}

EXAMPLE(elu) { show(elu(numbers({-1, 0, 2})), "f64(3) [-0.632121, 0, 2]"); }

EXAMPLE(selu) {
  show(selu(numbers({-1, 0, 2})), "f64(3) [-1.11133, 0, 2.1014]");
}

EXAMPLE(gelu) {
  show(gelu(numbers({-1, 0, 2})), "f64(3) [-0.158655, 0, 1.9545]");
  show(gelu(numbers({-1, 0, 2}), Gelu::tanh), "f64(3) [-0.158808, 0, 1.9546]");
}

EXAMPLE(silu) {
  show(silu(numbers({-1, 0, 2})), "f64(3) [-0.268941, 0, 1.76159]");
}

EXAMPLE(mish) {
  show(mish(numbers({-1, 0, 2})), "f64(3) [-0.303401, 0, 1.94396]");
}

EXAMPLE(floor) { show(floor(numbers({-1.5, 0.5, 2.5})), "f64(3) [-2, 0, 2]"); }

EXAMPLE(ceil) { show(ceil(numbers({-1.5, 0.5, 2.5})), "f64(3) [-1, 1, 3]"); }

EXAMPLE(round) { show(round(numbers({-1.5, 0.5, 2.5})), "f64(3) [-2, 0, 2]"); }

EXAMPLE(trunc) { show(trunc(numbers({-1.5, 0.5, 2.5})), "f64(3) [-1, 0, 2]"); }

EXAMPLE(frac) {
  show(frac(numbers({-1.5, 0.25, 2.5})), "f64(3) [-0.5, 0.25, 0.5]");
}

EXAMPLE(log2) { show(log2(numbers({1, 8})), "f64(2) [0, 3]"); }

EXAMPLE(log10) { show(log10(numbers({1, 1000})), "f64(2) [0, 3]"); }

EXAMPLE(exp2) { show(exp2(numbers({0, 3})), "f64(2) [1, 8]"); }

EXAMPLE(tan) { show(tan(numbers({0, 1})), "f64(2) [0, 1.55741]"); }

EXAMPLE(asin) { show(asin(numbers({0, 1})), "f64(2) [0, 1.5708]"); }

EXAMPLE(acos) { show(acos(numbers({0, 1})), "f64(2) [1.5708, 0]"); }

EXAMPLE(atan) { show(atan(numbers({0, 1})), "f64(2) [0, 0.785398]"); }

EXAMPLE(sinc) {
  show(sinc(numbers({0, 0.5, 1})), "f64(3) [1, 0.63662, 3.89817e-17]");
}

EXAMPLE(sinh) { show(sinh(numbers({0, 1})), "f64(2) [0, 1.1752]"); }

EXAMPLE(cosh) { show(cosh(numbers({0, 1})), "f64(2) [1, 1.54308]"); }

EXAMPLE(asinh) { show(asinh(numbers({0, 1})), "f64(2) [0, 0.881374]"); }

EXAMPLE(acosh) { show(acosh(numbers({1, 2})), "f64(2) [0, 1.31696]"); }

EXAMPLE(atanh) { show(atanh(numbers({0, 0.5})), "f64(2) [0, 0.549306]"); }

EXAMPLE(erfc) { show(erfc(numbers({0, 6})), "f64(2) [1, 2.15197e-17]"); }

EXAMPLE(erfinv) { show(erfinv(numbers({0, 0.5})), "f64(2) [0, 0.476936]"); }

EXAMPLE(lgamma) {
  show(lgamma(numbers({1, 5, 0.5})), "f64(3) [0, 3.17805, 0.572365]");
}

EXAMPLE(digamma) {
  show(digamma(numbers({1, 5})), "f64(2) [-0.577216, 1.50612]");
}

EXAMPLE(relu6) { show(relu6(numbers({-1, 3, 8})), "f64(3) [0, 3, 6]"); }

EXAMPLE(hard_sigmoid) {
  show(hard_sigmoid(numbers({-4, 0, 1})), "f64(3) [0, 0.5, 0.666667]");
}

EXAMPLE(hard_swish) {
  Value x = numbers({-4, 0, 1});
  Value y = hard_swish(x);
  show(y, "f64(3) [-0, 0, 0.666667]");
  show(gradient(sum(y), x), "f64(3) [0, 0.5, 0.833333]");
}

EXAMPLE(tanh_shrink) {
  show(tanh_shrink(numbers({-1, 0, 1})), "f64(3) [-0.238406, 0, 0.238406]");
}

EXAMPLE(softsign) {
  show(softsign(numbers({-1, 0, 3})), "f64(3) [-0.5, 0, 0.75]");
}

EXAMPLE(log_sigmoid) {
  show(log_sigmoid(numbers({-100, 0, 1})),
       "f64(3) [-100, -0.693147, -0.313262]");
}

EXAMPLE(rescaled_tanh) {
  show(rescaled_tanh(numbers({-1, 0, 1})), "f64(3) [0.119203, 0.5, 0.880797]");
}

EXAMPLE(multiply_add) {
  show(multiply_add(numbers({1, 2}), numbers({3, 4}), 10), "f64(2) [13, 18]");
}

EXAMPLE(pow) { show(pow(numbers({2, 4}), numbers({3, 0.5})), "f64(2) [8, 2]"); }

EXAMPLE(prelu) {
  Value slope = g.parameter(
      "slope", {2}, initializers::constant(0.25)({2}, DType::f64), DType::f64);
  show(prelu(numbers({-4, 1, 2, -8}, {2, 2}), slope),
       "f64(2, 2) [[-1, 1], [2, -2]]");
}

EXAMPLE(maximum) { show(maximum(numbers({1, 5, 3}), 2), "f64(3) [2, 5, 3]"); }

EXAMPLE(minimum) { show(minimum(numbers({1, 5, 3}), 2), "f64(3) [1, 2, 2]"); }

EXAMPLE(clamp) {
  show(clamp(numbers({-3, 0.5, 3}), -1, 1), "f64(3) [-1, 0.5, 1]");
}

EXAMPLE(where) {
  Value x = numbers({-1, 2});
  show(where(greater(x, 0), x, x * 10), "f64(2) [-10, 2]");
}

EXAMPLE(equal) {
  show(equal(integers({1, 2}), integers({1, 3})), "bool(2) [1, 0]");
}

EXAMPLE(not_equal) {
  show(not_equal(integers({1, 2}), integers({1, 3})), "bool(2) [0, 1]");
}

EXAMPLE(less) { show(less(numbers({1, 2, 3}), 2), "bool(3) [1, 0, 0]"); }

EXAMPLE(less_equal) {
  show(less_equal(numbers({1, 2, 3}), 2), "bool(3) [1, 1, 0]");
}

EXAMPLE(greater) { show(greater(numbers({1, 2, 3}), 2), "bool(3) [0, 0, 1]"); }

EXAMPLE(greater_equal) {
  show(greater_equal(numbers({1, 2, 3}), 2), "bool(3) [0, 1, 1]");
}

EXAMPLE(logical_and) {
  Value x = numbers({1, 2, 3});
  show(logical_and(greater(x, 1), less(x, 3)), "bool(3) [0, 1, 0]");
}

EXAMPLE(logical_or) {
  Value x = numbers({1, 2, 3});
  show(logical_or(less(x, 2), greater(x, 2)), "bool(3) [1, 0, 1]");
}

EXAMPLE(logical_xor) {
  Value x = numbers({1, 2, 3});
  show(logical_xor(greater(x, 1), greater(x, 2)), "bool(3) [0, 1, 0]");
}

EXAMPLE(logical_not) {
  show(logical_not(greater(numbers({1, 2}), 1)), "bool(2) [1, 0]");
}

EXAMPLE(cast) {
  show(cast(numbers({-1.7, 0, 2.5}), DType::i32), "i32(3) [-1, 0, 2]");
}

EXAMPLE(logaddexp) {
  show(logaddexp(numbers({0, 1000}), numbers({0, 1000})),
       "f64(2) [0.693147, 1000.69]");
}

EXAMPLE(logaddexp2) {
  show(logaddexp2(numbers({0, 5000}), numbers({0, 5000})), "f64(2) [1, 5001]");
}

EXAMPLE(xlogy) {
  show(xlogy(numbers({0, 2}), numbers({0, 1})), "f64(2) [0, 0]");
}

EXAMPLE(logit) { show(logit(numbers({0.5, 0.9})), "f64(2) [0, 2.19722]"); }

EXAMPLE(hypot) { show(hypot(numbers({3}), numbers({4})), "f64(1) [5]"); }

EXAMPLE(atan2) {
  show(atan2(numbers({1, 0}), numbers({1, -1})), "f64(2) [0.785398, 3.14159]");
}

EXAMPLE(polygamma) {
  show(polygamma(1, numbers({1, 2})), "f64(2) [1.64493, 0.644934]");
}

EXAMPLE(fmod) { show(fmod(numbers({-7, 7}), 3), "f64(2) [-1, 1]"); }

EXAMPLE(remainder) { show(remainder(numbers({-7, 7}), 3), "f64(2) [2, 1]"); }

EXAMPLE(nan_to_num) {
  Value x = log(numbers({-1, 0, 1}));
  show(nan_to_num(x, 0, 9, -9), "f64(3) [0, -9, 0]");
}

EXAMPLE(hard_tanh) {
  show(hard_tanh(numbers({-3, 0.5, 3})), "f64(3) [-1, 0.5, 1]");
}

EXAMPLE(hard_shrink) {
  show(hard_shrink(numbers({-1, 0.2, 2})), "f64(3) [-1, 0, 2]");
}

EXAMPLE(soft_shrink) {
  show(soft_shrink(numbers({-1, 0.2, 2})), "f64(3) [-0.5, 0, 1.5]");
}

EXAMPLE(celu) {
  show(celu(numbers({-1, 0, 2}), 2), "f64(3) [-0.786939, 0, 2]");
}

EXAMPLE(threshold) {
  show(threshold(numbers({-1, 0.5, 2}), 1, -9), "f64(3) [-9, -9, 2]");
}

EXAMPLE(glu) { show(glu(numbers({1, 2, 0, 100})), "f64(2) [0.5, 2]"); }

}  // namespace snippets
