#pragma once

#include <string_view>

#include "weft/shape.h"

namespace weft {

/// The product of the sizes that are known, but for those of 0. Throws
/// ShapeError, naming `op`, if it is above 2^58: strides, which are products of
/// some of them, never overflow.
std::int64_t check_size(const Shape& shape, std::string_view op = {});

}  // namespace weft
