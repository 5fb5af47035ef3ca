// Blocks that networks of convolutions are made of.

#include "src/nn/layer_parts.h"
#include "weft/error.h"
#include "weft/image_layers.h"

namespace weft {

using detail::along_axis, detail::known_size;

Value squeeze_excite(Operand x, const SqueezeExciteOptions& o) {
  const CallScope call(x);
  if (x.value.rank() < 3 || o.reduction < 1) {
    throw ShapeError(
        "[squeeze_excite] takes (batch, channels, …) with a spatial axis and a "
        "positive reduction, got " +
        to_string(x.value.shape()) + " and " + std::to_string(o.reduction) +
        at_line(x.at));
  }
  const std::int64_t channels = known_size(x, 1, "squeeze_excite");
  const Scope scope(x.value.graph(), o.name);
  std::vector<std::int64_t> axes;
  Shape factors{x.value.shape()[0], channels};
  for (int i = 2; i < x.value.rank(); ++i) {
    axes.push_back(i);
    factors.push_back(1);
  }
  const std::int64_t hidden = std::max<std::int64_t>(1, channels / o.reduction);
  const Value h = dense(Operand(mean(x, axes), x.at), hidden,
                        {.name = "fc1", .activation = o.activation});
  const Value gate =
      dense(Operand(h, x.at), channels, {.name = "fc2", .activation = o.gate});
  return x.value * reshape(gate, factors);
}

namespace {

/// The stride by which n elements become m; 0 if there is none.
std::int64_t stride_to(std::int64_t n, std::int64_t m) {
  if (m < 1) return 0;
  const std::int64_t stride = (n + m - 1) / m;
  return stride > 0 && (n + stride - 1) / stride == m ? stride : 0;
}

/// x in y's shape.
Value projected(const Operand& x, const Shape& y, const ResidualOptions& o) {
  const Shape& from = x.value.shape();
  auto fail = [&] {
    throw ShapeError("[residual] no projection of " + to_string(from) +
                     " has the shape of f(x), " + to_string(y) + at_line(x.at));
  };
  if (from.rank() != y.rank() || from.rank() < 2 || from[0] != y[0] ||
      y[1].is_symbolic()) {
    fail();
  }
  if (from.rank() == 2) {
    return dense(x, y.dim(1),
                 {.name = "shortcut", .bias = false, .weight = o.weight});
  }
  ConvolutionOptions options;
  options.name = "shortcut";
  options.bias = false;
  options.weight = o.weight;
  options.stride.clear();
  for (int i = 2; i < y.rank(); ++i) {
    const bool numbers = !from[i].is_symbolic() && !y[i].is_symbolic();
    options.stride.push_back(numbers ? stride_to(from.dim(i), y.dim(i)) : 0);
    if (options.stride.back() == 0) fail();
  }
  return convolution(x, y.dim(1), {1}, options);
}

}  // namespace

Value residual(Operand x, const std::function<Value(Value)>& f,
               const ResidualOptions& o) {
  const CallScope call(x);
  Value sum;
  {
    const Scope scope(x.value.graph(), o.name);
    const Value y = f(x.value);
    if (!y) throw GraphError("[residual] f gave no value" + at_line(x.at));
    Value shortcut = x.value;
    if (y.shape() != shortcut.shape()) {
      shortcut = projected(x, y.shape(), o);
      const Scope inside(x.value.graph(), "shortcut");
      if (o.norm) shortcut = o.norm(shortcut);
    }
    sum = shortcut + y;
  }
  return activation(Operand(sum, x.at), o.activation, o.name);
}

}  // namespace weft
