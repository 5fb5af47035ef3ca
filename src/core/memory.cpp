#include "src/core/memory.h"

#include <sys/mman.h>

#include <cstdint>
#include <new>
#include <string>

#include "weft/error.h"

namespace weft {

namespace {

/// Asks for large pages where a whole one fits: they are made by fewer faults.
void prefer_large_pages(void* p, std::size_t bytes) {
#ifdef MADV_HUGEPAGE
  constexpr std::uintptr_t kPage = std::uintptr_t{2} << 20;
  const auto begin =
      (reinterpret_cast<std::uintptr_t>(p) + kPage - 1) & ~(kPage - 1);
  const auto end = (reinterpret_cast<std::uintptr_t>(p) + bytes) & ~(kPage - 1);
  if (end <= begin) return;
  // Without them all is slower, and right.
  (void)::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
#endif
}

}  // namespace

std::shared_ptr<void> allocate_elements(const Type& type, std::size_t bytes) {
  constexpr std::size_t kAlignment = 64;
  // Empty tensors need no memory, and default ones should cost nothing.
  alignas(kAlignment) static unsigned char nothing[kAlignment];
  if (bytes == 0) return {std::shared_ptr<void>(), nothing};
  const std::size_t padded = (bytes + kAlignment - 1) / kAlignment * kAlignment;
  void* p = ::operator new (padded, std::align_val_t{kAlignment}, std::nothrow);
  if (!p) {
    throw Error("[tensor] out of memory: " + to_string(type) + " needs " +
                std::to_string(bytes) + " bytes");
  }
  prefer_large_pages(p, padded);
  return {p,
          [](void* q) { ::operator delete (q, std::align_val_t{kAlignment}); }};
}

}  // namespace weft
