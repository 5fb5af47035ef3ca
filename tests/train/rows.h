#pragma once

// What the tests of training by rows share.

#include "weft/weft.h"

inline constexpr std::int64_t kRows = 40, kWidth = 3, kCount = 12;

/// Indices of which several are equal, other ones at each step.
inline weft::Tensor draw_indices(std::uint64_t step, const weft::Shape& shape,
                                 std::int64_t rows = kRows) {
  using namespace weft;
  Tensor t(DType::i32, shape);
  RandomSequence draws(Philox({9}, 2, step));
  for (auto& i : t.values<std::int32_t>()) {
    i = static_cast<std::int32_t>(
        draws.below(static_cast<std::uint64_t>(rows)));
    if (draws.below(3) == 0) i %= 4;
  }
  return t;
}

inline bool same_bits(const weft::State& a, const weft::State& b) {
  for (const auto& e : a.entries()) {
    if (!e.tensor.bits_equal(b.at(e.path))) return false;
  }
  return a.entries().size() == b.entries().size();
}
