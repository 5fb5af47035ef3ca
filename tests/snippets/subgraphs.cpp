#include "example.h"

// Functions as parts of a graph: subgraph.h.

namespace snippets {

EXAMPLE(checkpoint) {
  Value x = numbers({0, 1});
  Value y = checkpoint([](Value v) { return square(exp(v)); }, x);
  show(gradient(sum(y), x), "f64(2) [2, 14.7781]");
}

EXAMPLE(scan) {
  Value x = numbers({1, 2, 3}, {3, 1});
  auto step = [](const std::vector<Value>& carry,
                 const std::vector<Value>& row) {
    Value sum = carry[0] + row[0];
    return Scanned{{sum}, {sum}};
  };
  Scanned sums = scan(step, {numbers({0})}, {x});
  show(sums.ys[0], "f64(3, 1) [[1], [3], [6]]");
  show(gradient(sum(sums.ys[0]), x), "f64(3, 1) [[3], [2], [1]]");
}

EXAMPLE(cond) {
  Value x = numbers({1, 2});
  auto twice = [](const std::vector<Value>& in) {
    return std::vector{2 * in[0]};
  };
  auto none = [](const std::vector<Value>& in) {
    return std::vector{zeros_like(in[0])};
  };
  show(cond(greater(sum(x), 0), twice, none, {x})[0], "f64(2) [2, 4]");
}

EXAMPLE(custom_vjp) {
  Value x = numbers({1, 4});
  auto root = [](const std::vector<Value>& xs) {
    return std::vector{sqrt(xs[0])};
  };
  auto backward = [](const auto&, const std::vector<Value>& ys,
                     const std::vector<Value>& dys) {
    return std::vector{dys[0] / (2 * ys[0])};
  };
  Value y = custom_vjp(root, backward, {x})[0];
  show(gradient(sum(y), x), "f64(2) [0.5, 0.25]");
}

EXAMPLE(straight_through) {
  Value x = numbers({0.2, 0.7});
  Value y = straight_through([](Value v) { return round(v); }, x);
  show(y, "f64(2) [0, 1]");
  show(gradient(sum(y), x), "f64(2) [1, 1]");
}

EXAMPLE(reverse_gradient) {
  Value x = numbers({1, 2});
  show(gradient(sum(reverse_gradient(x, 0.1)), x), "f64(2) [-0.1, -0.1]");
}

}  // namespace snippets
