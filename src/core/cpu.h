#pragma once

namespace weft {

/// Throws Error if this processor lacks an instruction set that the kernels
/// were compiled for, and names it. Called before the first kernel can run:
/// where a graph is made, and where the registry is.
void require_cpu();

namespace detail {

/// Instruction sets by bit, in the order of `kFeatureNames` in cpu.cpp.
extern const unsigned kKernelFeatures;
/// The name of the first set of `needed` that is not in `present`; null if
/// there is none.
const char* missing_feature(unsigned needed, unsigned present);
/// The sets that this processor and its operating system have.
unsigned processor_features();

}  // namespace detail
}  // namespace weft
