// Replaces the program's operator new by one that counts bytes.
#include "live_bytes.h"

#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::size_t> live{0}, most{0};

void* taken(std::size_t size, std::size_t alignment) noexcept {
  void* p = nullptr;
  if (posix_memalign(&p, alignment < 16 ? 16 : alignment, size ? size : 1)) {
    return nullptr;
  }
  const std::size_t now = live += ::malloc_usable_size(p);
  std::size_t known = most;
  while (known < now && !most.compare_exchange_weak(known, now)) {
  }
  return p;
}

void* required(void* p) {
  if (!p) throw std::bad_alloc();
  return p;
}

void given_back(void* p) noexcept {
  live -= ::malloc_usable_size(p);
  std::free(p);
}

}  // namespace

void* operator new(std::size_t n) { return required(taken(n, 16)); }
void* operator new(std::size_t n, std::align_val_t a) {
  return required(taken(n, static_cast<std::size_t>(a)));
}
void* operator new(std::size_t n, const std::nothrow_t&) noexcept {
  return taken(n, 16);
}
void* operator new(std::size_t n, std::align_val_t a,
                   const std::nothrow_t&) noexcept {
  return taken(n, static_cast<std::size_t>(a));
}
void operator delete(void* p) noexcept { given_back(p); }
void operator delete(void* p, std::size_t) noexcept { given_back(p); }
void operator delete(void* p, std::align_val_t) noexcept { given_back(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept {
  given_back(p);
}

namespace weft::fuzz {

LiveBytes::LiveBytes() : begin_(live) { most = begin_; }

std::size_t LiveBytes::peak() const { return most - begin_; }

}  // namespace weft::fuzz
