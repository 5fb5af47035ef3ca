#include "src/runtime/scratch.h"

#include <memory>
#include <new>

namespace weft::runtime {

namespace {

struct Free {
  void operator()(void* p) const {
    ::operator delete (p, std::align_val_t{64});
  }
};

}  // namespace

void* thread_scratch(std::size_t bytes) {
  thread_local std::unique_ptr<void, Free> memory;
  thread_local std::size_t size = 0;
  if (bytes > size || !memory) {
    size = bytes < 64 * 1024 ? 64 * 1024 : bytes;
    memory.reset(::operator new (size, std::align_val_t{64}));
  }
  return memory.get();
}

}  // namespace weft::runtime
