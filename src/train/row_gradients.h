#pragma once

#include <vector>

#include "weft/graph.h"
#include "weft/rows.h"

namespace weft {

/// How a step gets the gradient of one parameter.
struct ParameterGradient {
  Value values;  ///< of the parameter's shape, or that of its touched rows
  Value rows;    ///< their numbers, as sum_by_index makes them; empty: all
  /// The gradient of the parameter's shape.
  Value dense;
};

/// Gradients of the scalar loss, by rows for the parameters that the loss reads
/// through lookups alone.
std::vector<ParameterGradient> parameter_gradients(
    Value loss, const std::vector<Value>& parameters, const Source& at);

}  // namespace weft
