#pragma once

// What the ops that look for the greatest elements of windows share.

#include <algorithm>
#include <string>
#include <vector>

#include "ops/kernels/greatest.h"
#include "weft/error.h"
#include "weft/op.h"

namespace weft {

/// counts[i] windows along each of the last axes, one after the other in
/// `begins` and `ends`: elements begin, begin + dilation[i], … before end.
struct WindowAttributes {
  std::vector<std::int64_t> counts, begins, ends, dilation;
};

template <class Op>
constexpr auto window_fields() {
  return std::tuple{field("counts", &Op::counts), field("begins", &Op::begins),
                    field("ends", &Op::ends), field("dilation", &Op::dilation)};
}

/// Throws ShapeError unless each window has at least `least` elements of x.
inline Shape windows_shape(std::string_view op, const WindowAttributes& a,
                           const Shape& x, std::int64_t least) {
  const auto n = static_cast<int>(a.counts.size());
  if (n < 1 || n > 3 || n > x.rank() || a.dilation.size() != a.counts.size()) {
    throw ShapeError("[" + std::string(op) + "] takes one to three axes, not " +
                     std::to_string(n) + " of " + to_string(x));
  }
  Shape out = x;
  std::size_t first = 0;
  bool fits = a.begins.size() == a.ends.size();
  for (int i = 0; i < n && fits; ++i) {
    const int axis = x.rank() - n + i;
    const auto at = static_cast<std::size_t>(i);
    const std::int64_t count = a.counts[at];
    fits = !x[axis].is_symbolic() && a.dilation[at] >= 1 &&
           a.dilation[at] <= Dim::kMaxOffset && count >= 0 &&
           first + static_cast<std::size_t>(count) <= a.begins.size();
    if (!fits) break;
    for (std::int64_t j = 0; j < count; ++j, ++first) {
      fits = fits && a.begins[first] >= 0 && a.ends[first] >= 0 &&
             a.ends[first] <= x.dim(axis) &&
             a.begins[first] <= a.ends[first] - least;
    }
    out[axis] = count;
  }
  if (!fits || first != a.begins.size()) {
    throw ShapeError("[" + std::string(op) + "] the windows don't fit " +
                     to_string(x));
  }
  return out;
}

/// The places of the greatest elements, and their values unless these are null.
template <class T>
void find_greatest(const Context& c, const WindowAttributes& a, View<const T> x,
                   View<std::int32_t> places, T* values) {
  // Three axes: what is missing is one window of one element.
  const std::int64_t zero = 0, one = 1;
  WindowAxis axes[3] = {
      {1, 1, 1, &zero, &one}, {1, 1, 1, &zero, &one}, {1, 1, 1, &zero, &one}};
  const std::size_t n = a.counts.size();
  std::int64_t first = 0;
  for (std::size_t i = 0; i < n; ++i) {
    axes[3 - n + i] = {x.dim(x.rank() - static_cast<int>(n - i)), a.counts[i],
                       a.dilation[i], a.begins.data() + first,
                       a.ends.data() + first};
    first += a.counts[i];
  }
  const auto& [depth, height, width] = axes;
  const WindowStretch stretch = longest_windows(width);
  const std::int64_t pixels = depth.size * height.size * width.size;
  const std::int64_t rows = depth.count * height.count;
  const std::int64_t windows = rows * width.count;
  const std::int64_t images = windows == 0 ? 0 : places.size() / windows;
  for (std::int64_t o = c.begin(images); o < c.end(images); ++o) {
    std::int32_t* to = places.data() + o * windows;
    T* value = values == nullptr ? nullptr : values + o * windows;
    for (std::int64_t i = 0; i < rows; ++i, to += width.count) {
      const std::int64_t z = i / height.count, y = i % height.count;
      const WindowRows<T> under{
          x.data() + o * pixels, height.size, width.size,      depth.begin[z],
          depth.end[z],          depth.step,  height.begin[y], height.end[y],
          height.step,           width.step};
      greatest_of_row(under, width, stretch, to, value);
      if (value != nullptr) value += width.count;
    }
  }
}

}  // namespace weft
