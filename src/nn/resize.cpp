#include <algorithm>
#include <cmath>

#include "ops/kernels/movements.h"
#include "weft/error.h"
#include "weft/graph.h"
#include "weft/ops.h"
#include "weft/spatial.h"

namespace weft {

namespace {

/// Keys' cubic convolution at a distance below 2, with a = −¾.
double keys(double d) {
  constexpr double a = -0.75;
  d = std::abs(d);
  if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
}

/// Where each of `size` elements comes from: one to four of n.
Samplings samplings_of(std::int64_t n, std::int64_t size, Resize mode,
                       bool corners) {
  const int count = mode == Resize::nearest  ? 1
                    : mode == Resize::linear ? 2
                                             : 4;
  Samplings s;
  for (std::int64_t j = 0; j < size; ++j) {
    double x = 0;
    if (mode == Resize::nearest) {
      x = static_cast<double>(j * n / size);
    } else if (corners) {
      x = size > 1 ? static_cast<double>(j) * static_cast<double>(n - 1) /
                         static_cast<double>(size - 1)
                   : 0;
    } else {
      x = (static_cast<double>(j) + 0.5) * static_cast<double>(n) /
              static_cast<double>(size) -
          0.5;
      if (mode == Resize::linear) x = std::max(x, 0.0);
    }
    const double whole = std::floor(x), part = x - whole;
    const double linear[] = {1 - part, part};
    s.counts.push_back(count);
    for (int k = 0; k < count; ++k) {
      const auto at = static_cast<std::int64_t>(whole) + k - (count == 4);
      s.add(std::clamp<std::int64_t>(at, 0, n - 1), count == 1 ? 1
                                                    : count == 2
                                                        ? linear[k]
                                                        : keys(part + 1 - k));
    }
  }
  return s;
}

/// (n, c, h, w) with the channels and sizes that a shuffle needs.
void check_image(const char* op, const Operand& x, std::int64_t factor,
                 bool fits) {
  if (x.value.rank() == 4 && factor >= 1 && fits) return;
  throw ShapeError("[" + std::string(op) + "] a factor of " +
                   std::to_string(factor) + " does not fit " +
                   to_string(x.value.shape()) + at_line(x.at));
}

bool divides(std::int64_t factor, Dim d) {
  return factor >= 1 && !d.is_symbolic() && d.size() % factor == 0;
}

}  // namespace

Value resize(Operand x, const std::vector<std::int64_t>& sizes, Resize mode,
             bool align_corners) {
  const CallScope call(x);
  const int rank = x.value.rank(), count = static_cast<int>(sizes.size());
  for (int i = 0; i < count; ++i) {
    const int axis = rank - count + i;
    if (axis < 0 || x.value.shape()[axis].is_symbolic() ||
        x.value.shape().dim(axis) < 1 ||
        sizes[static_cast<std::size_t>(i)] < 1) {
      throw ShapeError("[resize] the last " + std::to_string(count) +
                       " axes of " + to_string(x.value.shape()) +
                       " must be numbers above 0, and so the new sizes" +
                       at_line(x.at));
    }
  }
  // The last axis takes the most time: before the others are longer.
  Value y = x.value;
  for (int i = count; i-- > 0;) {
    const int axis = rank - count + i;
    y = resample(
        y, axis,
        samplings_of(x.value.shape().dim(axis),
                     sizes[static_cast<std::size_t>(i)], mode, align_corners));
  }
  return y;
}

Value pixel_shuffle(Operand x, std::int64_t factor) {
  const CallScope call(x);
  const Shape& s = x.value.shape();
  check_image("pixel_shuffle", x, factor,
              s.rank() == 4 && factor >= 1 && divides(factor * factor, s[1]));
  const std::int64_t c = s.dim(1) / (factor * factor);
  const Value parts = reshape(x, {s[0], c, factor, factor, s[2], s[3]});
  return reshape(transpose(parts, {0, 1, 4, 2, 5, 3}),
                 {s[0], c, s[2] * Dim(factor), s[3] * Dim(factor)});
}

Value pixel_unshuffle(Operand x, std::int64_t factor) {
  const CallScope call(x);
  const Shape& s = x.value.shape();
  check_image("pixel_unshuffle", x, factor,
              s.rank() == 4 && divides(factor, s[2]) && divides(factor, s[3]));
  const std::int64_t h = s.dim(2) / factor, w = s.dim(3) / factor;
  const Value parts = reshape(x, {s[0], s[1], h, factor, w, factor});
  return reshape(transpose(parts, {0, 1, 3, 5, 2, 4}),
                 {s[0], s[1] * Dim(factor * factor), h, w});
}

}  // namespace weft
