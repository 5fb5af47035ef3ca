#include <atomic>
#include <cstdlib>
#include <new>

#include "catch.h"
#include "weft/weft.h"

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

TEST_CASE("a steady-state step does not touch the heap") {
  Graph g;
  const Value x = g.input("x", {kBatch, 30});
  const Value y = g.input("y", {kBatch}, DType::i32);
  const Value h = dropout(relu(dense(x, 40, {.name = "a"})), 0.1);
  const Value loss = mean(softmax_cross_entropy(dense(h, 7, {.name = "b"}), y));
  const auto step = minimize(loss, Adam{});
  const Program p = compile(g, {.outputs = {loss}, .updates = step.updates});
  State s = initialize(g, {1});
  Executor run({.threads = 1});
  const Feed feeds[] = {{x, Tensor(DType::f32, {16, 30})},
                        {y, Tensor(DType::i32, {16})}};
  std::vector<Tensor> out(1);
  for (int i = 0; i < 3; ++i) run.run(p, s, feeds, out);
  counting = true;
  for (int i = 0; i < 100; ++i) run.run(p, s, feeds, out);
  counting = false;
  CHECK(allocations == 0);
  CHECK(std::isfinite(out[0].item()));
}
