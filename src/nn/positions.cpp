#include <cmath>

#include "weft/error.h"
#include "weft/graph.h"
#include "weft/transformer.h"

namespace weft {

namespace {

struct Size {
  std::int64_t steps, width;
};

Size size_of(const Operand& x, const char* layer) {
  const Shape& s = x.value.shape();
  const int r = s.rank();
  if (r < 2 || s[r - 1].is_symbolic() || s[r - 2].is_symbolic()) {
    throw ShapeError("[" + std::string(layer) +
                     "] x must be (…, steps, width), numbers both; it is " +
                     to_string(s) + at_line(x.at));
  }
  return {s.dim(r - 2), s.dim(r - 1)};
}

/// A constant (steps, width) of x's dtype.
template <class F>
Value table(const Operand& x, std::int64_t steps, std::int64_t width,
            const F& element) {
  Tensor t(DType::f64, {steps, width});
  double* to = t.data<double>();
  for (std::int64_t i = 0; i < steps; ++i) {
    for (std::int64_t j = 0; j < width; ++j) *to++ = element(i, j);
  }
  return x.value.graph().constant(t.to(x.value.dtype()), x.at);
}

}  // namespace

Value sinusoidal_positions(Operand x) {
  const CallScope call(x);
  const auto [steps, width] = size_of(x, "sinusoidal_positions");
  auto element = [n = static_cast<double>(width)](std::int64_t t,
                                                  std::int64_t j) {
    const double pair = static_cast<double>(j / 2);
    const double angle =
        static_cast<double>(t) * std::pow(10000, -2 * pair / n);
    return j % 2 == 0 ? std::sin(angle) : std::cos(angle);
  };
  return x.value + table(x, steps, width, element);
}

Value learnt_positions(Operand x, const PositionOptions& options) {
  const CallScope call(x);
  const auto [steps, width] = size_of(x, "learnt_positions");
  const std::int64_t most = options.most > 0 ? options.most : steps;
  if (steps > most) {
    throw ShapeError("[learnt_positions] " + std::to_string(steps) +
                     " steps, but a table of " + std::to_string(most) +
                     at_line(x.at));
  }
  Graph& g = x.value.graph();
  const Scope scope(g, options.name);
  const Shape shape{most, width};
  const DType t = x.value.dtype();
  const Value rows =
      g.parameter("table", shape, options.table(shape, t), t, x.at);
  return x.value + (most == steps ? rows : slice(rows, 0, 0, steps));
}

Value rotary_positions(Operand x, double base) {
  const CallScope call(x);
  const auto [steps, width] = size_of(x, "rotary_positions");
  if (width % 2 != 0) {
    throw ShapeError("[rotary_positions] the last axis of " +
                     to_string(x.value.shape()) + " must be even" +
                     at_line(x.at));
  }
  if (!(base > 0)) {
    throw GraphError("[rotary_positions] base is " + std::to_string(base) +
                     "; it must be positive" + at_line(x.at));
  }
  const std::int64_t half = width / 2;
  auto angle = [&](std::int64_t t, std::int64_t i) {
    return static_cast<double>(t) *
           std::pow(base, -static_cast<double>(i) / static_cast<double>(half));
  };
  const Value cosine = table(
      x, steps, half, [&](auto t, auto i) { return std::cos(angle(t, i)); });
  const Value sine = table(
      x, steps, half, [&](auto t, auto i) { return std::sin(angle(t, i)); });
  const auto parts = split(x, {half, half}, -1);
  return concat({parts[0] * cosine - parts[1] * sine,
                 parts[1] * cosine + parts[0] * sine},
                -1, x.at);
}

}  // namespace weft
