#pragma once

// Results that run along an axis, each made from the one before: several
// vectors of the array at a time, since one alone is a chain of waiting.

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "ops/kernels/axes.h"
#include "weft/context.h"

namespace weft {

/// Vectors side by side: element k of vector l lies at
/// first + l · apart + k · step. `Apart` is a constant where they are
/// neighbours.
template <int count, class Apart>
struct RunningVectors {
  static constexpr int n = count;
  std::int64_t first;
  Apart apart;
  std::int64_t step;
  std::int64_t size;

  std::int64_t at(std::int64_t k, int l) const {
    return first + l * std::int64_t{apart} + k * step;
  }
};

/// f(vectors) for those along the axis that belong to this tile; begins at
/// their ends if `reverse` says so.
template <class F>
void for_running(const Context& c, const AxisView& v, bool reverse, F f) {
  constexpr int kRows = 8, kColumns = 32;
  using One = std::integral_constant<std::int64_t, 1>;
  const std::int64_t begin = c.begin(v.outer), end = c.end(v.outer);
  const std::int64_t step = reverse ? -v.inner : v.inner;
  const std::int64_t start = reverse ? (v.size - 1) * v.inner : 0;
  if (v.size == 0) return;
  if (v.inner == 1) {
    std::int64_t o = begin;
    for (; o + kRows <= end; o += kRows) {
      f(RunningVectors<kRows, std::int64_t>{o * v.size + start, v.size, step,
                                            v.size});
    }
    for (; o < end; ++o) {
      f(RunningVectors<1, One>{o * v.size + start, {}, step, v.size});
    }
    return;
  }
  for (std::int64_t o = begin; o < end; ++o) {
    const std::int64_t first = o * v.size * v.inner + start;
    std::int64_t i = 0;
    for (; i + kColumns <= v.inner; i += kColumns) {
      f(RunningVectors<kColumns, One>{first + i, {}, step, v.size});
    }
    for (; i < v.inner; ++i) {
      f(RunningVectors<1, One>{first + i, {}, step, v.size});
    }
  }
}

/// Tiles of a running op, which are whole vectors.
inline std::int64_t running_tiles(const Work& work) {
  return work.outputs[0].shape.elements() / (16 * 1024);
}

/// y = next(total, x) along the axis, total = join(total, x) from `start`.
template <class T, class Join>
void run_along(const Context& c, const AxisView& v, bool reverse,
               bool exclusive, const T* x, T* y, T start, Join join) {
  for_running(c, v, reverse, [&](auto vectors) {
    T total[vectors.n];
    std::fill(total, total + vectors.n, start);
    for (std::int64_t k = 0; k < vectors.size; ++k) {
      for (int l = 0; l < vectors.n; ++l) {
        const std::int64_t at = vectors.at(k, l);
        const T before = total[l];
        total[l] = join(before, x[at]);
        y[at] = exclusive ? before : total[l];
      }
    }
  });
}

}  // namespace weft
