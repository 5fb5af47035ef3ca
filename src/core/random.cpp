#include "weft/random.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "weft/error.h"

namespace weft {

namespace {

/// The finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

std::array<std::uint32_t, 2> words(std::uint64_t x) {
  return {static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(x >> 32)};
}

}  // namespace

Philox::Philox(Seed seed, std::uint64_t stream, std::uint64_t step)
    : key_(words(seed.value)), high_(words(mix(mix(stream) ^ step))) {}

Philox::Philox(std::array<std::uint32_t, 2> key,
               std::array<std::uint32_t, 2> high)
    : key_(key), high_(high) {}

Philox::Block Philox::block(std::uint64_t index) const {
  const auto low = words(index);
  Block c{low[0], low[1], high_[0], high_[1]};
  std::uint32_t k0 = key_[0], k1 = key_[1];
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53} * c[0];
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57} * c[2];
    c = {static_cast<std::uint32_t>(p1 >> 32) ^ c[1] ^ k0,
         static_cast<std::uint32_t>(p1),
         static_cast<std::uint32_t>(p0 >> 32) ^ c[3] ^ k1,
         static_cast<std::uint32_t>(p0)};
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  return c;
}

std::uint64_t stable_hash(std::string_view text) {
  std::uint64_t h = 0xcbf29ce484222325U;
  for (char c : text) {
    h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  }
  return h;
}

std::uint32_t RandomSequence::next() {
  if (used_ == 4) {
    block_ = philox_.block(index_++);
    used_ = 0;
  }
  return block_[static_cast<std::size_t>(used_++)];
}

double RandomSequence::uniform() {
  const std::uint32_t high = next();
  return uniform_f64(high, next());
}

double RandomSequence::normal() {
  const double u = 1 - uniform();  // in (0, 1]: its logarithm is finite
  const double v = uniform();
  return std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * v);
}

std::uint64_t RandomSequence::below(std::uint64_t n) {
  if (n == 0) {
    throw NumericError("[below] no number is below 0; n must be positive");
  }
  // Draws past the largest multiple of n are dropped: no value is favoured.
  for (;;) {
    const std::uint64_t high = next();
    const std::uint64_t x = (high << 32) | next();
    // Only of the last n numbers can one be past it: spares two divisions.
    if (x <= UINT64_MAX - n || x <= UINT64_MAX - (UINT64_MAX % n + 1) % n) {
      return x % n;
    }
  }
}

}  // namespace weft
