// Layers that normalise, and scale and shift what they normalised.

#include "src/nn/layer_parts.h"
#include "weft/error.h"
#include "weft/image_layers.h"

namespace weft {

using detail::along_axis, detail::known_size, detail::layer_parameter;
using initializers::ones, initializers::zeros;

namespace {

std::vector<std::int64_t> all_but(std::int64_t axis, int rank) {
  std::vector<std::int64_t> axes;
  for (int i = 0; i < rank; ++i) {
    if (i != (axis < 0 ? axis + rank : axis)) axes.push_back(i);
  }
  return axes;
}

/// y·gain + bias, with a number for each channel.
Value scaled_channels(Value y, const Operand& x, std::int64_t channels) {
  const DType t = y.dtype();
  const Value gain = layer_parameter("gain", {channels}, ones(), t, x);
  const Value bias = layer_parameter("bias", {channels}, zeros(), t, x);
  return y * along_axis(gain, 1, y) + along_axis(bias, 1, y);
}

struct Moments {
  Value mean, variance;
};

/// Those of the batch; the running averages follow them.
Moments batch_moments(const Operand& x, const Moments& running,
                      const BatchNormOptions& o) {
  Graph& g = x.value.graph();
  const auto axes = all_but(o.axis, x.value.rank());
  Moments batch;
  batch.mean = mean(x, axes);
  batch.variance =
      mean(square(x.value - along_axis(batch.mean, o.axis, x.value)), axes);
  Shape dims;
  for (std::int64_t a : axes) {
    dims.push_back(x.value.shape()[static_cast<int>(a)]);
  }
  const Value n = dim_product(g, dims, x.value.dtype(), x.at);
  const Value unbiased = batch.variance * n / maximum(n - 1, 1);
  const double m = o.momentum;
  g.add_step_update(
      g.assign(running.mean, (1 - m) * running.mean + m * batch.mean, x.at));
  g.add_step_update(g.assign(running.variance,
                             (1 - m) * running.variance + m * unbiased, x.at));
  return batch;
}

}  // namespace

Value batch_norm(Operand x, Mode mode, const BatchNormOptions& options) {
  const CallScope call(x);
  const Shape shape{known_size(x, options.axis, "batch_norm")};
  Graph& g = x.value.graph();
  const DType t = x.value.dtype();
  const Scope scope(g, options.name);
  const Value gain = layer_parameter("gain", shape, ones(), t, x);
  const Value bias = layer_parameter("bias", shape, zeros(), t, x);
  Moments m{g.buffer("mean", shape, zeros()(shape, t), t, x.at),
            g.buffer("variance", shape, ones()(shape, t), t, x.at)};
  if (mode == Mode::train) m = batch_moments(x, m, options);
  const Value scale = rsqrt(m.variance + options.epsilon) * gain;
  auto along = [&](Value v) { return along_axis(v, options.axis, x.value); };
  return (x.value - along(m.mean)) * along(scale) + along(bias);
}

Value layer_norm(Operand x, const LayerNormOptions& options) {
  const CallScope call(x);
  const Shape shape{known_size(x, -1, "layer_norm")};
  const DType t = x.value.dtype();
  const Scope scope(x.value.graph(), options.name);
  const Value gain = layer_parameter("gain", shape, ones(), t, x);
  const Value bias = layer_parameter("bias", shape, zeros(), t, x);
  return standardize(x, {-1}, options.epsilon) * gain + bias;
}

Value rms_norm(Operand x, const RmsNormOptions& options) {
  const CallScope call(x);
  const Shape shape{known_size(x, -1, "rms_norm")};
  const Scope scope(x.value.graph(), options.name);
  const Value gain = layer_parameter("gain", shape, ones(), x.value.dtype(), x);
  return rms_normalize(x, {-1}, options.epsilon) * gain;
}

Value group_norm(Operand x, std::int64_t groups,
                 const GroupNormOptions& options) {
  const CallScope call(x);
  const std::int64_t channels = known_size(x, 1, "group_norm");
  const Scope scope(x.value.graph(), options.name);
  return scaled_channels(group_standardize(x, groups, options.epsilon), x,
                         channels);
}

Value instance_norm(Operand x, const InstanceNormOptions& options) {
  const CallScope call(x);
  if (x.value.rank() < 3) {
    throw ShapeError(
        "[instance_norm] takes (batch, channels, …) with a spatial axis, got " +
        to_string(x.value.shape()) + "; did you mean layer_norm?" +
        at_line(x.at));
  }
  const std::int64_t channels = known_size(x, 1, "instance_norm");
  const Scope scope(x.value.graph(), options.name);
  std::vector<std::int64_t> axes;
  for (int i = 2; i < x.value.rank(); ++i) axes.push_back(i);
  return scaled_channels(standardize(x, axes, options.epsilon), x, channels);
}

}  // namespace weft
