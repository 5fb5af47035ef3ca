#include "src/report/statistics.h"

#include <algorithm>

namespace weft {

Histogram histogram(const Tensor& values, int bins) {
  if (bins < 1) {
    throw ShapeError("[histogram] needs a bin or more, not " +
                     std::to_string(bins));
  }
  Histogram h;
  h.counts.assign(static_cast<std::size_t>(bins), 0);
  bool any = false;
  report::for_each(values, [&](std::int64_t, double v) {
    if (!std::isfinite(v)) return;
    h.low = any ? std::min(h.low, v) : v;
    h.high = any ? std::max(h.high, v) : v;
    any = true;
  });
  const double scale = h.high > h.low ? bins / (h.high - h.low) : 0;
  report::for_each(values, [&](std::int64_t, double v) {
    if (!std::isfinite(v)) return;
    const int bin = std::min(static_cast<int>((v - h.low) * scale), bins - 1);
    ++h.counts[static_cast<std::size_t>(bin)];
  });
  return h;
}

}  // namespace weft
