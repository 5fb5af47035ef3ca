#pragma once

// Kernels that have nothing to write are not run: an array without elements may
// have axes of any size, through which loops would go.

#include <algorithm>
#include <span>

#include "weft/op.h"

namespace weft::runtime {

/// True unless the op has results, or looks for what is wrong.
inline bool makes_nothing(const Op& op, std::span<const Type> outputs) {
  return !op.traits().throws && !outputs.empty() &&
         std::all_of(outputs.begin(), outputs.end(),
                     [](const Type& t) { return t.shape.elements() == 0; });
}

/// Such an op's kernel.
inline void make_nothing(const void*, const Context&, const Buffer*,
                         std::size_t, const Buffer*, std::size_t) {}

}  // namespace weft::runtime
