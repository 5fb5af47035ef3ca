#include <algorithm>

#include "weft/random.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace weft {

namespace {

using Words = std::array<std::uint32_t, 2>;
constexpr std::uint32_t kFactor[] = {0xD2511F53U, 0xCD9E8D57U};
constexpr std::uint32_t kStep[] = {0x9E3779B9U, 0xBB67AE85U};
constexpr std::size_t kLanes = 16;  // blocks at once: loops that vectorise

/// Blocks first, first + apart, …, 16 of them.
void draw_plain(Words key, Words high, std::uint64_t first, std::uint64_t apart,
                std::uint32_t* words) {
  std::uint64_t c[4][kLanes];  // words, in the lower half
  for (std::size_t l = 0; l < kLanes; ++l) {
    c[0][l] = (first + l * apart) & 0xffffffffU;
    c[1][l] = (first + l * apart) >> 32;
    c[2][l] = high[0];
    c[3][l] = high[1];
  }
  std::uint64_t k0 = key[0], k1 = key[1];
  for (int round = 0; round < 10; ++round) {
    for (std::size_t l = 0; l < kLanes; ++l) {
      const std::uint64_t p0 = kFactor[0] * c[0][l];
      const std::uint64_t p1 = kFactor[1] * c[2][l];
      c[0][l] = (p1 >> 32) ^ c[1][l] ^ k0;
      c[1][l] = p1 & 0xffffffffU;
      c[2][l] = (p0 >> 32) ^ c[3][l] ^ k1;
      c[3][l] = p0 & 0xffffffffU;
    }
    k0 = (k0 + kStep[0]) & 0xffffffffU;
    k1 = (k1 + kStep[1]) & 0xffffffffU;
  }
  for (std::size_t l = 0; l < kLanes; ++l) {
    for (std::size_t w = 0; w < 4; ++w) {
      *words++ = static_cast<std::uint32_t>(c[w][l]);
    }
  }
}

#if defined(__x86_64__)
/// The same. A lane of 64 bits holds a word in its lower half; what is in the
/// upper one does not matter to a product.
__attribute__((target("avx2"))) void draw_avx2(Words key, Words high,
                                               std::uint64_t first,
                                               std::uint64_t apart,
                                               std::uint32_t* words) {
  constexpr int kVectors = 4;
  const auto step = static_cast<std::int64_t>(apart);
  const __m256i steps = _mm256_set_epi64x(3 * step, 2 * step, step, 0);
  __m256i a[kVectors], b[kVectors], c[kVectors], d[kVectors];
  for (int v = 0; v < kVectors; ++v) {
    const auto n = static_cast<std::int64_t>(first) + 4 * v * step;
    a[v] = _mm256_add_epi64(_mm256_set1_epi64x(n), steps);
    b[v] = _mm256_srli_epi64(a[v], 32);
    c[v] = _mm256_set1_epi64x(high[0]);
    d[v] = _mm256_set1_epi64x(high[1]);
  }
  const __m256i f0 = _mm256_set1_epi64x(kFactor[0]);
  const __m256i f1 = _mm256_set1_epi64x(kFactor[1]);
  std::uint32_t k0 = key[0], k1 = key[1];
  for (int round = 0; round < 10; ++round) {
    const __m256i x0 = _mm256_set1_epi64x(k0), x1 = _mm256_set1_epi64x(k1);
    for (int v = 0; v < kVectors; ++v) {
      const __m256i p0 = _mm256_mul_epu32(a[v], f0);
      const __m256i p1 = _mm256_mul_epu32(c[v], f1);
      a[v] = _mm256_xor_si256(_mm256_srli_epi64(p1, 32),
                              _mm256_xor_si256(b[v], x0));
      b[v] = p1;
      c[v] = _mm256_xor_si256(_mm256_srli_epi64(p0, 32),
                              _mm256_xor_si256(d[v], x1));
      d[v] = p0;
    }
    k0 += kStep[0];
    k1 += kStep[1];
  }
  for (int v = 0; v < kVectors; ++v, words += 16) {
    // Lane l has words 0 and 1 of block l, then words 2 and 3.
    const __m256i ab =
        _mm256_blend_epi32(a[v], _mm256_slli_epi64(b[v], 32), 0xAA);
    const __m256i cd =
        _mm256_blend_epi32(c[v], _mm256_slli_epi64(d[v], 32), 0xAA);
    const __m256i even = _mm256_unpacklo_epi64(ab, cd);
    const __m256i odd = _mm256_unpackhi_epi64(ab, cd);
    auto* to = reinterpret_cast<__m256i*>(words);
    _mm256_storeu_si256(to, _mm256_permute2x128_si256(even, odd, 0x20));
    _mm256_storeu_si256(to + 1, _mm256_permute2x128_si256(even, odd, 0x31));
  }
}

using Draw = void (*)(Words, Words, std::uint64_t, std::uint64_t,
                      std::uint32_t*);
Draw draw() {
  static const Draw best =
      __builtin_cpu_supports("avx2") ? &draw_avx2 : &draw_plain;
  return best;
}
#else
auto draw() { return &draw_plain; }
#endif

}  // namespace

void Philox::blocks(std::uint64_t first, std::size_t count,
                    std::uint32_t* words, std::uint64_t apart) const {
  const auto make = draw();
  for (; count >= kLanes; count -= kLanes, first += kLanes * apart) {
    make(key_, high_, first, apart, words);
    words += 4 * kLanes;
  }
  if (count > 0) {
    std::uint32_t rest[4 * kLanes];
    make(key_, high_, first, apart, rest);
    std::copy_n(rest, 4 * count, words);
  }
}

}  // namespace weft
