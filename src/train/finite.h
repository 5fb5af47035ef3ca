#pragma once

#include <string>

#include "weft/program.h"

namespace weft {

/// The path of the first entry with a value that is NaN or infinite; null if
/// all are finite.
const std::string* find_not_finite(const State& state);

}  // namespace weft
