#include <atomic>
#include <cstdlib>
#include <new>

#include "catch.h"
#include "data/files.h"

using namespace weft;

namespace {

std::atomic<bool> counting{false};
std::atomic<long> allocations{0};

void* counted(std::size_t size, std::size_t alignment) {
  if (counting) ++allocations;
  void* p = nullptr;
  if (posix_memalign(&p, alignment < 16 ? 16 : alignment, size ? size : 1)) {
    throw std::bad_alloc();
  }
  return p;
}

}  // namespace

void* operator new(std::size_t n) { return counted(n, 16); }
void* operator new(std::size_t n, std::align_val_t a) {
  return counted(n, static_cast<std::size_t>(a));
}
void* operator new(std::size_t n, const std::nothrow_t&) noexcept {
  return counted(n, 16);
}
void* operator new(std::size_t n, std::align_val_t a,
                   const std::nothrow_t&) noexcept {
  return counted(n, static_cast<std::size_t>(a));
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept {
  std::free(p);
}

TEST_CASE("a loader takes no memory after its first epoch") {
  const data::Dataset d = numbers(103);
  for (bool prefetch : {false, true}) {
    data::Loader loader(d, {.batch_size = 10, .prefetch = prefetch});
    Tensor x, y;
    auto epoch = [&](std::uint64_t number) {
      loader.seek(number);
      while (loader.next(x, y)) continue;
    };
    epoch(0);
    allocations = 0;
    counting = true;
    for (std::uint64_t i = 1; i < 20; ++i) epoch(i);
    counting = false;
    CHECK(allocations == 0);
    counting = true;
    const Tensor seen(DType::f32, {64});  // the counter does count
    counting = false;
    CHECK(allocations > 0);
  }
}
