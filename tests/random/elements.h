#pragma once

#include <string_view>
#include <vector>

#include "weft/op.h"

namespace random_graphs {

/// Wide enough for every i64, and for what overflows or vanishes in f64.
using Number = long double;

/// One element of an elementwise op's result from one element of each input,
/// as the formula has it.
using ElementFn = Number (*)(const std::vector<Number>& in,
                             const std::vector<weft::Attribute>& attributes);
/// Null for ops that are not written down here.
ElementFn element_function(std::string_view op);

}  // namespace random_graphs
