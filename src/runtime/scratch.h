#pragma once

#include <cstddef>

namespace weft::runtime {

/// Memory of at least `bytes`, 64-byte aligned, of the calling thread. The next
/// call may return the same memory. It grows to the largest size asked for, so
/// a steady state does not allocate.
void* thread_scratch(std::size_t bytes);

/// The same, another piece of memory: for blocks of matrices.
void* block_scratch(std::size_t bytes);

}  // namespace weft::runtime
