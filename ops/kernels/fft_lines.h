#pragma once

// Arrays as lines along an axis, transformed in groups.

#include <algorithm>
#include <string>
#include <string_view>

#include "ops/kernels/axes.h"
#include "ops/kernels/fft.h"
#include "weft/error.h"
#include "weft/op.h"

namespace weft {

/// The axis of an array with pairs; `rank` is without that of the pairs.
inline int transform_axis(std::string_view op, const Shape& x, int rank,
                          std::int64_t axis) {
  if (rank < x.rank() && (rank < 0 || x[rank] != Dim(2))) {
    throw ShapeError("[" + std::string(op) + "] takes pairs (…, 2), got " +
                     to_string(x) + "; did you mean complex(re, im)?");
  }
  const int at = normalize_axis(axis, rank, op);
  if (x[at].is_symbolic() || x.dim(at) == 0) {
    throw ShapeError("[" + std::string(op) + "] axis " + std::to_string(at) +
                     " of " + to_string(x) + " is no known size above 0");
  }
  return at;
}

/// An array as lines of numbers or pairs along an axis.
struct Lines {
  std::int64_t count, step, inner, size, width;
  Lines(const Shape& x, int axis, bool pairs) {
    const AxisView v(x, axis);
    width = pairs ? 2 : 1;
    inner = v.inner / width;
    size = v.size;
    count = v.outer * inner;
    step = v.inner;
  }
  std::int64_t start(std::int64_t line) const {
    return (line / inner * size * inner + line % inner) * width;
  }
};

/// How many lines are transformed at once: what keeps the passes vectors long,
/// and the data in cache.
inline std::int64_t lines_at_once(std::int64_t n, std::int64_t lines) {
  constexpr std::int64_t kMost = 8, kCached = 8192;
  return std::clamp<std::int64_t>(kCached / n, 1, std::min(kMost, lines));
}

/// What all transforms share: lines of `n` complex numbers in groups, a
/// buffer for each tile.
template <class T>
struct Groups {
  const FftPlan<T>& plan;
  std::int64_t lines, at_once;
  Groups(std::int64_t n, std::int64_t count)
      : plan(fft_plan<T>(n)),
        lines(count),
        at_once(lines_at_once(n, std::max<std::int64_t>(1, count))) {}
  std::int64_t count() const { return (lines + at_once - 1) / at_once; }
  std::int64_t tiles() const {
    constexpr std::int64_t kSmall = 4096;
    return std::clamp<std::int64_t>(lines * plan.size() / kSmall, 1,
                                    std::max<std::int64_t>(1, count()));
  }
  /// Numbers of one tile: the data, one element more, and the plan's own.
  std::int64_t numbers() const {
    return 2 * (plan.size() + 1) * at_once + plan.scratch(at_once);
  }
  /// f(first line, lines, re, im, scratch) for the groups of a tile.
  template <class F>
  void each(const Context& c, F f) const {
    T* re = c.scratch<T>() + c.tile() * numbers();
    T* im = re + (plan.size() + 1) * at_once;
    T* rest = im + (plan.size() + 1) * at_once;
    for (std::int64_t g = c.begin(count()); g < c.end(count()); ++g) {
      const std::int64_t first = g * at_once;
      f(first, std::min(at_once, lines - first), re, im, rest);
    }
  }
};

/// Calls f with the groups of a transform of `n`, for the dtype of `work`.
template <class F>
std::int64_t with_groups(const Work& work, std::int64_t n, std::int64_t count,
                         F f) {
  if (work.inputs[0].dtype == DType::f32) return f(Groups<float>(n, count), 4);
  return f(Groups<double>(n, count), 8);
}

inline double transform_flops(std::int64_t n, std::int64_t count) {
  double passes = 1;
  for (std::int64_t m = 1; m < n; m *= 2) ++passes;
  return 5 * passes * static_cast<double>(n * count);
}

}  // namespace weft
