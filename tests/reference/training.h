#pragma once

#include <string>

#include "cases.h"

namespace reference {

/// What differs between a training run here and the reference's, by losses and
/// final weights to `tolerance`·(1 + |expected|): nothing, or in words. Throws
/// for an optimiser or a model that is not known.
std::string check_training(const Training& t, double tolerance);

}  // namespace reference
