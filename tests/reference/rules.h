#pragma once

// The optimisers of training runs.

#include "cases.h"
#include "weft/optimizers.h"

namespace reference {

/// An option of the optimiser, or what it is when it is not given.
double number(const Training& t, const char* name, double otherwise);
/// Whether an option is given and not false.
bool is_set(const Training& t, const char* name);

/// The optimiser of a run; throws where its name or an option is unknown.
weft::Optimizer optimizer_of(const Training& t);

}  // namespace reference
