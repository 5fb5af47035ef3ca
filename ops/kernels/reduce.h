#pragma once

// Reductions over any set of axes, in an order that depends on the shape alone.

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <vector>

#include "ops/kernels/wrapping.h"
#include "weft/shape.h"

namespace weft {

/// The axes of an array merged into runs that are all kept or all reduced.
struct ReducePlan {
  static constexpr int kMax = Shape::kMaxRank;
  std::array<std::int64_t, kMax> kept_size, kept_stride;
  std::array<std::int64_t, kMax> reduced_size, reduced_stride;
  int kept = 0;
  int reduced = 0;
  std::int64_t outputs = 1;

  ReducePlan(const Shape& shape, const std::vector<std::int64_t>& axes) {
    std::array<bool, kMax> is_reduced{};
    for (std::int64_t a : axes) is_reduced[static_cast<std::size_t>(a)] = true;
    std::int64_t stride = 1;
    int previous = -1;  // whether the run to the right is reduced
    for (int i = shape.rank(); i-- > 0;) {
      const bool r = is_reduced[static_cast<std::size_t>(i)];
      const std::int64_t n = shape.dim(i);
      if (previous == static_cast<int>(r)) {
        auto& sizes = r ? reduced_size : kept_size;
        sizes[static_cast<std::size_t>((r ? reduced : kept) - 1)] *= n;
      } else if (r) {
        reduced_size[static_cast<std::size_t>(reduced)] = n;
        reduced_stride[static_cast<std::size_t>(reduced++)] = stride;
      } else {
        kept_size[static_cast<std::size_t>(kept)] = n;
        kept_stride[static_cast<std::size_t>(kept++)] = stride;
      }
      if (!r) outputs *= n;
      stride *= n;
      previous = static_cast<int>(r);
    }
  }
  /// Where output o begins in the input.
  std::int64_t base(std::int64_t o) const {
    std::int64_t offset = 0;
    for (int i = 0; i < kept; ++i) {
      const auto a = static_cast<std::size_t>(i);
      offset += o % kept_size[a] * kept_stride[a];
      o /= kept_size[a];
    }
    return offset;
  }
};

/// f(offset, n, stride) for each innermost run of reduced elements.
template <class F>
void for_reduced_runs(const ReducePlan& p, F f) {
  if (p.reduced == 0) {
    f(std::int64_t{0}, std::int64_t{1}, std::int64_t{1});
    return;
  }
  std::int64_t outer = 1;
  for (int i = 1; i < p.reduced; ++i) {
    outer *= p.reduced_size[static_cast<std::size_t>(i)];
  }
  for (std::int64_t o = 0; o < outer; ++o) {
    std::int64_t rest = o, offset = 0;
    for (int i = 1; i < p.reduced; ++i) {
      const auto a = static_cast<std::size_t>(i);
      offset += rest % p.reduced_size[a] * p.reduced_stride[a];
      rest /= p.reduced_size[a];
    }
    f(offset, p.reduced_size[0], p.reduced_stride[0]);
  }
}

/// y of `rows` runs of n neighbours, `apart` elements from one to the next. See
/// `reduce`; a Step may have add_rows(), for kRows runs.
template <class Step, class T>
void reduce_rows(const T* x, T* y, std::int64_t rows, std::int64_t n,
                 std::int64_t apart) {
  using Acc = typename Step::template Accumulator<T>;
  std::int64_t r = 0;
  if constexpr (requires { Step::kRows; }) {
    for (; r + Step::kRows <= rows; r += Step::kRows) {
      Acc totals[Step::kRows];
      std::fill_n(totals, Step::kRows, Step::template start<T>());
      Step::add_rows(totals, x + r * apart, n, apart);
      for (int i = 0; i < Step::kRows; ++i) {
        y[r + i] = Step::template finish<T>(totals[i]);
      }
    }
  }
  for (; r < rows; ++r) {
    Acc total = Step::template start<T>();
    Step::add_run(total, x + r * apart, n, 1);
    y[r] = Step::template finish<T>(total);
  }
}

/// How many columns a reduction along rows takes at a time.
inline constexpr std::int64_t kReduceColumns = 256;

/// y[begin, end) of the reduced x. `Step` has: Accumulator<T>, start<T>(),
/// add(acc, x), merge(acc, acc) and finish<T>(acc).
template <class Step, class T>
void reduce(const ReducePlan& p, const T* x, T* y, std::int64_t begin,
            std::int64_t end) {
  using Acc = typename Step::template Accumulator<T>;
  const bool by_columns = p.kept > 0 && p.kept_stride[0] == 1;
  if (!by_columns && p.kept == 1 && p.reduced == 1) {
    if (p.reduced_stride[0] == 1) {
      reduce_rows<Step>(x + begin * p.kept_stride[0], y + begin, end - begin,
                        p.reduced_size[0], p.kept_stride[0]);
      return;
    }
    for (std::int64_t o = begin; o < end; ++o) {
      Acc total = Step::template start<T>();
      Step::add_run(total, x + o * p.kept_stride[0], p.reduced_size[0],
                    p.reduced_stride[0]);
      y[o] = Step::template finish<T>(total);
    }
    return;
  }
  for (std::int64_t o = begin; o < end;) {
    if (!by_columns) {
      Acc total = Step::template start<T>();
      const T* from = x + p.base(o);
      for_reduced_runs(
          p, [&](std::int64_t at, std::int64_t n, std::int64_t stride) {
            Step::add_run(total, from + at, n, stride);
          });
      y[o++] = Step::template finish<T>(total);
      continue;
    }
    // Neighbouring outputs read neighbouring inputs: whole vectors at a time.
    const std::int64_t row_end = (o / p.kept_size[0] + 1) * p.kept_size[0];
    const std::int64_t n = std::min({end, row_end, o + kReduceColumns}) - o;
    Acc totals[kReduceColumns];
    T part[kReduceColumns];
    std::fill(totals, totals + n, Step::template start<T>());
    const T* from = x + p.base(o);
    for_reduced_runs(
        p, [&](std::int64_t at, std::int64_t rows, std::int64_t stride) {
          for (std::int64_t r = 0; r < rows;) {
            // Short blocks in T, joined in the accumulator: exact enough and
            // fast.
            const std::int64_t block = std::min<std::int64_t>(rows, r + 32);
            std::copy(from + at + r * stride, from + at + r * stride + n, part);
            for (++r; r < block; ++r) {
              const T* row = from + at + r * stride;
              for (std::int64_t c = 0; c < n; ++c) {
                part[c] = Step::combine(part[c], row[c]);
              }
            }
            for (std::int64_t c = 0; c < n; ++c) {
              totals[c] = Step::merge(totals[c], part[c]);
            }
          }
        });
    for (std::int64_t c = 0; c < n; ++c) {
      y[o + c] = Step::template finish<T>(totals[c]);
    }
    o += n;
  }
}

/// total, then all elements of a run, joined in any order.
template <int lanes, class T, class Join>
T join_run(T total, const T* x, std::int64_t n, Join join) {
  std::int64_t i = 0;
  if (n >= lanes) {
    T part[lanes];
    std::copy(x, x + lanes, part);
    for (i = lanes; i + lanes <= n; i += lanes) {
      for (int l = 0; l < lanes; ++l) part[l] = join(part[l], x[i + l]);
    }
    for (int half = lanes / 2; half > 0; half /= 2) {
      for (int l = 0; l < half; ++l) part[l] = join(part[l], part[l + half]);
    }
    total = join(total, part[0]);
  }
  for (; i < n; ++i) total = join(total, x[i]);
  return total;
}

struct SumStep {
  template <class T>
  using Accumulator =
      std::conditional_t<std::is_floating_point_v<T>, double, T>;
  template <class T>
  static Accumulator<T> start() {
    return 0;
  }
  template <class T>
  static T combine(T a, T b) {
    return wrapping::add(a, b);
  }
  template <class A, class T>
  static A merge(A total, T part) {
    return wrapping::add(total, static_cast<A>(part));
  }
  template <class T, class A>
  static T finish(A total) {
    return static_cast<T>(total);
  }
  static constexpr int kLanes = 16;
  /// Adds kSteps times kLanes elements to the lanes. These live in memory: with
  /// several steps at a time, sums wait for it less.
  template <int kSteps, class T>
  static void add_steps(T* lanes, const T* x) {
    for (int l = 0; l < kLanes; ++l) {
      T sum = lanes[l];
      for (int k = 0; k < kSteps; ++k) {
        sum = wrapping::add(sum, x[k * kLanes + l]);
      }
      lanes[l] = sum;
    }
  }
  template <class A, class T>
  static void add_run(A& total, const T* x, std::int64_t n,
                      std::int64_t stride) {
    if (stride != 1) {
      for (std::int64_t i = 0; i < n; ++i) {
        total = merge(total, x[i * stride]);
      }
      return;
    }
    constexpr int kBlock = 32 * kLanes, kAtOnce = 4;
    std::int64_t i = 0;
    // Several blocks side by side, for one waits for its own sums.
    for (; i + kAtOnce * kBlock <= n; i += kAtOnce * kBlock) {
      T lanes[kAtOnce][kLanes];
      for (int b = 0; b < kAtOnce; ++b) {
        std::copy_n(x + i + b * kBlock, kLanes, lanes[b]);
      }
      int k = kLanes;
      for (; k + 4 * kLanes <= kBlock; k += 4 * kLanes) {
        for (int b = 0; b < kAtOnce; ++b) {
          add_steps<4>(lanes[b], x + i + b * kBlock + k);
        }
      }
      for (int b = 0; b < kAtOnce; ++b) {
        add_steps<3>(lanes[b], x + i + b * kBlock + k);
      }
      for (const auto& block : lanes) {
        for (T lane : block) total = merge(total, lane);
      }
    }
    while (i + kLanes <= n) {
      T lanes[kLanes];
      std::copy(x + i, x + i + kLanes, lanes);
      const std::int64_t block = std::min<std::int64_t>(n, i + kBlock);
      i += kLanes;
      for (; i + 4 * kLanes <= block; i += 4 * kLanes) {
        add_steps<4>(lanes, x + i);
      }
      for (; i + kLanes <= block; i += kLanes) add_steps<1>(lanes, x + i);
      for (T lane : lanes) total = merge(total, lane);
    }
    for (; i < n; ++i) total = merge(total, x[i]);
  }
  /// The same of kRows runs, `apart` elements from one to the next: side by
  /// side, for a total waits for its last addition.
  static constexpr int kRows = 4;
  template <class A, class T>
  static void add_rows(A* totals, const T* x, std::int64_t n,
                       std::int64_t apart) {
    constexpr int kBlock = 32 * kLanes;
    std::int64_t i = 0;
    while (i + kLanes <= n) {
      T lanes[kRows][kLanes];
      for (int r = 0; r < kRows; ++r) {
        std::copy_n(x + r * apart + i, kLanes, lanes[r]);
      }
      const std::int64_t block = std::min<std::int64_t>(n, i + kBlock);
      i += kLanes;
      for (; i + 4 * kLanes <= block; i += 4 * kLanes) {
        for (int r = 0; r < kRows; ++r) {
          add_steps<4>(lanes[r], x + r * apart + i);
        }
      }
      for (; i + kLanes <= block; i += kLanes) {
        for (int r = 0; r < kRows; ++r) {
          add_steps<1>(lanes[r], x + r * apart + i);
        }
      }
      for (int l = 0; l < kLanes; ++l) {
        for (int r = 0; r < kRows; ++r) {
          totals[r] = merge(totals[r], lanes[r][l]);
        }
      }
    }
    for (; i < n; ++i) {
      for (int r = 0; r < kRows; ++r) {
        totals[r] = merge(totals[r], x[r * apart + i]);
      }
    }
  }
};

struct ProdStep {
  template <class T>
  using Accumulator = T;
  template <class T>
  static T start() {
    return 1;
  }
  template <class T>
  static T combine(T a, T b) {
    return wrapping::multiply(a, b);
  }
  template <class T>
  static T merge(T a, T b) {
    return combine(a, b);
  }
  template <class T>
  static T finish(T total) {
    return total;
  }
  template <class T>
  static void add_run(T& total, const T* x, std::int64_t n,
                      std::int64_t stride) {
    if (stride == 1) {
      total = join_run<32>(total, x, n, [](T a, T b) { return combine(a, b); });
      return;
    }
    for (std::int64_t i = 0; i < n; ++i) total = combine(total, x[i * stride]);
  }
};

/// The greatest, or the least.
template <bool least>
struct ExtremeStep {
  template <class T>
  using Accumulator = T;
  template <class T>
  static T start() {
    using Limits = std::numeric_limits<T>;
    if constexpr (std::is_floating_point_v<T>) {
      return least ? Limits::infinity() : -Limits::infinity();
    } else {
      return least ? Limits::max() : Limits::lowest();
    }
  }
  template <class T>
  static T combine(T a, T b) {
    return (least ? a < b : a > b) || a != a ? a : b;  // a NaN stays
  }
  template <class T>
  static T merge(T a, T b) {
    return combine(a, b);
  }
  template <class T>
  static T finish(T total) {
    return total;
  }
  template <class T>
  static void add_run(T& total, const T* x, std::int64_t n,
                      std::int64_t stride) {
    if (stride == 1 && n >= 16) {
      auto join = [](T a, T b) { return combine(a, b); };
      const T top = n >= 64 ? join_run<32>(total, x, n, join)
                            : join_run<8>(total, x, n, join);
      // Among zeros the last one's sign counts, which lanes don't tell.
      if (top != T(0)) {
        total = top;
        return;
      }
    }
    for (std::int64_t i = 0; i < n; ++i) total = combine(total, x[i * stride]);
  }
};
using MaxStep = ExtremeStep<false>;
using MinStep = ExtremeStep<true>;

}  // namespace weft
