#include "example.h"

// Arithmetic, reductions, products, shapes: ops.h; draws: draws.h.

namespace snippets {

EXAMPLE(operator+) {
  Value x = numbers({1, 2, 3, 4, 5, 6}, {2, 3});
  show(x + numbers({10, 20, 30}), "f64(2, 3) [[11, 22, 33], [14, 25, 36]]");
  show(x + 1, "f64(2, 3) [[2, 3, 4], [5, 6, 7]]");
}

EXAMPLE(operator-) {
  show(10 - numbers({1, 2}), "f64(2) [9, 8]");
  show(-numbers({1, 2}), "f64(2) [-1, -2]");
}

EXAMPLE(operator*) {
  show(numbers({1, 2}, {2, 1}) * numbers({1, 10, 100}),
       "f64(2, 3) [[1, 10, 100], [2, 20, 200]]");
}

EXAMPLE(operator/) {
  show(numbers({1, 2}) / 4, "f64(2) [0.25, 0.5]");
  show(integers({-7, 7}) / integers({2, 0}), "i32(2) [-3, 0]");
}

EXAMPLE(fill) { show(fill(g, {2, 2}, 7), "f32(2, 2) [[7, 7], [7, 7]]"); }

EXAMPLE(zeros_like) {
  show(zeros_like(numbers({1, 2})), "f64(2) [0, 0]");
  show(zeros_like(numbers({1, 2}), {2, 1}), "f64(2, 1) [[0], [0]]");
}

EXAMPLE(ones_like) { show(ones_like(numbers({1, 2})), "f64(2) [1, 1]"); }

EXAMPLE(copy) { show(copy(numbers({1, 2})), "f64(2) [1, 2]"); }

EXAMPLE(stop_gradient) {
  Value w = g.parameter("w", {}, initializers::constant(3)({}, DType::f64),
                        DType::f64);
  Value loss = w * stop_gradient(w);
  show(gradient(loss, w), "f64() 3");
}

EXAMPLE(dim_product) {
  show(dim_product(g, {2, 3, 4}, DType::i64), "i64() 24");
}

EXAMPLE(sum) {
  Value x = numbers({1, 2, 3, 4, 5, 6}, {2, 3});
  show(sum(x), "f64() 21");
  show(sum(x, {0}), "f64(3) [5, 7, 9]");
  show(sum(x, {1}, true), "f64(2, 1) [[6], [15]]");
}

EXAMPLE(mean) {
  Value x = numbers({1, 2, 3, 4, 5, 6}, {2, 3});
  show(mean(x, {1}), "f64(2) [2, 5]");
}

EXAMPLE(max) {
  Value x = numbers({1, 2, 3, 4, 5, 6}, {2, 3});
  show(max(x), "f64() 6");
  show(max(x, {0}), "f64(3) [4, 5, 6]");
}

EXAMPLE(min) {
  Value x = numbers({1, 2, 3, 4, 5, 6}, {2, 3});
  show(min(x, {1}), "f64(2) [1, 4]");
}

EXAMPLE(prod) {
  Value x = numbers({1, 2, 3, 4, 5, 6}, {2, 3});
  show(prod(x, {1}), "f64(2) [6, 120]");
}

EXAMPLE(logsumexp) { show(logsumexp(numbers({1000, 1000})), "f64() 1000.69"); }

EXAMPLE(argmax) {
  show(argmax(numbers({1, 9, 2, 7, 3, 7}, {2, 3})), "i32(2) [1, 0]");
}

EXAMPLE(argmin) {
  show(argmin(numbers({1, 9, 2, 7, 3, 7}, {2, 3}), 0), "i32(3) [0, 1, 0]");
}

EXAMPLE(sum_to) {
  Value x = numbers({1, 2, 3, 4, 5, 6}, {2, 3});
  show(sum_to(x, {3}), "f64(3) [5, 7, 9]");
  show(sum_to(x, {2, 1}), "f64(2, 1) [[6], [15]]");
}

EXAMPLE(dot) { show(dot(numbers({1, 2, 3}), numbers({4, 5, 6})), "f64() 32"); }

EXAMPLE(matmul) {
  Value a = numbers({1, 2, 3, 4, 5, 6}, {2, 3});
  Value b = numbers({1, 0, 0, 1, 1, 1}, {3, 2});
  show(matmul(a, b), "f64(2, 2) [[4, 5], [10, 11]]");
  show(matmul(a, a, false, true), "f64(2, 2) [[14, 32], [32, 77]]");
}

EXAMPLE(transpose) {
  Value x = numbers({1, 2, 3, 4, 5, 6}, {2, 3});
  show(transpose(x), "f64(3, 2) [[1, 4], [2, 5], [3, 6]]");
  show(transpose(range({2, 3, 4}), {0, 2, 1}).shape(), "(2, 4, 3)");
}

EXAMPLE(reshape) {
  Value x = numbers({1, 2, 3, 4, 5, 6}, {2, 3});
  show(reshape(x, {3, -1}), "f64(3, 2) [[1, 2], [3, 4], [5, 6]]");
}

EXAMPLE(flatten) { show(flatten(range({2, 3, 4})).shape(), "(2, 12)"); }

EXAMPLE(squeeze) { show(squeeze(range({1, 3, 1})).shape(), "(3)"); }

EXAMPLE(unsqueeze) { show(unsqueeze(range({2, 3}), 1).shape(), "(2, 1, 3)"); }

EXAMPLE(expand) {
  show(expand(numbers({1, 2}), {2, 2}), "f64(2, 2) [[1, 2], [1, 2]]");
}

EXAMPLE(concat) {
  show(concat({numbers({1, 2}), numbers({3})}), "f64(3) [1, 2, 3]");
}

EXAMPLE(stack) {
  show(stack({numbers({1, 2}), numbers({3, 4})}, 1),
       "f64(2, 2) [[1, 3], [2, 4]]");
}

EXAMPLE(split) {
  auto parts = split(numbers({1, 2, 3}), {1, 2});
  show(parts[1], "f64(2) [2, 3]");
}

EXAMPLE(slice) {
  show(slice(numbers({0, 1, 2, 3, 4}), 0, 1, kEnd, 2), "f64(2) [1, 3]");
  show(slice(numbers({0, 1, 2, 3, 4}), 0, -2), "f64(2) [3, 4]");
  Value x = numbers({0, 1, 2, 3, 4});
  show(gradient(sum(slice(x, 0, 2, 4)), x), "f64(5) [0, 0, 1, 1, 0]");
}

EXAMPLE(pad) {
  show(pad(numbers({1, 2}), {1}, {2}), "f64(5) [0, 1, 2, 0, 0]");
  show(pad(numbers({1, 2, 3}), {2}, {1}, PadMode::reflect),
       "f64(6) [3, 2, 1, 2, 3, 2]");
}

EXAMPLE(flip) {
  Value x = numbers({1, 2, 3, 4, 5, 6}, {2, 3});
  show(flip(x, {1}), "f64(2, 3) [[3, 2, 1], [6, 5, 4]]");
}

EXAMPLE(gather) {
  Value rows = numbers({1, 2, 3, 4, 5, 6}, {3, 2});
  show(gather(rows, integers({2, 0, 2})), "f64(3, 2) [[5, 6], [1, 2], [5, 6]]");
}

EXAMPLE(scatter_add) {
  Value x = numbers({1, 2, 3});
  show(scatter_add(x, integers({1, 0, 1}), {4}), "f64(4) [2, 4, 0, 0]");
}

EXAMPLE(pick) {
  Value x = numbers({1, 2, 3, 4, 5, 6}, {2, 3});
  show(pick(x, integers({2, 0})), "f64(2) [3, 4]");
}

EXAMPLE(one_hot) {
  show(one_hot(integers({2, 0}), 3), "f32(2, 3) [[0, 0, 1], [1, 0, 0]]");
}

EXAMPLE(cumsum) {
  show(cumsum(numbers({1, 2, 3})), "f64(3) [1, 3, 6]");
  show(cumsum(numbers({1, 2, 3}), 0, true, true), "f64(3) [5, 3, 0]");
}

EXAMPLE(softmax) {
  show(softmax(numbers({0, 0, 1000})), "f64(3) [0, 0, 1]");
  show(softmax(numbers({1, 2})), "f64(2) [0.268941, 0.731059]");
}

EXAMPLE(log_softmax) {
  show(log_softmax(numbers({0, 1000})), "f64(2) [-1000, 0]");
}

EXAMPLE(random_uniform) {
  Value x = random_uniform(g, {1000}, 2, 4, DType::f64);
  CHECK(std::abs(eval(mean(x)).item() - 3) < 0.1);
}

EXAMPLE(random_normal) {
  Value x = random_normal(g, {10000}, 5, 2, DType::f64);
  CHECK(std::abs(eval(mean(x)).item() - 5) < 0.1);
}

EXAMPLE(random_bernoulli) {
  Value x = random_bernoulli(expand(numbers({0.25}), {10000}));
  CHECK(std::abs(eval(mean(x)).item() - 0.25) < 0.02);
}

EXAMPLE(random_gumbel) {
  Value x = random_gumbel(zeros_like(numbers({0}), {10000}));
  CHECK(std::abs(eval(mean(x)).item() - 0.577) < 0.05);
}

EXAMPLE(random_categorical) {
  Value logits = log(numbers({0.5, 0, 0.5}));
  CHECK(eval(random_categorical(logits)).at(0) != 1);
}

EXAMPLE(gumbel_softmax) {
  Value y = gumbel_softmax(range({3, 4}), 0.1, true);
  CHECK(eval(max(y)).item() == 1);  // 1 of 4 in every row
}

EXAMPLE(random_gamma) {
  Value a = expand(numbers({3}), {10000});
  Value x = random_gamma(a);
  CHECK(std::abs(eval(mean(x)).item() - 3) < 0.1);
  Value slope = gradient(sum(x), a);  // its mean is that of d mean/da
  CHECK(std::abs(eval(mean(slope)).item() - 1) < 0.1);
}

EXAMPLE(dropout) {
  Value x = ones_like(range({10000}));
  Value kept = dropout(x, 0.2);  // 0 or 1/(1 - 0.2)
  CHECK(std::abs(eval(mean(kept)).item() - 1) < 0.05);
}

}  // namespace snippets
