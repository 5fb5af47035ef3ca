#pragma once

#include <cmath>

#include "weft/weft.h"

/// Two noisy rings around the origin: not separable by a line.
inline weft::data::Dataset rings(std::int64_t n, std::uint64_t seed) {
  using namespace weft;
  data::Dataset d;
  d.row = {2};
  d.inputs = Tensor(DType::f32, {Dim(n), 2});
  d.targets = Tensor(DType::i32, {Dim(n)});
  d.class_names = {"inner", "outer"};
  RandomSequence draws(Philox({seed}, 0, 0));
  for (std::int64_t i = 0; i < n; ++i) {
    const auto label = static_cast<std::int32_t>(draws.below(2));
    const double angle = 6.283 * draws.uniform();
    const double radius = 1 + label + 0.1 * draws.normal();
    d.inputs.data<float>()[2 * i] =
        static_cast<float>(radius * std::cos(angle));
    d.inputs.data<float>()[2 * i + 1] =
        static_cast<float>(radius * std::sin(angle));
    d.targets.data<std::int32_t>()[i] = label;
  }
  return d;
}

inline weft::Network rings_network(weft::Graph& g, weft::Mode mode) {
  using namespace weft;
  Network n;
  n.input = g.input("x", {kBatch, 2});
  n.target = g.input("y", {kBatch}, DType::i32);
  Value h = tanh(dense(n.input, 24, {.name = "fc1"}));
  h = dropout(h, 0.05, mode);
  n.output = dense(h, 2, {.name = "out"});
  n.loss = mean(softmax_cross_entropy(n.output, n.target));
  return n;
}
