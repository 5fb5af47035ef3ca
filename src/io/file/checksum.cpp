#include "src/io/file/checksum.h"

#include <zlib.h>

#if defined(__x86_64__)
#include <emmintrin.h>
#include <wmmintrin.h>
#endif

namespace weft::io {

namespace {

std::uint32_t by_table(const unsigned char* data, std::size_t bytes,
                       std::uint32_t before) {
  return static_cast<std::uint32_t>(::crc32_z(before, data, bytes));
}

#if defined(__x86_64__)

// Bytes are the coefficients of a polynomial over GF(2), of which the checksum
// is the remainder by P. A product without carries moves 16 bytes to where they
// are added to later ones, modulo P (Gopal et al., "Fast CRC computation for
// generic polynomials using PCLMULQDQ instruction", 2009).

/// x^n modulo P, its bits reversed as in the checksum, shifted as a product of
/// reversed factors asks for.
constexpr std::int64_t power(int n) {
  std::uint32_t r = 0x80000000;
  for (int i = 0; i < n; ++i) r = (r >> 1) ^ (r % 2 != 0 ? 0xEDB88320U : 0U);
  return static_cast<std::int64_t>(std::uint64_t{r} << 1);
}

__attribute__((target("pclmul"))) __m128i moved(__m128i x, __m128i by) {
  return _mm_xor_si128(_mm_clmulepi64_si128(x, by, 0x00),
                       _mm_clmulepi64_si128(x, by, 0x11));
}

/// Of a positive multiple of 64 bytes.
__attribute__((target("pclmul"))) std::uint32_t by_products(
    const unsigned char* data, std::size_t bytes, std::uint32_t before) {
  constexpr int kLanes = 4;
  const __m128i by_64 = _mm_set_epi64x(power(512 - 32), power(512 + 32));
  const __m128i by_16 = _mm_set_epi64x(power(128 - 32), power(128 + 32));
  auto load = [](const unsigned char* p) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  };
  __m128i x[kLanes];
  for (int i = 0; i < kLanes; ++i) x[i] = load(data + 16 * i);
  x[0] = _mm_xor_si128(x[0], _mm_cvtsi32_si128(static_cast<int>(~before)));
  for (std::size_t at = 64; at < bytes; at += 64) {
    for (int i = 0; i < kLanes; ++i) {
      x[i] = _mm_xor_si128(moved(x[i], by_64), load(data + at + 16 * i));
    }
  }
  __m128i all = x[0];
  for (int i = 1; i < kLanes; ++i) {
    all = _mm_xor_si128(moved(all, by_16), x[i]);
  }
  unsigned char rest[16];
  _mm_storeu_si128(reinterpret_cast<__m128i*>(rest), all);
  return by_table(rest, sizeof rest, 0xFFFFFFFF);
}

#endif

}  // namespace

std::uint32_t crc32(const void* data, std::size_t bytes, std::uint32_t before) {
  const auto* p = static_cast<const unsigned char*>(data);
#if defined(__x86_64__)
  static const bool has_products = __builtin_cpu_supports("pclmul") != 0;
  const std::size_t whole = bytes / 64 * 64;
  if (has_products && whole > 0) {
    before = by_products(p, whole, before);
    p += whole;
    bytes -= whole;
  }
#endif
  return by_table(p, bytes, before);
}

}  // namespace weft::io
