#pragma once

#include "weft/models/mlp.h"

namespace weft::models {

/// Logistic regression: one dense layer. x (batch, n) → logits
/// (batch, classes).
inline Value logistic(Value x, std::int64_t classes) {
  return dense(x, classes, {.name = "out"});
}

}  // namespace weft::models
