#include "example.h"

// Costs: nn.h, costs.h, loss.h, ctc.h.

namespace snippets {

EXAMPLE(quadratic_cost) {
  Value a = numbers({1, 2, 3, 4}, {2, 2});
  Value y = numbers({1, 0, 3, 3}, {2, 2});
  show(quadratic_cost(a, y), "f64() 1.25");
}

EXAMPLE(mean_squared_error) {
  Value a = numbers({1, 4});
  Value y = numbers({1, 2});
  show(mean_squared_error(a, y), "f64() 2");
}

EXAMPLE(softmax_cross_entropy) {
  Value logits = numbers({2, 0, 0, 0, 0, 3}, {2, 3});
  Value labels = integers({0, 1});
  show(softmax_cross_entropy(logits, labels), "f64(2) [0.239545, 3.09492]");
  ClassOptions options{.label_smoothing = 0.1, .ignore = 1};
  show(mean(softmax_cross_entropy(logits, labels, options)), "f64() 0.372878");
}

EXAMPLE(softmax_cross_entropy_with) {
  Value logits = numbers({2, 0, 0}, {1, 3});
  Value targets = numbers({0.8, 0.1, 0.1}, {1, 3});
  show(softmax_cross_entropy_with(logits, targets), "f64(1) [0.639545]");
}

EXAMPLE(binary_cross_entropy) {
  Value z = numbers({2, -1});
  Value y = numbers({1, 0});
  show(binary_cross_entropy(z, y), "f64(2) [0.126928, 0.313262]");
  show(binary_cross_entropy(z, y, 3), "f64(2) [0.380784, 0.313262]");
}

EXAMPLE(negative_log_likelihood) {
  Value logits = numbers({2, 0, 0, 0, 0, 3}, {2, 3});
  Value labels = integers({0, 1});
  show(negative_log_likelihood(log_softmax(logits), labels),
       "f64(2) [0.239545, 3.09492]");
}

EXAMPLE(huber) {
  Value a = numbers({1, 4});
  Value y = numbers({1, 2});
  show(huber(a, y), "f64(2) [0, 1.5]");
}

EXAMPLE(hinge) {
  show(hinge(numbers({0.5, 2, 0.5}), numbers({1, 1, -1})),
       "f64(3) [0.5, 0, 1.5]");
}

EXAMPLE(kl_divergence) {
  Value p = numbers({0.5, 0.5}, {1, 2});
  Value q = numbers({0.9, 0.1}, {1, 2});
  show(kl_divergence(log(q), p), "f64(1) [0.510826]");
}

EXAMPLE(absolute_error) {
  Value a = numbers({1, 4});
  Value y = numbers({1, 2});
  show(absolute_error(a, y), "f64(2) [0, 2]");
}

EXAMPLE(smooth_l1) {
  Value a = numbers({1, 4});
  Value y = numbers({1, 2});
  show(smooth_l1(a, y, 0.5), "f64(2) [0, 1.75]");
}

EXAMPLE(soft_margin) {
  show(soft_margin(numbers({2, 2}), numbers({1, -1})),
       "f64(2) [0.126928, 2.12693]");
}

EXAMPLE(hinge_embedding) {
  show(hinge_embedding(numbers({0.3, 0.3}), numbers({1, -1})),
       "f64(2) [0.3, 0.7]");
}

EXAMPLE(margin_ranking) {
  show(margin_ranking(numbers({1, 3}), numbers({2, 2}), numbers({1, 1})),
       "f64(2) [1, 0]");
}

EXAMPLE(binary_cross_entropy_of) {
  show(binary_cross_entropy_of(numbers({0.9, 0.2}), numbers({1, 0})),
       "f64(2) [0.105361, 0.223144]");
}

EXAMPLE(focal_cost) {
  Value z = numbers({2, -1});
  Value y = numbers({1, 0});
  show(focal_cost(z, y), "f64(2) [0.00180356, 0.0226581]");
}

EXAMPLE(relative_entropy) {
  show(relative_entropy(log(numbers({0.9, 0.1})), numbers({0.5, 0.5})),
       "f64(2) [-0.293893, 0.804719]");
}

EXAMPLE(relative_entropy_of_logs) {
  Value q = log(numbers({0.9, 0.1}));
  Value p = log(numbers({0.5, 0.5}));
  show(relative_entropy_of_logs(q, p), "f64(2) [-0.293893, 0.804719]");
}

EXAMPLE(poisson_cost) {
  show(poisson_cost(numbers({0, 1}), numbers({1, 3})), "f64(2) [1, -0.281718]");
  show(poisson_cost(numbers({1, 3}), numbers({1, 3}), {.of_log = false}),
       "f64(2) [1, -0.295837]");
}

EXAMPLE(gaussian_cost) {
  show(gaussian_cost(numbers({0, 1}), numbers({0, 3}), numbers({1, 4})),
       "f64(2) [0, 1.19315]");
}

EXAMPLE(multilabel_soft_margin) {
  Value z = numbers({2, -1}, {1, 2});
  Value y = numbers({1, 0}, {1, 2});
  show(multilabel_soft_margin(z, y), "f64(1) [0.220095]");
}

EXAMPLE(softmax_focal_cost) {
  Value logits = numbers({2, 0, 0, 0, 0, 3}, {2, 3});
  Value labels = integers({0, 1});
  show(softmax_focal_cost(logits, labels), "f64(2) [0.0108693, 2.821]");
}

EXAMPLE(cosine_similarity) {
  Value a = numbers({1, 0, 3, 4}, {2, 2});
  Value b = numbers({0, 1, 3, 4}, {2, 2});
  show(cosine_similarity(a, b), "f64(2) [0, 1]");
}

EXAMPLE(cosine_cost) {
  Value a = numbers({1, 0, 3, 4}, {2, 2});
  Value b = numbers({0, 1, 3, 4}, {2, 2});
  show(cosine_cost(a, b, numbers({1, -1})), "f64(2) [1, 1]");
}

EXAMPLE(distance) {
  Value a = numbers({1, 0, 3, 4}, {2, 2});
  Value b = numbers({0, 1, 3, 4}, {2, 2});
  show(distance(a, b, 2, 0), "f64(2) [1.41421, 0]");
}

EXAMPLE(triplet_cost) {
  Value anchor = numbers({0, 0}, {1, 2});
  Value near = numbers({0, 1}, {1, 2});
  Value far = numbers({1, 1}, {1, 2});
  show(triplet_cost(anchor, near, far), "f64(1) [0.585787]");
}

EXAMPLE(contrastive_cost) {
  Value a = numbers({1, 0, 3, 4}, {2, 2});
  Value b = numbers({0, 1, 3, 4}, {2, 2});
  show(contrastive_cost(a, b, numbers({1, 0})), "f64(2) [1, 0.499999]");
}

EXAMPLE(multi_margin) {
  Value logits = numbers({2, 1.5, 0}, {1, 3});
  show(multi_margin(logits, integers({0})), "f64(1) [0.166667]");
  show(multi_margin(logits, integers({0}), {.power = 2}), "f64(1) [0.0833333]");
}

EXAMPLE(multilabel_margin) {
  // Classes 2 and 0 hold, class 1 does not.
  Value logits = numbers({0, 0.5, 1}, {1, 3});
  Value labels = reshape(integers({2, 0, -1}), {1, 3});
  show(multilabel_margin(logits, labels), "f64(1) [0.666667]");
}

EXAMPLE(masked) {
  Value costs = numbers({1, 2, 6});
  show(mean(masked(costs, numbers({1, 0, 1}))), "f64() 3.5");
}

EXAMPLE(sequence_mask) {
  show(sequence_mask(integers({1, 3}), 3), "bool(2, 3) [[1, 0, 0], [1, 1, 1]]");
}

EXAMPLE(cross_entropy) {
  show(cross_entropy(numbers({0.9, 0.2}, {1, 2}), numbers({1, 0}, {1, 2})),
       "f64() 0.328504");
}

EXAMPLE(log_likelihood) {
  show(log_likelihood(numbers({0.9, 0.1}, {1, 2}), integers({0})),
       "f64() 0.105361");
}

EXAMPLE(cross_entropy_from_logits) {
  Value z = numbers({1000, -1000}, {1, 2});
  Value y = numbers({0, 0}, {1, 2});
  show(cross_entropy_from_logits(z, y), "f64() 1000");
}

EXAMPLE(log_likelihood_from_logits) {
  Value z = numbers({1000, -1000}, {1, 2});
  show(log_likelihood_from_logits(z, integers({1})), "f64() 2000");
}

EXAMPLE(l2_penalty) {
  dense(range({1, 3}), 2, {.weight = initializers::ones()});
  Value penalty = l2_penalty(g, 0.5, 10, DType::f64);  // 0.5/(2·10) · 6
  show(penalty, "f64() 0.15");
}

EXAMPLE(make_loss) {
  Loss loss = make_loss(numbers({2, -1}, {1, 2}), integers({0}),
                        Cost::log_likelihood, Activation::softmax);
  show(loss.value, "f64() 0.0485874");
  show(loss.output, "f64(1, 2) [[0.952574, 0.0474259]]");
  auto bad = make_loss(numbers({2, -1}, {1, 2}), integers({0}), Cost::quadratic,
                       Activation::sigmoid);
  show(bad.warnings.at(0).subject, "quadratic cost on sigmoid");
}

EXAMPLE(one_of_n) {
  show(one_of_n(Tensor::from({2, 1}, {2}), 3, 1),
       "f32(2, 3) [[0, 1, 0], [1, 0, 0]]");
}

EXAMPLE(ctc_cost) {
  Value log_p = log_softmax(range({1, 4, 3}));
  Value labels = integers({1, 2}, {1, 2});
  show(ctc_cost(log_p, labels, integers({4}), integers({2})),
       "f64(1) [1.67368]");
  Value cost = sum(ctc_cost(log_p, labels, integers({4}), integers({2})));
  show(hvp(cost, {log_p}, {log_p}).at(0).shape(), "(1, 4, 3)");
}

}  // namespace snippets
