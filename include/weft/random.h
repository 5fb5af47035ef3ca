#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace weft {

/// What random numbers are made from. Equal seeds give equal trainings.
struct Seed {
  std::uint64_t value = 0;
};

/// The counter-based generator Philox4x32-10 (Salmon et al., "Parallel random
/// numbers: as easy as 1, 2, 3", 2011): the i-th block of a stream is a pure
/// function of key and counter, so every element of a tensor can be drawn in
/// any order, on any thread, with the same bits.
class Philox {
 public:
  using Block = std::array<std::uint32_t, 4>;

  /// The stream `stream` of `seed` at `step`.
  Philox(Seed seed, std::uint64_t stream, std::uint64_t step);
  /// From key and upper counter words, as in the published test vectors.
  Philox(std::array<std::uint32_t, 2> key, std::array<std::uint32_t, 2> high);

  /// Four independent words of 32 bits, the same for the same index.
  Block block(std::uint64_t index) const;
  /// The words of blocks first, first + apart, …, `count` of them, four each,
  /// much faster than one by one.
  void blocks(std::uint64_t first, std::size_t count, std::uint32_t* words,
              std::uint64_t apart = 1) const;

 private:
  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 2> high_;
};

/// Uniform in [0, 1): 24 bits for float, 53 for double.
inline float uniform_f32(std::uint32_t bits) {
  return static_cast<float>(bits >> 8) * 0x1p-24F;
}
inline double uniform_f64(std::uint32_t high, std::uint32_t low) {
  const std::uint64_t bits = (std::uint64_t{high} << 32) | low;
  return static_cast<double>(bits >> 11) * 0x1p-53;
}

/// A 64-bit hash (FNV-1a) that is the same on every machine.
std::uint64_t stable_hash(std::string_view text);

/// A sequence of draws from one stream, for shuffling and initial values.
class RandomSequence {
 public:
  explicit RandomSequence(Philox philox) : philox_(philox) {}
  std::uint32_t next();
  /// Uniform in [0, 1).
  double uniform();
  /// Standard normal (Box and Muller, 1958).
  double normal();
  /// Uniform in 0 … n-1, without bias. Throws NumericError if n is 0.
  std::uint64_t below(std::uint64_t n);

 private:
  Philox philox_;
  Philox::Block block_{};
  std::uint64_t index_ = 0;
  int used_ = 4;
};

}  // namespace weft
