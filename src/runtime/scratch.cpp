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

/// Memory that grows to what was asked for.
class Area {
 public:
  void* of(std::size_t bytes) {
    if (bytes > size_ || !memory_) {
      size_ = bytes < 64 * 1024 ? 64 * 1024 : bytes;
      memory_.reset(::operator new (size_, std::align_val_t{64}));
    }
    return memory_.get();
  }

 private:
  std::unique_ptr<void, Free> memory_;
  std::size_t size_ = 0;
};

}  // namespace

void* thread_scratch(std::size_t bytes) {
  thread_local Area area;
  return area.of(bytes);
}

void* block_scratch(std::size_t bytes) {
  thread_local Area area;
  return area.of(bytes);
}

}  // namespace weft::runtime
