#pragma once

// All of Weft's public interface.

#include "weft/autodiff.h"
#include "weft/error.h"
#include "weft/graph.h"
#include "weft/ops.h"
#include "weft/program.h"
#include "weft/registry.h"
#include "weft/tensor.h"
