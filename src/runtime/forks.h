#pragma once

// The child of a fork has none of its parent's threads.

namespace weft::runtime {

/// Notes that this process has threads from now on.
void note_threads();

/// How often threads were lost on the way from this process's ancestors.
int lost_threads();

}  // namespace weft::runtime
