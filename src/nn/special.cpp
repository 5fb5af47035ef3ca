#include "weft/special.h"

#include <cmath>
#include <numbers>
#include <string>

#include "weft/elementary.h"
#include "weft/error.h"
#include "weft/graph.h"
#include "weft/ops.h"

namespace weft {

Value entr(Operand x) {
  const CallScope call(x);
  const Value zero = equal(x, 0);
  // A root is 0 at 0 too, with the derivatives of any order that x·ln x has.
  const Value at_zero = sqrt(where(zero, x, 1));
  const Value y = where(zero, 1, x);
  // The derivative below 0 is that of the logarithm, NaN.
  return where(less(x, 0), -HUGE_VAL, where(zero, at_zero, -y * log(y)));
}

Value mvlgamma(Operand x, std::int64_t p) {
  const CallScope call(x);
  if (p < 1) {
    throw GraphError("[mvlgamma] the dimensions must be positive, not " +
                     std::to_string(p) + at_line(x.at));
  }
  Value y = lgamma(x);
  for (std::int64_t j = 1; j < p; ++j) {
    y = y + lgamma(x.value - 0.5 * static_cast<double>(j));
  }
  if (p == 1) return y;
  const auto n = static_cast<double>(p);
  return y + n * (n - 1) / 4 * std::log(std::numbers::pi);
}

}  // namespace weft
