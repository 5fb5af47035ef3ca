#include "example.h"

// Convolutions, pooling, resizing, normalisation: spatial.h.

namespace snippets {

EXAMPLE(conv) {
  Value image = range({1, 3, 8, 8});
  Value w = range({16, 3, 3, 3});
  show(conv(image, w).shape(), "(1, 16, 6, 6)");
  show(conv(image, w, {.stride = {2}, .same = true}).shape(), "(1, 16, 4, 4)");
  show(conv(numbers({1, 2, 3}, {1, 1, 3}), numbers({1, -1}, {1, 1, 2})),
       "f64(1, 1, 2) [[[-1, -1]]]");
  show(gradient(sum(conv(image, w)), w).shape(), "(16, 3, 3, 3)");
}

EXAMPLE(conv_transpose) {
  Value x = numbers({1, 2}, {1, 1, 2});
  Value w = numbers({1, 10}, {1, 1, 2});
  show(conv_transpose(x, w, {.stride = {2}}),
       "f64(1, 1, 4) [[[1, 10, 2, 20]]]");
}

EXAMPLE(max_pool) {
  Sorted m = max_pool(numbers({1, 5, 2, 3}, {1, 1, 4}), {2});
  show(m.values, "f64(1, 1, 2) [[[5, 3]]]");
  show(m.indices, "i32(1, 1, 2) [[[1, 3]]]");
}

EXAMPLE(avg_pool) {
  show(avg_pool(numbers({1, 5, 2, 4}, {1, 1, 4}), {2}),
       "f64(1, 1, 2) [[[3, 3]]]");
  Value x = numbers({1, 5, 2, 4}, {1, 1, 4});
  show(gradient(sum(avg_pool(x, {2})), x),
       "f64(1, 1, 4) [[[0.5, 0.5, 0.5, 0.5]]]");
}

EXAMPLE(sum_pool) {
  show(sum_pool(numbers({1, 5, 2, 4}, {1, 1, 4}), {2}, {.stride = {1}}),
       "f64(1, 1, 3) [[[6, 7, 6]]]");
}

EXAMPLE(lp_pool) {
  show(lp_pool(numbers({3, 4, 0, 1}, {1, 1, 4}), 2, {2}),
       "f64(1, 1, 2) [[[5, 1]]]");
}

EXAMPLE(adaptive_avg_pool) {
  show(adaptive_avg_pool(numbers({1, 2, 3, 4, 5}, {1, 1, 5}), {2}),
       "f64(1, 1, 2) [[[2, 4]]]");
}

EXAMPLE(adaptive_max_pool) {
  show(adaptive_max_pool(numbers({1, 2, 3, 4, 5}, {1, 1, 5}), {2}).values,
       "f64(1, 1, 2) [[[3, 5]]]");
}

EXAMPLE(unfold) {
  show(unfold(numbers({1, 2, 3}, {1, 1, 3}), {2}),
       "f64(1, 2, 2) [[[1, 2], [2, 3]]]");
}

EXAMPLE(fold) {
  Value columns = ones_like(range({1, 2, 2}));
  show(fold(columns, {3}, {2}), "f64(1, 1, 3) [[[1, 2, 1]]]");
}

EXAMPLE(resize) {
  Value x = numbers({0, 4}, {1, 1, 2});
  show(resize(x, {4}, Resize::nearest), "f64(1, 1, 4) [[[0, 0, 4, 4]]]");
  show(resize(x, {4}, Resize::linear), "f64(1, 1, 4) [[[0, 1, 3, 4]]]");
  show(resize(x, {3}, Resize::linear, true), "f64(1, 1, 3) [[[0, 2, 4]]]");
}

EXAMPLE(pixel_shuffle) {
  show(pixel_shuffle(range({1, 12, 2, 2}), 2).shape(), "(1, 3, 4, 4)");
}

EXAMPLE(pixel_unshuffle) {
  show(pixel_unshuffle(range({1, 3, 4, 4}), 2).shape(), "(1, 12, 2, 2)");
}

EXAMPLE(grid_sample) {
  Value x = numbers({0, 4, 8, 12}, {1, 1, 2, 2});
  Value places = numbers({0, 0, -0.5, 0.5}, {1, 1, 2, 2});
  show(grid_sample(x, places), "f64(1, 1, 1, 2) [[[[6, 8]]]]");
}

EXAMPLE(affine_grid) {
  Value same = numbers({1, 0, 0, 0, 1, 0}, {1, 2, 3});
  show(affine_grid(same, 1, 2), "f64(1, 1, 2, 2) [[[[-0.5, 0], [0.5, 0]]]]");
}

EXAMPLE(standardize) {
  show(standardize(numbers({1, 2, 3}), {0}), "f64(3) [-1.22474, 0, 1.22474]");
}

EXAMPLE(group_standardize) {
  show(group_standardize(range({2, 6, 4, 4}), 3).shape(), "(2, 6, 4, 4)");
}

EXAMPLE(rms_normalize) {
  show(rms_normalize(numbers({3, 4})), "f64(2) [0.848528, 1.13137]");
}

EXAMPLE(local_response) {
  show(local_response(numbers({1, 2, 3}, {1, 3, 1}), 3, 1, 1),
       "f64(1, 3, 1) [[[0.375], [0.352941], [0.5625]]]");
}

}  // namespace snippets
