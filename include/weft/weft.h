#pragma once

// All of Weft's public interface.

#include "weft/autodiff.h"
#include "weft/data.h"
#include "weft/doctor.h"
#include "weft/ensemble.h"
#include "weft/error.h"
#include "weft/graph.h"
#include "weft/initializers.h"
#include "weft/io.h"
#include "weft/log.h"
#include "weft/nn.h"
#include "weft/ops.h"
#include "weft/optimizers.h"
#include "weft/profile.h"
#include "weft/program.h"
#include "weft/registry.h"
#include "weft/report.h"
#include "weft/sweep.h"
#include "weft/tensor.h"
#include "weft/train.h"
#include "weft/train_many.h"
