#pragma once

#include <string>
#include <vector>

#include "weft/nn.h"

namespace weft::models {

struct MlpOptions {
  std::vector<std::int64_t> hidden = {300, 100};
  std::int64_t classes = 10;
  std::string activation = "relu";
  double dropout = 0;
};

/// A multilayer perceptron: dense layers fc1, fc2, … with an activation and
/// dropout each, then the dense layer out. x (batch, n) → logits
/// (batch, classes).
inline Value mlp(Value x, const MlpOptions& o, Mode mode) {
  int layer = 0;
  for (std::int64_t width : o.hidden) {
    x = dense(x, width, {.name = "fc" + std::to_string(++layer)});
    x = dropout(activation(x, o.activation), o.dropout, mode);
  }
  return dense(x, o.classes, {.name = "out"});
}

}  // namespace weft::models
