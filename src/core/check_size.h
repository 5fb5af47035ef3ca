#pragma once

#include <string_view>

#include "weft/shape.h"

namespace weft {

/// Throws ShapeError, naming `op`, if the sizes that are known, but for those
/// of 0, have a product above 2^58: strides, which are products of them, never
/// overflow.
void check_size(const Shape& shape, std::string_view op = {});

}  // namespace weft
