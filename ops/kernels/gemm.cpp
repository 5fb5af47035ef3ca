#include "ops/kernels/gemm.h"

#include <atomic>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>

#include "ops/kernels/gemm_sets.h"

namespace weft {
namespace {

struct NamedSets {
  const char* name;
  GemmSets sets;
};

bool processor_has([[maybe_unused]] const char* name) {
#if defined(__x86_64__) || defined(__i386__)
  if (std::strcmp(name, "avx512") == 0) {
    return __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512cd") &&
           __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl");
  }
  if (std::strcmp(name, "avx2") == 0) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  }
#endif
  return true;
}

// Best first; the last one runs everywhere.
const NamedSets (&all_sets())[3] {
  static const NamedSets sets[] = {{"avx512", gemm_avx512()},
                                   {"avx2", gemm_avx2()},
                                   {"baseline", gemm_baseline()}};
  return sets;
}

bool usable(const NamedSets& s) {
  return s.sets.f32.gemm != nullptr && processor_has(s.name);
}

std::atomic<const NamedSets*> chosen = nullptr;

const NamedSets& current() {
  const NamedSets* now = chosen.load(std::memory_order_acquire);
  if (now != nullptr) return *now;
  for (const NamedSets& s : all_sets()) {
    if (!usable(s)) continue;
    chosen.compare_exchange_strong(now, &s, std::memory_order_acq_rel);
    break;
  }
  return *chosen.load(std::memory_order_acquire);
}

template <class T>
const GemmSet<T>& current_set() {
  if constexpr (std::is_same_v<T, float>) {
    return current().sets.f32;
  } else {
    return current().sets.f64;
  }
}

struct AlignedDelete {
  void operator()(void* p) const {
    ::operator delete (p, std::align_val_t{64});
  }
};

}  // namespace

void* gemm_scratch() {
  thread_local const std::unique_ptr<void, AlignedDelete> memory(
      ::operator new (gemm_scratch_bytes, std::align_val_t{64}));
  return memory.get();
}

template <class T>
void gemm(const GemmArgs<T>& args) {
  current_set<T>().gemm(args);
}

template <class T>
std::size_t packed_b_size(std::int64_t k, std::int64_t n) {
  const std::int64_t lanes = current_set<T>().lanes;
  return static_cast<std::size_t>(k * ((n + lanes - 1) / lanes * lanes));
}

template <class T>
void pack_b(bool trans_b, std::int64_t k, std::int64_t n, const T* b,
            std::int64_t ldb, T* packed) {
  current_set<T>().pack_b(trans_b, k, n, b, ldb, packed);
}

const char* gemm_instruction_set() { return current().name; }

bool use_gemm_instruction_set(const char* name) {
  for (const NamedSets& s : all_sets()) {
    if (std::strcmp(s.name, name) == 0 && usable(s)) {
      chosen.store(&s, std::memory_order_release);
      return true;
    }
  }
  return false;
}

template void gemm<float>(const GemmArgs<float>&);
template void gemm<double>(const GemmArgs<double>&);
template std::size_t packed_b_size<float>(std::int64_t, std::int64_t);
template std::size_t packed_b_size<double>(std::int64_t, std::int64_t);
template void pack_b<float>(bool, std::int64_t, std::int64_t, const float*,
                            std::int64_t, float*);
template void pack_b<double>(bool, std::int64_t, std::int64_t, const double*,
                             std::int64_t, double*);

}  // namespace weft
