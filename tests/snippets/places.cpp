
#include "example.h"

// Indices, order, places: indexing.h, places.h.

namespace snippets {

EXAMPLE(take_along) {
  Value x = numbers({1, 2, 3, 4, 5, 6}, {2, 3});
  show(take_along(x, integers({2, 0}, {2, 1}), 1), "f64(2, 1) [[3], [4]]");
}

EXAMPLE(add_along) {
  Value x = numbers({1, 2, 3});
  show(add_along(x, integers({0, 0}), numbers({10, 20}), 0),
       "f64(3) [31, 2, 3]");
}

EXAMPLE(put_along) {
  Value x = numbers({1, 2, 3});
  show(put_along(x, integers({2, 0}), numbers({30, 10}), 0),
       "f64(3) [10, 2, 30]");
}

EXAMPLE(take_at) {
  Value x = numbers({1, 2, 3, 4, 5, 6}, {2, 3});
  show(take_at(x, {integers({0, 1}), integers({2, -3})}), "f64(2) [3, 4]");
}

EXAMPLE(add_at) {
  Value x = numbers({1, 2, 3, 4, 5, 6}, {2, 3});
  show(add_at(x, {integers({0, 0}), integers({2, 2})}, numbers({10, 20})),
       "f64(2, 3) [[1, 2, 33], [4, 5, 6]]");
}

EXAMPLE(put_at) {
  Value x = numbers({1, 2, 3, 4, 5, 6}, {2, 3});
  show(put_at(x, {integers({1})}, numbers({7, 8, 9}, {1, 3})),
       "f64(2, 3) [[1, 2, 3], [7, 8, 9]]");
}

EXAMPLE(masked_select) {
  Value x = numbers({3, -1, 4, -1, 5});
  Selected s = masked_select(x, greater(x, 0), 4);
  show(s.values, "f64(4) [3, 4, 5, 0]");
  show(s.indices, "i32(4) [0, 2, 4, -1]");
  show(s.count, "i32() 3");
}

EXAMPLE(reduce_along) {
  Value x = numbers({1, 2, 3}), at = integers({0, 0, 2});
  Value values = numbers({5, 9, 1});
  show(reduce_along(x, at, values, 0, Reduce::max), "f64(3) [9, 2, 3]");
  show(reduce_along(x, at, values, 0, Reduce::mean), "f64(3) [5, 2, 2]");
  show(reduce_along(x, at, values, 0, Reduce::mean, false), "f64(3) [7, 2, 1]");
}

EXAMPLE(segment_sum) {
  Value x = numbers({1, 2, 3, 4});
  show(segment_sum(x, integers({2, 0, 2, 0}), 3), "f64(3) [6, 0, 4]");
}

EXAMPLE(segment_mean) {
  Value x = numbers({1, 2, 3, 4});
  show(segment_mean(x, integers({2, 0, 2, 0}), 3), "f64(3) [3, 0, 2]");
}

EXAMPLE(segment_max) {
  Value x = numbers({1, 2, 3, 4});
  show(segment_max(x, integers({1, 0, 1, 0}), 2), "f64(2) [4, 3]");
}

EXAMPLE(segment_min) {
  Value x = numbers({1, 2, 3, 4});
  show(segment_min(x, integers({1, 0, 1, 0}), 2), "f64(2) [2, 1]");
}

EXAMPLE(select) {
  Value x = numbers({1, 2, 3, 4, 5, 6}, {2, 3});
  show(select(x, 1, 2), "f64(2) [3, 6]");
}

EXAMPLE(argsort) { show(argsort(numbers({3, 1, 2})), "i32(3) [1, 2, 0]"); }

EXAMPLE(sort) {
  Sorted s = sort(numbers({3, 1, 2}), 0, true);
  show(s.values, "f64(3) [3, 2, 1]");
  show(s.indices, "i32(3) [0, 2, 1]");
}

EXAMPLE(top_k) {
  Sorted best = top_k(numbers({3, 9, 1, 7}), 2);
  show(best.values, "f64(2) [9, 7]");
  show(best.indices, "i32(2) [1, 3]");
}

EXAMPLE(max_along) {
  Value x = numbers({1, 2, 3, 4, 5, 6}, {2, 3});
  Sorted m = max_along(x, 1);
  show(m.values, "f64(2) [3, 6]");
  show(m.indices, "i32(2) [2, 2]");
}

EXAMPLE(min_along) {
  Value x = numbers({1, 2, 3, 4, 5, 6}, {2, 3});
  Sorted m = min_along(x, 0);
  show(m.values, "f64(3) [1, 2, 3]");
  show(m.indices, "i32(3) [0, 0, 0]");
}

EXAMPLE(median) {
  Sorted m = median(numbers({5, 1, 4, 2}));
  show(m.values, "f64() 2");
  show(m.indices, "i32() 3");
}

EXAMPLE(mode) {
  Sorted m = mode(numbers({3, 1, 2, 3, 2}));
  show(m.values, "f64() 2");
  show(m.indices, "i32() 4");
}

EXAMPLE(searchsorted) {
  Value borders = numbers({0, 10, 20});
  Value x = numbers({-5, 10, 12, 99});
  show(searchsorted(borders, x), "i32(4) [0, 1, 2, 3]");
  show(searchsorted(borders, x, true), "i32(4) [0, 2, 2, 3]");
}

EXAMPLE(roll) {
  show(roll(numbers({1, 2, 3, 4}), {1}, {0}), "f64(4) [4, 1, 2, 3]");
}

EXAMPLE(repeat) { show(repeat(numbers({1, 2}), 2, 0), "f64(4) [1, 1, 2, 2]"); }

EXAMPLE(tile) { show(tile(numbers({1, 2}), {2}), "f64(4) [1, 2, 1, 2]"); }

EXAMPLE(tril) {
  show(tril(ones_like(range({3, 3}))),
       "f64(3, 3) [[1, 0, 0], [1, 1, 0], [1, 1, 1]]");
}

EXAMPLE(triu) {
  show(triu(ones_like(range({3, 3})), 1),
       "f64(3, 3) [[0, 1, 1], [0, 0, 1], [0, 0, 0]]");
}

EXAMPLE(diagonal) {
  show(diagonal(numbers({1, 2, 3, 4}, {2, 2})), "f64(2) [1, 4]");
}

EXAMPLE(diag_embed) {
  show(diag_embed(numbers({1, 2})), "f64(2, 2) [[1, 0], [0, 2]]");
}

EXAMPLE(trace) { show(trace(numbers({1, 2, 3, 4}, {2, 2})), "f64() 5"); }

}  // namespace snippets
