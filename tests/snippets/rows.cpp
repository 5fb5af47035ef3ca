#include "example.h"

// Rows of tables by number: rows.h.

namespace snippets {

EXAMPLE(lookup) {
  Value users = g.input("users", {kBatch}, DType::i32);
  Value table = g.parameter("users/bias", {1000000, 1},
                            initializers::zeros()({1000000, 1}, DType::f32));
  Value bias = lookup(table, users);
  show(bias.shape(), "(batch, 1)");
  // Reads and writes the rows of the batch alone.
  Minimization step = minimize(mean(square(bias - 1)), Adam{});
  Program p = compile(g, {.updates = step.updates});
  State state = initialize(g);
  Executor run;
  run(p, state, {{users, Tensor::from<std::int32_t>({7, 999999, 7}, {3})}});
  show(state.at("users/bias").at(7) > 0 ? "learnt" : "not", "learnt");
}

EXAMPLE(embedding_bag) {
  Value table = numbers({0, 0, 1, 10, 3, 30}, {3, 2});
  // A bag of two rows and one of a single row, filled up.
  Value bags = integers({1, 2, 2, 0}, {2, 2});
  BagOptions options{.how = Bag::mean, .padding = 0};
  show(embedding_bag(table, bags, options), "f64(2, 2) [[2, 20], [3, 30]]");
}

EXAMPLE(take_rows) {
  Value x = numbers({1, 2, 3, 4, 5, 6}, {3, 2});
  show(take_rows(x, integers({2, -1, 0})),
       "f64(3, 2) [[5, 6], [0, 0], [1, 2]]");
}

EXAMPLE(put_rows) {
  Value x = numbers({1, 2, 3, 4, 5, 6}, {3, 2});
  show(put_rows(x, integers({2, -1}), numbers({7, 8, 9, 9}, {2, 2})),
       "f64(3, 2) [[1, 2], [3, 4], [7, 8]]");
}

EXAMPLE(sum_by_index) {
  IndexSums s =
      sum_by_index(numbers({1, 10, 100, 1000}), integers({5, 2, 5, 9}), 6);
  show(s.indices, "i32(4) [2, 5, -1, -1]");
  show(s.sums, "f64(4) [10, 101, 0, 0]");
}

}  // namespace snippets
