#include "ops/kernels/windows.h"
#include "weft/error.h"
#include "weft/graph.h"
#include "weft/ops.h"
#include "weft/spatial.h"

namespace weft {

namespace {

/// The channels, which must be a number.
std::int64_t channels(const char* op, const Operand& x) {
  if (x.value.rank() < 2 || x.value.shape()[1].is_symbolic()) {
    throw ShapeError("[" + std::string(op) + "] takes (batch, channels, …), " +
                     "got " + to_string(x.value.shape()) + at_line(x.at));
  }
  return x.value.shape().dim(1);
}

}  // namespace

Value standardize(Operand x, std::vector<std::int64_t> axes, double epsilon) {
  const CallScope call(x);
  const Value off = x.value - mean(x, axes, true);
  return off * rsqrt(mean(square(off), axes, true) + epsilon);
}

Value group_standardize(Operand x, std::int64_t groups, double epsilon) {
  const CallScope call(x);
  const std::int64_t c = channels("group_standardize", x);
  if (groups < 1 || c % groups != 0) {
    throw ShapeError("[group_standardize] " + std::to_string(c) +
                     " channels don't make " + std::to_string(groups) +
                     " groups" + at_line(x.at));
  }
  const Shape& shape = x.value.shape();
  Shape split{shape[0], groups, c / groups};
  std::vector<std::int64_t> axes{2};
  for (int i = 2; i < shape.rank(); ++i) {
    split.push_back(shape[i]);
    axes.push_back(i + 1);
  }
  return reshape(standardize(reshape(x, split), axes, epsilon), shape);
}

Value rms_normalize(Operand x, std::vector<std::int64_t> axes, double epsilon) {
  const CallScope call(x);
  return x.value * rsqrt(mean(square(x), axes, true) + epsilon);
}

Value local_response(Operand x, std::int64_t size, double alpha, double beta,
                     double k) {
  const CallScope call(x);
  const std::int64_t c = channels("local_response", x);
  if (size < 1) {
    throw ShapeError("[local_response] the size must be positive, not " +
                     std::to_string(size) + at_line(x.at));
  }
  Windows around;
  for (std::int64_t i = 0; i < c; ++i) {
    around.begins.push_back(std::max<std::int64_t>(0, i - size / 2));
    around.ends.push_back(std::min(c, i + (size - 1) / 2 + 1));
  }
  const Value total = window_sum(square(x), 1, around);
  const double share = alpha / static_cast<double>(size);
  return x.value * pow(k + share * total, -beta);
}

}  // namespace weft
