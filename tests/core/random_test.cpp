#include "weft/random.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <vector>

#include "tests/catch.h"
#include "tests/core/error_text.h"
#include "weft/error.h"

namespace {

using weft::Philox;
using weft::RandomSequence;
using weft::Seed;

RandomSequence sequence(std::uint64_t seed) {
  return RandomSequence(Philox(Seed{seed}, 3, 5));
}

/// Pearson's statistic of `counts` against equal chances.
double chi_square(const std::vector<int>& counts, int draws) {
  const double expected = double(draws) / double(counts.size());
  double sum = 0;
  for (int c : counts) sum += (c - expected) * (c - expected) / expected;
  return sum;
}

}  // namespace

TEST_CASE("Philox gives the known answers of Random123") {
  // kat_vectors of Random123, philox4x32-10.
  CHECK(Philox({0, 0}, {0, 0}).block(0) ==
        Philox::Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(Philox({0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff})
            .block(UINT64_MAX) ==
        Philox::Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(Philox({0xa4093822, 0x299f31d0}, {0x13198a2e, 0x03707344})
            .block(0x85a308d3243f6a88) ==
        Philox::Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("seed, stream, step and index each change the numbers") {
  std::set<Philox::Block> seen;
  const std::uint64_t some[] = {0, 1, 2, 1000, std::uint64_t{1} << 40};
  for (std::uint64_t seed : some) {
    for (std::uint64_t stream : some) {
      for (std::uint64_t step : some) {
        for (std::uint64_t index : some) {
          seen.insert(Philox(Seed{seed}, stream, step).block(index));
        }
      }
    }
  }
  CHECK(seen.size() == 5 * 5 * 5 * 5);
  CHECK(Philox(Seed{1}, 2, 3).block(4) == Philox(Seed{1}, 2, 3).block(4));
}

TEST_CASE("the numbers of a seed never change") {
  // Files hold a seed and a position; these bits are part of the format.
  CHECK(Philox(Seed{1}, 2, 3).block(4) ==
        Philox::Block{0xc8dd260d, 0xc8bc409e, 0xe6884c8b, 0xfd8a76c5});
}

TEST_CASE("blocks apart are those that are made one by one") {
  const Philox philox(Seed{5}, 6, 7);
  const std::uint64_t first = 0xfffffff0U, apart = 1U << 16;
  std::vector<std::uint32_t> words(4 * 37);
  philox.blocks(first, 37, words.data(), apart);
  for (std::size_t i = 0; i < 37; ++i) {
    const Philox::Block block = philox.block(first + i * apart);
    CHECK(std::equal(block.begin(), block.end(), words.data() + 4 * i));
  }
}

TEST_CASE("uniform bits cover [0, 1) and not 1") {
  CHECK(weft::uniform_f32(0) == 0.0F);
  CHECK(weft::uniform_f32(0x80000000) == 0.5F);
  CHECK(weft::uniform_f32(UINT32_MAX) == 1 - 0x1p-24F);
  CHECK(weft::uniform_f64(0, 0) == 0);
  CHECK(weft::uniform_f64(0x80000000, 0) == 0.5);
  CHECK(weft::uniform_f64(UINT32_MAX, UINT32_MAX) == 1 - 0x1p-53);
}

TEST_CASE("the hash is FNV-1a") {
  // Vectors of the authors' test suite.
  CHECK(weft::stable_hash("") == 0xcbf29ce484222325U);
  CHECK(weft::stable_hash("a") == 0xaf63dc4c8601ec8cU);
  CHECK(weft::stable_hash("foobar") == 0x85944171f73967e8U);
  CHECK(weft::stable_hash("\xff") != weft::stable_hash("\x7f"));
}

TEST_CASE("a sequence reads the words of its blocks in order") {
  const Philox philox(Seed{7}, 1, 2);
  RandomSequence draws(philox);
  for (std::uint64_t index = 0; index < 3; ++index) {
    for (std::uint32_t word : philox.block(index)) CHECK(draws.next() == word);
  }
}

TEST_CASE("equal seeds give equal draws, others don't") {
  RandomSequence a = sequence(1), b = sequence(1), c = sequence(2);
  int same = 0;
  for (int i = 0; i < 100; ++i) {
    const auto x = a.below(1000000007);
    CHECK(x == b.below(1000000007));
    same += x == c.below(1000000007);
  }
  CHECK(same == 0);
}

TEST_CASE("draws below n are uniform") {
  constexpr int kDraws = 100000;
  for (std::uint64_t n : {2U, 3U, 7U, 10U, 100U}) {
    RandomSequence draws = sequence(n);
    std::vector<int> counts(n);
    for (int i = 0; i < kDraws; ++i) {
      const std::uint64_t x = draws.below(n);
      REQUIRE(x < n);
      ++counts[x];
    }
    // n - 1 degrees of freedom; four standard deviations above the mean.
    const double freedom = double(n) - 1;
    CAPTURE(n);
    CHECK(chi_square(counts, kDraws) < freedom + 4 * std::sqrt(2 * freedom));
  }
}

TEST_CASE("draws below a large n aren't biased") {
  // A remainder of 64 bits alone hits the lower half with 2/3, not 1/2.
  const std::uint64_t n = UINT64_MAX / 4 * 3;
  RandomSequence draws = sequence(4);
  constexpr int kDraws = 10000;
  std::vector<int> thirds(3);
  for (int i = 0; i < kDraws; ++i) {
    const std::uint64_t x = draws.below(n);
    REQUIRE(x < n);
    ++thirds[x / (n / 3 + 1)];
  }
  CHECK(chi_square(thirds, kDraws) < 2 + 4 * 2);
}

TEST_CASE("the ends of the range of n") {
  RandomSequence draws = sequence(5);
  for (int i = 0; i < 10; ++i) CHECK(draws.below(1) == 0);
  CHECK(draws.below(UINT64_MAX) < UINT64_MAX);
  CHECK(draws.below((std::uint64_t{1} << 63) + 1) <= std::uint64_t{1} << 63);
  CHECK(error_text<weft::NumericError>([&] { draws.below(0); }) ==
        "[below] no number is below 0; n must be positive");
}

TEST_CASE("uniform draws have the moments of [0, 1)") {
  constexpr int kDraws = 200000;
  RandomSequence draws = sequence(6);
  double sum = 0, squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double u = draws.uniform();
    REQUIRE(u >= 0);
    REQUIRE(u < 1);
    sum += u;
    squares += u * u;
  }
  // Four standard errors: the variances of u and u² are 1/12 and 4/45.
  const double root = std::sqrt(double(kDraws));
  CHECK(std::abs(sum / kDraws - 0.5) < 4 * std::sqrt(1.0 / 12) / root);
  CHECK(std::abs(squares / kDraws - 1.0 / 3) < 4 * std::sqrt(4.0 / 45) / root);
}

TEST_CASE("normal draws have the moments of the standard normal") {
  constexpr int kDraws = 200000;
  RandomSequence draws = sequence(8);
  double moment[5] = {};
  double previous = 0, product = 0;
  int inside = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double z = draws.normal();
    REQUIRE(std::isfinite(z));
    double power = 1;
    for (int k = 1; k <= 4; ++k) moment[k] += power *= z;
    inside += std::abs(z) < 1;
    product += previous * z;
    previous = z;
  }
  // Four standard errors: var(z^k) is 1, 2, 15 and 96, var(z z') is 1.
  const double error = 4 / std::sqrt(double(kDraws));
  CHECK(std::abs(moment[1] / kDraws) < error);
  CHECK(std::abs(moment[2] / kDraws - 1) < error * std::sqrt(2.0));
  CHECK(std::abs(moment[3] / kDraws) < error * std::sqrt(15.0));
  CHECK(std::abs(moment[4] / kDraws - 3) < error * std::sqrt(96.0));
  CHECK(std::abs(product / kDraws) < error);
  const double p = std::erf(1 / std::sqrt(2.0));
  CHECK(std::abs(double(inside) / kDraws - p) < error * std::sqrt(p * (1 - p)));
}

TEST_CASE("blocks drawn together are those drawn one by one") {
  const Philox philox({9}, 3, 4);
  for (std::uint64_t first : {std::uint64_t{0}, std::uint64_t{0xfffffffa}}) {
    std::vector<std::uint32_t> words(4 * 37);
    philox.blocks(first, 37, words.data());
    for (std::size_t b = 0; b < 37; ++b) {
      const Philox::Block expected = philox.block(first + b);
      for (std::size_t w = 0; w < 4; ++w) {
        REQUIRE(words[4 * b + w] == expected[w]);
      }
    }
  }
}
