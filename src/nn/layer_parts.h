#pragma once

// What layers make their parameters with.

#include <string_view>

#include "weft/graph.h"
#include "weft/nn.h"

namespace weft::detail {

/// The size of an axis from which a layer's parameters get theirs; negative
/// axes count from the last. Throws ShapeError unless it is a number.
std::int64_t known_size(const Operand& x, std::int64_t axis,
                        std::string_view layer);

/// Throws ShapeError unless a layer's number of outputs is positive.
void check_width(std::int64_t width, const Operand& x, std::string_view layer);

/// A parameter in the current scope.
Value layer_parameter(std::string_view name, const Shape& shape,
                      const Initializer& init, DType dtype, const Operand& x);

/// How a layer gets its weight.
struct WeightSource {
  std::string_view layer;  ///< for errors
  std::string_view name;
  const Initializer& initializer;
  const TiedWeight& tied;
  const Reparametrise& reparametrise;
};
/// The weight, of that shape, as the layer uses it; in the current scope, at
/// the line of x.
Value layer_weight(const WeightSource& source, const Shape& shape, DType dtype,
                   const Operand& x);

/// A vector along an axis of x, in a shape that broadcasts.
Value along_axis(Value vector, std::int64_t axis, Value x);

}  // namespace weft::detail
