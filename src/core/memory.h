#pragma once

#include <cstddef>
#include <memory>

#include "weft/dtype.h"
#include "weft/shape.h"

namespace weft {

/// Memory for the elements of a tensor, 64-byte aligned, its content undefined.
/// Throws Error if there is not enough.
std::shared_ptr<void> allocate_elements(const Type& type, std::size_t bytes);

}  // namespace weft
