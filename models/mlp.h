#pragma once

#include <string>
#include <vector>

#include "weft/nn.h"

namespace weft::models {

struct MlpOptions {
  std::vector<std::int64_t> hidden = {300, 100};
  std::int64_t classes = 10;
  Activation activation = Activation::relu;
  double dropout = 0;
};

/// A multilayer perceptron: dense layers fc1, fc2, … with an activation and
/// dropout each, then the dense layer out. x (batch, n) → logits
/// (batch, classes).
inline Value mlp(Value x, const MlpOptions& o, Mode mode) {
  int layer = 0;
  for (std::int64_t width : o.hidden) {
    const std::string name = "fc" + std::to_string(++layer);
    x = dense(x, width, {.name = name, .activation = o.activation});
    x = dropout(x, o.dropout, mode);
  }
  return dense(x, o.classes, {.name = "out"});
}

}  // namespace weft::models
