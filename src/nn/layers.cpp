#include "weft/error.h"
#include "weft/graph.h"
#include "weft/nn.h"
#include "weft/rows.h"

namespace weft {

namespace {

/// The last dimension, which sizes a layer's parameters.
std::int64_t features(const Operand& x, std::string_view layer) {
  const Shape& shape = x.value.shape();
  if (shape.rank() == 0 || shape[shape.rank() - 1].is_symbolic()) {
    throw ShapeError("[" + std::string(layer) +
                     "] the last dimension must be a number, the shape is " +
                     to_string(shape) + at_line(x.at));
  }
  return shape.dim(shape.rank() - 1);
}

std::vector<std::int64_t> all_but_last(Value x) {
  std::vector<std::int64_t> axes;
  for (int i = 0; i + 1 < x.rank(); ++i) axes.push_back(i);
  return axes;
}

Value parameter(Graph& g, std::string_view name, const Shape& shape,
                const Initializer& init, DType dtype, const Source& at) {
  return g.parameter(name, shape, init(shape, dtype), dtype, at);
}

/// x·W + b.
Value weighted_input(const Operand& x, std::int64_t width,
                     const DenseOptions& options) {
  const std::int64_t n = features(x, "dense");
  Graph& g = x.value.graph();
  const DType t = x.value.dtype();
  const Scope scope(g, options.name);
  const Value w = parameter(g, "weight", {n, width}, options.weight, t, x.at);
  // A matrix product takes matrices: a lone vector becomes a row.
  const bool vector = x.value.rank() == 1;
  Value y =
      matmul(vector ? Operand(unsqueeze(x, 0), x.at) : x, Operand(w, x.at));
  if (vector) y = reshape(y, {width});
  if (!options.bias) return y;
  return y + parameter(g, "bias", {width}, options.bias_value, t, x.at);
}

}  // namespace

Value dense(Operand x, std::int64_t width, const DenseOptions& options) {
  const CallScope call(x);
  const Value z = weighted_input(x, width, options);
  return activation(Operand(z, x.at), options.activation, options.name);
}

Value dropout(Operand x, double rate, Mode mode) {
  return mode == Mode::train ? dropout(x, rate) : x.value;
}

Value batch_norm(Operand x, Mode mode, const BatchNormOptions& options) {
  const CallScope call(x);
  const Shape shape{features(x, "batch_norm")};
  Graph& g = x.value.graph();
  const DType t = x.value.dtype();
  const Scope scope(g, options.name);
  using initializers::ones, initializers::zeros;
  const Value gain = parameter(g, "gain", shape, ones(), t, x.at);
  const Value bias = parameter(g, "bias", shape, zeros(), t, x.at);
  const Value running_mean = g.buffer("mean", shape, zeros()(shape, t), t);
  const Value running_variance =
      g.buffer("variance", shape, ones()(shape, t), t);
  Value mu = running_mean, variance = running_variance;
  if (mode == Mode::train) {
    const auto axes = all_but_last(x.value);
    mu = mean(x, axes);
    variance = mean(square(x.value - mu), axes);
    Shape dims;
    for (std::int64_t a : axes) {
      dims.push_back(x.value.shape()[static_cast<int>(a)]);
    }
    const Value n = dim_product(g, dims, t, x.at);
    const Value unbiased = variance * n / maximum(n - 1, 1);
    const double m = options.momentum;
    g.add_step_update(
        g.assign(running_mean, (1 - m) * running_mean + m * mu, x.at));
    g.add_step_update(g.assign(
        running_variance, (1 - m) * running_variance + m * unbiased, x.at));
  }
  return (x.value - mu) * rsqrt(variance + options.epsilon) * gain + bias;
}

Value layer_norm(Operand x, const LayerNormOptions& options) {
  const CallScope call(x);
  const Shape shape{features(x, "layer_norm")};
  Graph& g = x.value.graph();
  const DType t = x.value.dtype();
  const Scope scope(g, options.name);
  const Value gain = parameter(g, "gain", shape, initializers::ones(), t, x.at);
  const Value bias =
      parameter(g, "bias", shape, initializers::zeros(), t, x.at);
  const Value centred = x.value - mean(x, {-1}, true);
  const Value variance = mean(square(centred), {-1}, true);
  return centred * rsqrt(variance + options.epsilon) * gain + bias;
}

Value embedding(Operand indices, std::int64_t count, std::int64_t width,
                const EmbeddingOptions& options) {
  Graph& g = indices.value.graph();
  const Scope scope(g, options.name);
  const Value table = parameter(g, "table", {count, width}, options.table,
                                options.dtype, indices.at);
  const Operand rows(table, indices.at);
  return options.sparse ? lookup(rows, indices) : gather(rows, indices, 0);
}

}  // namespace weft
