#pragma once

#include "src/runtime/instance.h"
#include "src/runtime/team.h"

namespace weft::runtime {

/// Runs all steps on the calling thread.
void run_serial(const Instance& instance, Context context);

/// Runs all steps on the threads of a team: a step is ready when its
/// predecessors are done, its parts are handed out one by one, and the thread
/// that makes steps ready goes on with the one on the longest path.
void run_parallel(Instance& instance, const Context& context, Team& team);

}  // namespace weft::runtime
