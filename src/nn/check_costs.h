#pragma once

#include <string>
#include <string_view>

#include "weft/error.h"
#include "weft/value.h"

namespace weft::detail {

/// A prediction and its target must agree: broadcasting here hides mistakes.
inline void check_same(const Operand& a, const Operand& y,
                       std::string_view cost) {
  if (a.value.shape() == y.value.shape()) return;
  throw ShapeError("[" + std::string(cost) + "] the prediction is " +
                   to_string(a.value.shape()) + ", the target " +
                   to_string(y.value.shape()) + "; did you mean one_hot?" +
                   at_line(a.at));
}

/// Labels are class numbers, one for each row of x.
void check_labels(const Operand& x, const Operand& labels,
                  std::string_view cost);

}  // namespace weft::detail
