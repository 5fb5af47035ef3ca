#pragma once

#include <string>
#include <utility>
#include <vector>

#include "weft/tensor.h"

namespace weft {

/// Tensors with their names, as files of weights hold them.
using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

}  // namespace weft
