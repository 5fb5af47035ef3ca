// Layers of convolutions.

#include "src/nn/layer_parts.h"
#include "weft/error.h"
#include "weft/image_layers.h"

namespace weft {

using detail::along_axis, detail::check_width, detail::known_size,
    detail::layer_parameter, detail::layer_weight;

namespace {

using Axes = std::vector<std::int64_t>;

struct Sizes {
  std::int64_t channels;
  Axes window;  ///< for each spatial axis
};

/// Throws ShapeError unless x has channels in these groups and the window fits
/// its spatial axes.
Sizes sizes_of(const Operand& x, std::int64_t width, const Axes& window,
               std::int64_t groups, std::string_view layer) {
  auto fail = [&](const std::string& why) {
    throw ShapeError("[" + std::string(layer) + "] " + why + at_line(x.at));
  };
  const int spatial = x.value.rank() - 2;
  if (spatial < 1 || spatial > 3) {
    fail("takes (batch, channels, …) with one to three spatial axes, got " +
         to_string(x.value.shape()) + "; did you mean to reshape it?");
  }
  check_width(width, x, layer);
  Sizes s{known_size(x, 1, layer), window};
  if (groups < 1 || s.channels % groups != 0 || width % groups != 0) {
    fail(std::to_string(groups) + " groups do not divide " +
         std::to_string(s.channels) + " channels and a width of " +
         std::to_string(width));
  }
  const auto n = static_cast<std::size_t>(spatial);
  if (window.size() == 1) s.window = Axes(n, window[0]);
  if (s.window.size() != n) {
    fail("a window of " + std::to_string(window.size()) + " numbers, but " +
         to_string(x.value.shape()) + " has " + std::to_string(n) +
         " spatial axes");
  }
  for (std::int64_t k : s.window) {
    if (k < 1) fail("a window of " + std::to_string(k) + " elements");
  }
  return s;
}

Shape weight_shape(std::int64_t first, std::int64_t second,
                   const Axes& window) {
  Shape shape{first, second};
  for (std::int64_t k : window) shape.push_back(k);
  return shape;
}

/// In the layer's scope: y + b.
Value with_bias(Value y, const Initializer& init, const Operand& x) {
  const Value b = layer_parameter("bias", {y.shape()[1]}, init, y.dtype(), x);
  return y + along_axis(b, 1, y);
}

}  // namespace

Value convolution(Operand x, std::int64_t width, const Axes& window,
                  const ConvolutionOptions& o) {
  const CallScope call(x);
  const Sizes s = sizes_of(x, width, window, o.groups, "convolution");
  Value y;
  {
    const Scope scope(x.value.graph(), o.name);
    const Value w = layer_weight(
        {"convolution", "weight", o.weight, o.tied, o.reparametrise},
        weight_shape(width, s.channels / o.groups, s.window), x.value.dtype(),
        x);
    y = conv(x, Operand(w, x.at),
             {o.stride, o.padding, o.same, o.dilation, o.groups});
    if (o.bias) y = with_bias(y, o.bias_value, x);
  }
  return activation(Operand(y, x.at), o.activation, o.name);
}

Value transposed_convolution(Operand x, std::int64_t width, const Axes& window,
                             const TransposedConvolutionOptions& o) {
  const CallScope call(x);
  const Sizes s =
      sizes_of(x, width, window, o.groups, "transposed_convolution");
  Value y;
  {
    const Scope scope(x.value.graph(), o.name);
    const Value w = layer_weight(
        {"transposed_convolution", "weight", o.weight, o.tied, o.reparametrise},
        weight_shape(s.channels, width / o.groups, s.window), x.value.dtype(),
        x);
    y = conv_transpose(x, Operand(w, x.at),
                       {o.stride, o.padding, false, o.dilation, o.groups},
                       o.output_padding);
    if (o.bias) y = with_bias(y, o.bias_value, x);
  }
  return activation(Operand(y, x.at), o.activation, o.name);
}

Value separable_convolution(Operand x, std::int64_t width, const Axes& window,
                            const SeparableConvolutionOptions& o) {
  const CallScope call(x);
  const Sizes s = sizes_of(x, width, window, 1, "separable_convolution");
  ConvolutionOptions apart;
  apart.name = o.name + "/depthwise";
  apart.stride = o.stride;
  apart.padding = o.padding;
  apart.same = o.same;
  apart.dilation = o.dilation;
  apart.groups = s.channels;
  apart.bias = false;
  apart.weight = o.weight;
  const Value y = convolution(x, s.channels, window, apart);
  ConvolutionOptions mixed;
  mixed.name = o.name + "/pointwise";
  mixed.bias = o.bias;
  mixed.weight = o.weight;
  mixed.bias_value = o.bias_value;
  mixed.activation = o.activation;
  return convolution(Operand(y, x.at), width, {1}, mixed);
}

}  // namespace weft
